package io.infrafabric.coordinator.explain;

import static io.infrafabric.coordinator.explain.ExplainRules.obstacle;

import com.google.protobuf.Timestamp;
import io.infrafabric.coordinator.claim.Admission;
import io.infrafabric.coordinator.claim.ClaimRules;
import io.infrafabric.coordinator.claim.PolicyRules;
import io.infrafabric.coordinator.commitment.CommitmentRules;
import io.infrafabric.coordinator.task.OwnerRules;
import io.infrafabric.coordinator.v1.CommitmentsRecord;
import io.infrafabric.coordinator.v1.Obstacle;
import io.infrafabric.coordinator.v1.ObstacleType;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.governor.v1.BreakerState;
import io.infrafabric.governor.v1.CapabilityStop;
import io.infrafabric.governor.v1.PolicyFinding;
import io.infrafabric.governor.v1.Standing;
import io.infrafabric.kit.time.Times;
import io.infrafabric.policy.ActivePolicy;
import io.infrafabric.policy.LimitRules;
import io.infrafabric.policy.StopRules;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Everything that a swarm lacks for a claim of a task, where {@link ClaimRules#admit} says the first thing. None exactly when the claim would be
 * admitted. Pure.
 */
public final class SwarmRules {
  private SwarmRules() {}

  /**
   * The obstacles of a registered swarm.
   *
   * @param newestPolicy the newest policy revision that any standing was made under
   */
  public static List<Obstacle> of(TaskSpec spec, Admission swarm, long newestPolicy) {
    Standing standing = swarm.standing().orElseThrow();
    List<Obstacle> obstacles = new ArrayList<>();
    if (swarm.session().isEmpty()) {
      obstacles.add(obstacle(ObstacleType.OBSTACLE_TYPE_NO_SESSION, "it has no live session"));
    }
    if (spec.getExcludeSwarmIdsList().contains(standing.getSwarmId())) {
      obstacles.add(obstacle(ObstacleType.OBSTACLE_TYPE_EXCLUDED, "it is one of those that may not claim the task"));
    }
    if (OwnerRules.isOthers(spec, standing.getSwarmId())) {
      obstacles.add(
          Obstacle.newBuilder()
              .setType(ObstacleType.OBSTACLE_TYPE_OWNER)
              .setDetail("the task belongs to " + String.join(", ", spec.getOwnerSwarmIdsList()) + " until none of them has had a session for a time, or it is reassigned")
              .addAllIds(spec.getOwnerSwarmIdsList())
              .build());
    }
    int before = obstacles.size();
    breaker(spec, standing, swarm.commitments(), obstacles);
    capabilities(spec, standing, swarm.policy(), obstacles);
    reputation(spec, standing, obstacles);
    if (obstacles.size() > before && standing.getPolicyRevision() < newestPolicy) {
      obstacles.add(
          obstacle(
              ObstacleType.OBSTACLE_TYPE_POLICY,
              "its standing is of policy revision " + standing.getPolicyRevision() + "; revision " + newestPolicy + " may judge it otherwise"));
    }
    policy(spec, swarm.policy(), obstacles);
    money(spec, standing, CommitmentRules.withoutSettled(swarm.commitments(), standing), obstacles);
    conditions(spec, swarm, obstacles);
    return obstacles;
  }

  /** What stands in the way of a swarm that was taken out of the registry. */
  static Obstacle unregistered() {
    return obstacle(ObstacleType.OBSTACLE_TYPE_UNREGISTERED, "it was unregistered: register it again");
  }

  /**
   * What stands in the way of a swarm that has had more of some equal tasks than its share.
   *
   * @param had tasks that it has had
   * @param fewest tasks that another one has had which competes for them
   */
  static Obstacle overShare(TaskSpec spec, String phase, int had, int fewest) {
    return obstacle(
        ObstacleType.OBSTACLE_TYPE_SHARE,
        "it has had " + had + " tasks of phase " + phase + " of plan " + spec.getPlanId() + ", over its fair share while others have had " + fewest
            + ": ClaimNext and offers give it to them first");
  }

  private static void breaker(TaskSpec spec, Standing standing, CommitmentsRecord book, List<Obstacle> obstacles) {
    Optional<StopRules.Stop> stop = StopRules.ofClaim(standing, spec.getRequiredCapabilitiesList(), book);
    if (stop.isEmpty()) {
      return;
    }
    String capability = stop.get().capability();
    Optional<Timestamp> begin =
        capability.isEmpty()
            ? Optional.of(standing).filter(Standing::hasBreakerSince).map(Standing::getBreakerSince)
            : standing.getStopsList().stream().filter(one -> one.getCapability().equals(capability) && one.hasSince()).map(CapabilityStop::getSince).findFirst();
    String of = capability.isEmpty() ? "its breaker" : "its breaker for " + capability;
    String state = stop.get().state() == BreakerState.BREAKER_STATE_OPEN ? " is open" : " is half open, and its one probe was given out,";
    String since = begin.map(at -> " since " + Times.toInstant(at)).orElse("");
    Obstacle.Builder obstacle = obstacle(ObstacleType.OBSTACLE_TYPE_BREAKER, of + state + since + ": " + StopRules.word(stop.get().reason())).toBuilder();
    obstacles.add(capability.isEmpty() ? obstacle.build() : obstacle.addIds(capability).build());
  }

  private static void capabilities(TaskSpec spec, Standing standing, ActivePolicy policy, List<Obstacle> obstacles) {
    List<String> missing = ClaimRules.missing(spec, standing);
    int required = spec.getRequiredCapabilitiesCount();
    if (!LimitRules.covers(policy.limits(), required - missing.size(), required)) {
      obstacles.add(
          Obstacle.newBuilder()
              .setType(ObstacleType.OBSTACLE_TYPE_CAPABILITY)
              .setDetail(
                  "it has " + (required - missing.size()) + " of the " + required + " required capabilities, and " + percent(policy.limits().getMinCapabilityMatchMillis())
                      + " % are needed: " + ClaimRules.lacked(spec, standing, missing) + (missing.size() == 1 ? " is missing" : " are missing"))
              .addAllIds(missing)
              .build());
    }
  }

  private static void reputation(TaskSpec spec, Standing standing, List<Obstacle> obstacles) {
    if (standing.getReputationMillis() < spec.getMinReputationMillis()) {
      obstacles.add(
          obstacle(
              ObstacleType.OBSTACLE_TYPE_REPUTATION,
              "its reputation is " + millis(standing.getReputationMillis()) + ", the task wants " + millis(spec.getMinReputationMillis())));
    }
  }

  /** Thousandths as percent, without a decimal that says nothing. */
  private static String percent(int millis) {
    return millis % 10 == 0 ? String.valueOf(millis / 10) : millis / 10 + "." + millis % 10;
  }

  private static void policy(TaskSpec spec, ActivePolicy policy, List<Obstacle> obstacles) {
    PolicyRules.overLimits(spec, policy).ifPresent(refusal -> obstacles.add(obstacle(ObstacleType.OBSTACLE_TYPE_POLICY, refusal.message())));
  }

  private static void conditions(TaskSpec spec, Admission swarm, List<Obstacle> obstacles) {
    for (PolicyFinding finding : PolicyRules.findings(spec, swarm)) {
      obstacles.add(
          obstacle(
              ObstacleType.OBSTACLE_TYPE_POLICY,
              "condition " + finding.getRule() + " of revision " + swarm.policy().revision() + " of the policy denies it: " + finding.getDetail()));
    }
  }

  private static String millis(int millis) {
    return millis / 1_000 + ".%03d".formatted(millis % 1_000);
  }

  private static void money(TaskSpec spec, Standing standing, CommitmentsRecord open, List<Obstacle> obstacles) {
    int most = ClaimRules.capacity(standing);
    int held = CommitmentRules.atWork(open);
    if (held >= most) {
      obstacles.add(obstacle(ObstacleType.OBSTACLE_TYPE_CAPACITY, "it holds " + held + " of the " + most + " claims that it may"));
    } else if (CommitmentRules.claims(open) >= CommitmentRules.MOST) {
      obstacles.add(
          obstacle(ObstacleType.OBSTACLE_TYPE_CAPACITY, CommitmentRules.claims(open) - held + " claims of it are parked, or have ended and wait to be booked by the governor"));
    }
    long promised = CommitmentRules.totalMicros(open);
    long shortfall = promised + CommitmentRules.promiseMicros(spec) - standing.getCreditMicros();
    if (CommitmentRules.promiseMicros(spec) > 0 && shortfall > 0) {
      obstacles.add(
          obstacle(
              ObstacleType.OBSTACLE_TYPE_CREDIT,
              "its credit is short by " + dollars(shortfall) + ": it has " + dollars(standing.getCreditMicros()) + ", of which " + dollars(promised)
                  + " is promised, and the task may cost " + dollars(spec.getMaxCostMicros())));
    }
  }

  private static String dollars(long micros) {
    return (micros < 0 ? "-$" : "$") + Math.abs(micros) / 1_000_000 + ".%06d".formatted(Math.abs(micros) % 1_000_000);
  }
}
