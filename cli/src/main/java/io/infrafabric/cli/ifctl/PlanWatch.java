package io.infrafabric.cli.ifctl;

import com.google.protobuf.Duration;
import com.google.protobuf.util.Durations;
import io.grpc.Context;
import io.infrafabric.cli.fabric.FabricClients;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.PlanProgress;
import io.infrafabric.coordinator.v1.PlanState;
import io.infrafabric.coordinator.v1.WatchPlanRequest;
import io.infrafabric.coordinator.v1.WatchPlanResponse;
import io.infrafabric.error.Refusal;
import io.infrafabric.kit.grpc.Errors;
import java.util.Iterator;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** Follows a plan until it is complete, also past a coordinator that goes away meanwhile. */
final class PlanWatch {
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  private final String planId;
  private final long endNanos;
  private final Consumer<WatchPlanResponse> told;
  private final Predicate<WatchPlanResponse> enough;
  private Optional<WatchPlanResponse> last = Optional.empty();

  /**
   * @param timeout how long at most; null for ever
   * @param told hears every change
   * @param enough whether nothing further is of interest, though the plan is not complete
   */
  PlanWatch(String planId, Duration timeout, Consumer<WatchPlanResponse> told, Predicate<WatchPlanResponse> enough) {
    this.planId = planId;
    this.endNanos = timeout == null ? Long.MAX_VALUE : System.nanoTime() + Durations.toNanos(timeout);
    this.told = told;
    this.enough = enough;
  }

  /**
   * How the plan stands in the end.
   *
   * @throws io.infrafabric.error.RefusedException DEADLINE_EXCEEDED when the time is over
   */
  WatchPlanResponse follow(FabricClients clients) {
    while (true) {
      if (left() <= 0) {
        throw over();
      }
      try {
        Optional<WatchPlanResponse> end = read(clients, left());
        if (end.isPresent()) {
          return end.get();
        }
      } catch (RuntimeException failure) {
        pause(failure);
      }
    }
  }

  /** Nanoseconds; a day at a time when there is no end. */
  private long left() {
    return endNanos == Long.MAX_VALUE ? TimeUnit.DAYS.toNanos(1) : endNanos - System.nanoTime();
  }

  /** The last of a stream; empty when it ended although the plan is not complete, as it does when the plan is gone. */
  private Optional<WatchPlanResponse> read(FabricClients clients, long nanos) {
    Context.CancellableContext call = Context.current().withCancellation();
    Context before = call.attach();
    try {
      Iterator<WatchPlanResponse> changes =
          clients.plans().withDeadlineAfter(nanos, TimeUnit.NANOSECONDS).watchPlan(WatchPlanRequest.newBuilder().setPlanId(planId).build());
      while (changes.hasNext()) {
        WatchPlanResponse now = changes.next();
        if (!last.equals(Optional.of(now))) {
          told.accept(now);
        }
        last = Optional.of(now);
        if (now.getProgress().getComplete() || enough.test(now)) {
          return last;
        }
      }
      return Optional.empty();
    } finally {
      call.detachAndCancel(before, null);
    }
  }

  /** Waits for what may pass; a coordinator that was never heard is another matter. */
  private void pause(RuntimeException failure) {
    ErrorCode code = Errors.refusalOf(failure).map(Refusal::code).orElseThrow(() -> failure);
    boolean away = code == ErrorCode.ERROR_CODE_UNAVAILABLE || code == ErrorCode.ERROR_CODE_OVERLOADED;
    boolean brokeOff = code == ErrorCode.ERROR_CODE_DEADLINE_EXCEEDED || code == ErrorCode.ERROR_CODE_OUTCOME_UNKNOWN;
    if (!brokeOff && !(away && last.isPresent())) {
      throw failure;
    }
    LockSupport.parkNanos(Math.clamp(left(), 0, PAUSE_NANOS));
  }

  private RuntimeException over() {
    String far = last.map(now -> ": " + line(now.getProgress())).orElse("");
    return Refusal.of(ErrorCode.ERROR_CODE_DEADLINE_EXCEEDED, "plan " + planId + " has not ended in time" + far).asException();
  }

  /** The exit code of an outcome: 0 when every task is completed, 1 when some failed or were cancelled. */
  static int exitCode(WatchPlanResponse end) {
    return end.getProgress().getFailed() == 0 && end.getState() != PlanState.PLAN_STATE_CANCELLED ? 0 : 1;
  }

  /** Says on stderr why the exit code is not 0. */
  static int told(String planId, WatchPlanResponse end) {
    PlanProgress now = end.getProgress();
    if (exitCode(end) != 0) {
      String how = now.getComplete() ? "" : " so far";
      System.err.println("plan %s: %d of %d tasks ended without a result%s, %d of them cancelled.".formatted(planId, now.getFailed(), now.getTotal(), how, now.getCancelled()));
    }
    return exitCode(end);
  }

  /** Such as {@code 50.0 %: 2 of 4 completed, 0 failed, 1 pending, 1 running}. */
  static String line(PlanProgress now) {
    return String.format(
        Locale.ROOT,
        "%.1f %%: %d of %d completed, %d failed%s, %d pending, %d running%s",
        now.getPercent(),
        now.getCompleted(),
        now.getTotal(),
        now.getFailed(),
        now.getCancelled() == 0 ? "" : " (%d cancelled)".formatted(now.getCancelled()),
        now.getPending(),
        now.getRunning(),
        now.getComplete() ? "; complete" : "");
  }
}
