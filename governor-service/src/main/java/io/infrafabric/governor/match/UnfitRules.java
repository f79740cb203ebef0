package io.infrafabric.governor.match;

import io.infrafabric.governor.match.Verdict.Qualified;
import io.infrafabric.governor.match.Verdict.Unfit;
import io.infrafabric.governor.match.Verdict.Why;
import io.infrafabric.governor.v1.RejectReason;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Whether nobody qualifies for a task, and who comes nearest. Pure. */
final class UnfitRules {
  /** Swarms that are told of. */
  static final int NEAREST = 5;

  private UnfitRules() {}

  /**
   * Those with the fewest reasons against them, a line each; empty when a swarm qualifies, or has only its open breaker against it.
   *
   * @param verdicts on all swarms
   * @param owners to whom the task belongs; anyone when empty
   */
  static Optional<List<String>> nearest(List<Verdict> verdicts, List<String> owners) {
    List<Verdict> concerned = verdicts.stream().filter(verdict -> owners.isEmpty() || owners.contains(swarm(verdict))).toList();
    if (concerned.stream().anyMatch(UnfitRules::mayYet)) {
      return Optional.empty();
    }
    return Optional.of(
        concerned.stream()
            .map(Unfit.class::cast)
            .sorted(Comparator.comparingInt((Unfit unfit) -> unfit.reasons().size()).thenComparing(unfit -> unfit.profile().swarmId()))
            .limit(NEAREST)
            .map(unfit -> "not %s: %s".formatted(unfit.profile().swarmId(), unfit.reasons().stream().map(Why::detail).collect(Collectors.joining("; "))))
            .toList());
  }

  private static boolean mayYet(Verdict verdict) {
    return switch (verdict) {
      case Qualified qualified -> true;
      case Unfit unfit -> unfit.reasons().stream().allMatch(why -> why.reason() == RejectReason.REJECT_REASON_BREAKER_OPEN);
    };
  }

  private static String swarm(Verdict verdict) {
    return switch (verdict) {
      case Qualified qualified -> qualified.profile().swarmId();
      case Unfit unfit -> unfit.profile().swarmId();
    };
  }
}
