package io.infrafabric.governor.books;

import io.infrafabric.governor.v1.Account;
import io.infrafabric.governor.v1.Breaker;
import io.infrafabric.governor.v1.BreakerState;
import io.infrafabric.governor.v1.Standing;
import io.infrafabric.governor.v1.SwarmRecord;

/**
 * The four records of one swarm at one moment. They stay when it is unregistered: its standing says so.
 *
 * @param registration swarms/[swarm]
 * @param standing standing/[swarm]
 * @param account accounts/[swarm]
 * @param breaker breakers/[swarm]
 */
public record Books(SwarmRecord registration, Standing standing, Account account, Breaker breaker) {

  /** The swarm whose books these are. */
  public String swarmId() {
    return standing.getSwarmId();
  }

  /** Under which account its spend is reported: that of its manifest, or its own. */
  public String accountLabel() {
    String label = registration.getManifest().getAccountId();
    return label.isEmpty() ? swarmId() : label;
  }

  /** The same with another registration. */
  public Books with(SwarmRecord next) {
    return new Books(next, standing, account, breaker);
  }

  /** The same with another standing. */
  public Books with(Standing next) {
    return new Books(registration, next, account, breaker);
  }

  /** The same with another account; its credit becomes that of the standing, and its ended claims count for the skills there. */
  public Books with(Account next) {
    long credit = next.getGrantedMicros() - next.getSettledMicros();
    return new Books(
        registration,
        standing.toBuilder()
            .setCreditMicros(credit)
            .clearSkills()
            .putAllSkills(SkillRules.effective(registration.getManifest(), next))
            .build(),
        next.toBuilder().setCreditMicros(credit).build(),
        breaker);
  }

  /** The same with another breaker; its state becomes that of the standing, so that claims fence on it at once. */
  public Books with(Breaker next) {
    Standing.Builder told = standing.toBuilder().setBreaker(next.getState()).setBreakerReason(next.getReason()).clearBreakerSince();
    if (next.hasSince()) {
      told.setBreakerSince(next.getSince());
    }
    return new Books(registration, told.build(), account, next);
  }

  /** True when the swarm may not claim. */
  public boolean isBreakerOpen() {
    return isOpen(breaker);
  }

  /** True when the breaker stops its swarm. */
  public static boolean isOpen(Breaker breaker) {
    return breaker.getState() == BreakerState.BREAKER_STATE_OPEN;
  }
}
