package io.infrafabric.governor.books;

import io.infrafabric.governor.money.Purses;
import io.infrafabric.governor.v1.Account;
import io.infrafabric.governor.v1.Breaker;
import io.infrafabric.governor.v1.BreakerState;
import io.infrafabric.governor.v1.CapabilityBreaker;
import io.infrafabric.governor.v1.CapabilityStop;
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
    long credit = Purses.left(next);
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

  /** The same with other breakers; what they stop becomes that of the standing, so that claims fence on it at once. */
  public Books with(Breaker next) {
    Standing.Builder told =
        standing.toBuilder()
            .setBreaker(next.getState())
            .setBreakerReason(next.getReason())
            .clearBreakerSince()
            .setProbe(next.getState() == BreakerState.BREAKER_STATE_HALF_OPEN ? next.getProbe() : 0)
            .clearStops();
    if (next.hasSince()) {
      told.setBreakerSince(next.getSince());
    }
    next.getCapabilitiesList().stream().filter(Books::isOpen).map(Books::stop).forEach(told::addStops);
    return new Books(registration, told.build(), account, next);
  }

  private static CapabilityStop stop(CapabilityBreaker of) {
    CapabilityStop.Builder stop = CapabilityStop.newBuilder().setCapability(of.getCapability()).setState(of.getState()).setReason(of.getReason());
    if (of.hasSince()) {
      stop.setSince(of.getSince());
    }
    return of.getState() == BreakerState.BREAKER_STATE_HALF_OPEN ? stop.setProbe(of.getProbe()).build() : stop.build();
  }

  /** True when the swarm as a whole may claim nothing, or nothing but a probe. */
  public boolean isBreakerOpen() {
    return isOpen(breaker);
  }

  /** True when the breaker stops its swarm as a whole: it is open or half open. */
  public static boolean isOpen(Breaker breaker) {
    return isOpen(breaker.getState());
  }

  /** True when the breaker stops what requires its capability. */
  public static boolean isOpen(CapabilityBreaker breaker) {
    return isOpen(breaker.getState());
  }

  private static boolean isOpen(BreakerState state) {
    return state == BreakerState.BREAKER_STATE_OPEN || state == BreakerState.BREAKER_STATE_HALF_OPEN;
  }

  /** True when one of the swarm's breakers is not closed. */
  public static boolean isAnyOpen(Breaker breaker) {
    return isOpen(breaker) || breaker.getCapabilitiesList().stream().anyMatch(Books::isOpen);
  }
}
