package io.infrafabric.scenarios;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.testkit.Stalls;
import java.time.Duration;
import java.util.List;

/** Holds a coordinator without etcd to how quickly it refuses. */
final class FailFast {
  /** What an answer may take that needs nothing from anywhere. */
  private static final Duration AT_ONCE = Duration.ofSeconds(1);

  /** How long the outcome of a write is sought that was under way (the default of {@code outcome-patience}). */
  private static final Duration SOUGHT = Duration.ofSeconds(3);

  private FailFast() {}

  /** Every call was refused: those under way when etcd went no later than their outcome is sought, those that began after the first refusal at once. */
  static void judge(List<LoadLog.Trouble> troubles, Stalls stalls) {
    assertThat(troubles)
        .as("a call that hung would end with DEADLINE_EXCEEDED")
        .allSatisfy(trouble -> assertThat(trouble.code()).isIn(ErrorCode.ERROR_CODE_UNAVAILABLE, ErrorCode.ERROR_CODE_OUTCOME_UNKNOWN));
    assertThat(troubles)
        .as("calls under way when etcd went")
        .allSatisfy(trouble -> assertThat(stalls.running(trouble.fromNanos(), trouble.untilNanos())).isLessThanOrEqualTo(SOUGHT.plus(AT_ONCE)));
    long known = troubles.stream().mapToLong(LoadLog.Trouble::untilNanos).min().orElseThrow();
    List<LoadLog.Trouble> after = troubles.stream().filter(trouble -> trouble.fromNanos() > known).toList();
    assertThat(after).as("calls that began after the first refusal").hasSizeGreaterThan(5);
    assertThat(after)
        .as("calls that began when it was known that etcd is away")
        .allSatisfy(trouble -> assertThat(stalls.running(trouble.fromNanos(), trouble.untilNanos())).isLessThanOrEqualTo(AT_ONCE));
  }
}
