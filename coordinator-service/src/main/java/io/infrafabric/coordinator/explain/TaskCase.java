package io.infrafabric.coordinator.explain;

import io.infrafabric.coordinator.blocker.HelpSettings;
import io.infrafabric.coordinator.dispatch.OfferId;
import io.infrafabric.coordinator.v1.Blocker;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.governor.v1.PolicyLimits;
import io.infrafabric.policy.LimitRules;
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
 * @param help where the money for help comes from; absent unless it is parked
 */
record TaskCase(Task task, List<Dependency> dependencies, int before, List<OfferId> offers, List<Blocker> blockers, Optional<Help> help) {
  /** A task without blockers. */
  TaskCase(Task task, List<Dependency> dependencies, int before, List<OfferId> offers) {
    this(task, dependencies, before, offers, List.of(), Optional.empty());
  }

  /**
   * The book of the swarm that pays for help.
   *
   * @param lines for help that are in it
   * @param limits of the policy in force
   */
  record Help(String payer, int lines, HelpSettings settings, PolicyLimits limits) {
    /** Whether it has no room for the help of a blocker. */
    boolean isFullFor(Blocker blocker) {
      return blocker.getHelpTaskIdsCount() == 0
          && blocker.getNeedsCount() > 0
          && lines + LimitRules.helpers(limits, blocker.getNeedsCount()) * settings.tries() > settings.lines();
    }
  }

  /** A task that another waits for; empty when it is not there any more. */
  record Dependency(String id, Optional<Task> task) {}
}
