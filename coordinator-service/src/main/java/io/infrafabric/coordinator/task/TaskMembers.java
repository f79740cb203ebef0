package io.infrafabric.coordinator.task;

import io.infrafabric.coordinator.v1.Task;
import java.util.function.Consumer;

/** Keeps count of the tasks of plans. Called on the replica's thread. */
public interface TaskMembers {
  /** A task that names a plan has come into a state; answers what to do when it leaves it. Must not keep the task. */
  Runnable enter(Task task);

  /** Whether tasks of the plan are given out: not once it is cancelled. */
  default boolean isWanted(String planId) {
    return true;
  }

  /** Whom to tell of each plan that is not wanted any more. */
  default void onCancelled(Consumer<String> told) {}
}
