package io.infrafabric.governor.escalation;

import io.infrafabric.coordinator.v1.Blocker;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.names.PlanId;
import io.infrafabric.names.TaskId;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** The port to the coordinator, which alone writes tasks. Failures are {@link io.infrafabric.error.RefusedException}s or statuses of gRPC. */
public interface CoordinatorDoor {
  /** Every task that waits for a named person, without payloads; fails rather than leave some out. */
  CompletableFuture<List<Task>> awaitingApproval();

  /** The first quarantined tasks by id, without payloads. */
  CompletableFuture<Quarantined> quarantined();

  /**
   * Quarantined tasks.
   *
   * @param more whether there are others
   */
  record Quarantined(List<Task> tasks, boolean more) {}

  /** Of all tasks that want the same of a swarm one that has been ready for so long, the first of them by id, without payloads. */
  CompletableFuture<Unclaimed> unclaimed(Duration least);

  /**
   * Ready tasks.
   *
   * @param more whether there are others
   */
  record Unclaimed(List<Task> tasks, boolean more) {}

  /** A task as it is now. */
  CompletableFuture<Task> task(TaskId task);

  /** Lets a task through its gate. */
  CompletableFuture<Task> approve(TaskId task, Deed deed);

  /** Ends a task. */
  CompletableFuture<Task> cancel(TaskId task, Deed deed);

  /** Gives one quarantined task another round of attempts. */
  CompletableFuture<Integer> requeueTask(TaskId task, Deed deed);

  /** The same with all that are quarantined of a plan; answers how many. */
  CompletableFuture<Integer> requeuePlan(PlanId plan, Deed deed);

  /** Ends a blocker; its task goes on with the last one. */
  CompletableFuture<Blocker> resolve(TaskId task, String blockerId, Deed deed);

  /**
   * Who does something, and why.
   *
   * @param requestId the same with every try, so that it is done once
   */
  record Deed(String requestId, String principal, String reason) {}
}
