package io.infrafabric.coordinator.claim;

import io.infrafabric.coordinator.v1.Backoff;
import io.infrafabric.coordinator.v1.RetryPolicy;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.kit.time.Times;
import java.time.Duration;
import java.time.Instant;

/** Whether and when a task is tried again. Pure: the jitter follows from the claim, so that a retry of a call answers the same. */
public final class RetryRules {
  /** The longest wait of a policy that does not say. */
  public static final Duration LONGEST = Duration.ofDays(1);

  private RetryRules() {}

  /** What comes after an attempt. */
  public sealed interface Next {
    /** Another one, at this time or at once. */
    record Again(Instant at) implements Next {}

    /** None. */
    record Quarantine(String why) implements Next {}
  }

  /** Claims of a task that count against its attempts. */
  public static int counted(Task task) {
    return task.getAttempt() - task.getRequeue().getAttempts();
  }

  /**
   * What comes after the present claim of a task.
   *
   * @param backOff whether the wait of the policy is kept; a swarm that gives a task back has done nothing wrong
   */
  static Next after(Task task, boolean backOff, Instant now) {
    TaskSpec spec = task.getSpec();
    int counted = counted(task);
    if (Integer.compareUnsigned(counted, spec.getMaxAttempts()) >= 0) {
      return new Next.Quarantine("attempt " + counted + " of " + spec.getMaxAttempts() + " has ended");
    }
    Instant at = backOff ? now.plus(wait(policy(spec), counted, task.getClaimed().getClaimId())) : now;
    RetryPolicy policy = spec.getRetry();
    if (policy.hasBudget() && at.isAfter(begin(task).plus(Times.toDuration(policy.getBudget())).plus(Times.toDuration(task.getParkedFor())))) {
      return new Next.Quarantine("attempt " + (counted + 1) + " would begin after the budget of " + Times.toDuration(policy.getBudget()) + stopped(task));
    }
    return new Next.Again(at);
  }

  private static String stopped(Task task) {
    return task.hasParkedFor() ? " and the " + Times.toDuration(task.getParkedFor()) + " that it was parked" : "";
  }

  /** When the present round of attempts began; its budget is longer by the time that it was parked. */
  private static Instant begin(Task task) {
    return Times.toInstant(task.hasRequeue() ? task.getRequeue().getAt() : task.getCreatedAt());
  }

  private static RetryPolicy policy(TaskSpec spec) {
    return spec.hasRetry() ? spec.getRetry() : RetryPolicy.newBuilder().setBackoff(Backoff.BACKOFF_FIXED).setInitial(spec.getRetryBackoff()).build();
  }

  /**
   * The wait after an attempt: never longer than the policy's longest, and shorter by at most its jitter.
   *
   * @param attempt 1 for the first
   * @param claimId of that attempt
   */
  static Duration wait(RetryPolicy policy, int attempt, String claimId) {
    Duration longest = policy.hasMax() ? Times.toDuration(policy.getMax()) : LONGEST;
    Duration initial = Times.toDuration(policy.getInitial());
    Duration full =
        switch (policy.getBackoff()) {
          case BACKOFF_UNSPECIFIED, BACKOFF_FIXED, UNRECOGNIZED -> initial;
          case BACKOFF_LINEAR -> initial.multipliedBy(attempt);
          case BACKOFF_EXPONENTIAL -> initial.multipliedBy(1L << Math.min(attempt - 1, 30));
        };
    Duration capped = full.compareTo(longest) > 0 ? longest : full;
    double share = (mixed(claimId) >>> 11) * 0x1.0p-53; // 0 to 1, 1 not included
    return capped.minusMillis((long) (capped.toMillis() * share * policy.getJitterPercent() / 100));
  }

  /** Spreads ids that differ little over all numbers (the end of MurmurHash3). */
  private static long mixed(String id) {
    long hash = 0xcbf29ce484222325L;
    for (int i = 0; i < id.length(); i++) {
      hash = (hash ^ id.charAt(i)) * 0x100000001b3L;
    }
    hash = (hash ^ (hash >>> 33)) * 0xff51afd7ed558ccdL;
    hash = (hash ^ (hash >>> 33)) * 0xc4ceb9fe1a85ec53L;
    return hash ^ (hash >>> 33);
  }
}
