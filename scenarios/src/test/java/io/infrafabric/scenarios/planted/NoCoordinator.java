package io.infrafabric.scenarios.planted;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.Blocker;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.error.Refusal;
import io.infrafabric.governor.escalation.CoordinatorDoor;
import io.infrafabric.names.PlanId;
import io.infrafabric.names.TaskId;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** A coordinator that the governor never reaches: nothing waits for a person here. */
final class NoCoordinator implements CoordinatorDoor {
  private static <T> CompletableFuture<T> away() {
    return CompletableFuture.failedFuture(Refusal.of(ErrorCode.ERROR_CODE_UNAVAILABLE, "nobody decides anything here").asException());
  }

  @Override
  public CompletableFuture<List<Task>> awaitingApproval() {
    return away();
  }

  @Override
  public CompletableFuture<Quarantined> quarantined() {
    return away();
  }

  @Override
  public CompletableFuture<Unclaimed> unclaimed(Duration least) {
    return away();
  }

  @Override
  public CompletableFuture<Integer> requeueTask(TaskId task, Deed deed) {
    return away();
  }

  @Override
  public CompletableFuture<Integer> requeuePlan(PlanId plan, Deed deed) {
    return away();
  }

  @Override
  public CompletableFuture<Task> task(TaskId task) {
    return away();
  }

  @Override
  public CompletableFuture<Task> approve(TaskId task, Deed deed) {
    return away();
  }

  @Override
  public CompletableFuture<Task> cancel(TaskId task, Deed deed) {
    return away();
  }

  @Override
  public CompletableFuture<Blocker> resolve(TaskId task, String blockerId, Deed deed) {
    return away();
  }
}
