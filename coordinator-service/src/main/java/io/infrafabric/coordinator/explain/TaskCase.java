package io.infrafabric.coordinator.explain;

import io.infrafabric.coordinator.dispatch.OfferId;
import io.infrafabric.coordinator.v1.Blocker;
import io.infrafabric.coordinator.v1.Task;
import java.util.List;
import java.util.Optional;

/**
 * All there is to know of a task that may not run.
 *
 * @param task waiting for what is open now
 * @param dependencies those it waits for
 * @param before ready tasks that go before it
 * @param offers that may still be taken up
 * @param blockers the first of those that are open
 */
record TaskCase(Task task, List<Dependency> dependencies, int before, List<OfferId> offers, List<Blocker> blockers) {
  /** A task without blockers. */
  TaskCase(Task task, List<Dependency> dependencies, int before, List<OfferId> offers) {
    this(task, dependencies, before, offers, List.of());
  }

  /** A task that another waits for; empty when it is not there any more. */
  record Dependency(String id, Optional<Task> task) {}
}
