package io.infrafabric.governor.escalation;

import io.infrafabric.kit.config.Default;
import io.infrafabric.kit.config.Doc;
import java.time.Duration;
import java.util.List;

/** Settings of escalations. */
public record EscalationSettings(
    @Default("1h") @Doc("How long a person has to decide; then the escalation is raised again, one level higher.") Duration deadline,
    @Default("30d") @Doc("How long an escalation is kept after it was decided.") Duration keep,
    @Default("1000") @Doc("Open escalations at once; what is beyond waits until some are decided.") int most,
    @Default("10000") @Doc("Decided ones that are kept at most; beyond it those that were decided first are forgotten early.") int mostKept,
    @Default("5s") @Doc("How often all causes are looked through, and the coordinator is asked for tasks that wait for approval.") Duration lookEvery,
    @Default("30s") @Doc("How long a task is ready before a person is asked about it because no swarm qualifies; at most a day.") Duration unclaimedAfter,
    @Default("") @Doc("Links in escalations, name=address, with {id}, {swarm}, {task} and {trace} filled in.") List<String> links) {
  /** Refuses what could not work. */
  public EscalationSettings {
    links = List.copyOf(links);
    if (deadline.isNegative() || deadline.isZero() || keep.isNegative() || lookEvery.isNegative() || lookEvery.isZero()) {
      throw new IllegalArgumentException("escalation-deadline and escalation-look-every must be above 0, and escalation-keep not below it");
    }
    if (most < 1 || most > 100_000) {
      throw new IllegalArgumentException("escalation-most must be 1 to 100000, not " + most);
    }
    if (mostKept < 0 || mostKept > 1_000_000) {
      throw new IllegalArgumentException("escalation-most-kept must be 0 to 1000000, not " + mostKept);
    }
    if (unclaimedAfter.isNegative() || unclaimedAfter.compareTo(Duration.ofDays(1)) > 0) {
      throw new IllegalArgumentException("escalation-unclaimed-after must be 0 to a day, not " + unclaimedAfter);
    }
    LinkRules.check(links);
  }

  /** As they are when nobody says anything. */
  public static EscalationSettings defaults() {
    return new EscalationSettings(Duration.ofHours(1), Duration.ofDays(30), 1_000, 10_000, Duration.ofSeconds(5), Duration.ofSeconds(30), List.of());
  }
}
