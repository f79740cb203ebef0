package io.infrafabric.chassis.work;

import io.infrafabric.error.Refusal;
import java.time.Duration;

/** Which failures of a call are no answer, and how long to wait before it is sent again under its request id. */
final class RetryRules {
  private static final Duration FIRST = Duration.ofMillis(50);
  private static final Duration LONGEST = Duration.ofSeconds(2);

  private RetryRules() {}

  /** True when the call has not been answered: nobody was there, nobody knows, or it should be sent again. */
  static boolean unanswered(Refusal refusal) {
    return switch (refusal.code()) {
      case ERROR_CODE_UNAVAILABLE,
          ERROR_CODE_OUTCOME_UNKNOWN,
          ERROR_CODE_DEADLINE_EXCEEDED,
          ERROR_CODE_OVERLOADED,
          ERROR_CODE_CONTENDED ->
          true;
      default -> false;
    };
  }

  /** The wait before the next try, doubling from 50 ms to 2 s; what the service asks for, if that is longer. */
  static Duration pause(int failures, Refusal refusal) {
    Duration grown = FIRST.multipliedBy(1L << Math.min(failures - 1, 10));
    Duration own = grown.compareTo(LONGEST) > 0 ? LONGEST : grown;
    return refusal.retryAfter().filter(asked -> asked.compareTo(own) > 0 && asked.compareTo(LONGEST) <= 0).orElse(own);
  }

  /** True when the claim is not this swarm's any more, or its task has ended: there is nothing to report. */
  static boolean claimLost(Refusal refusal) {
    return switch (refusal.code()) {
      case ERROR_CODE_STALE_FENCE,
          ERROR_CODE_TASK_ENDED,
          ERROR_CODE_TASK_NOT_FOUND,
          ERROR_CODE_TASK_NOT_READY,
          ERROR_CODE_NOT_THE_HOLDER,
          ERROR_CODE_SESSION_NOT_FOUND ->
          true;
      default -> false;
    };
  }
}
