package io.infrafabric.coordinator.blocker;

import io.infrafabric.coordinator.task.TaskStates;
import io.infrafabric.coordinator.v1.Blocker;
import io.infrafabric.coordinator.v1.BlockerRecord;
import io.infrafabric.coordinator.v1.BlockerState;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.governor.v1.PolicyLimits;
import io.infrafabric.names.TaskId;
import io.infrafabric.policy.LimitRules;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/** What is to be done about an open blocker. Pure. */
final class NextRules {
  private NextRules() {}

  /** The next step. */
  sealed interface Next {
    /** Nothing by itself. */
    record Rest() implements Next {}

    /** Look for helpers, for so many needs. */
    record Ask(int most) implements Next {}

    /**
     * A person has to look at it.
     *
     * @param because the task whose state is the reason, if one is; it may change again, or only look so in a copy that is behind
     */
    record Escalate(String why, Optional<TaskId> because) implements Next {}

    /** Everything that it waited for is done. */
    record Finish(String resolution) implements Next {}

    /** The claim that it blocked has ended. */
    record Abandon(String why) implements Next {}
  }

  /**
   * Decides by the blocker, its task and the tasks that it waits for.
   *
   * @param limits of the policy in force
   */
  static Next next(Blocker blocker, Optional<Task> task, Function<TaskId, Optional<Task>> tasks, PolicyLimits limits) {
    if (!BlockerRules.isParkedBy(task, blocker)) {
      return new Next.Abandon("the claim that it blocked has ended");
    }
    List<TaskId> waits = Stream.concat(blocker.getHelpTaskIdsList().stream(), blocker.getWaitsForTaskIdsList().stream()).map(TaskId::new).toList();
    for (TaskId id : waits) {
      Optional<Task> other = tasks.apply(id);
      if (other.isEmpty()) {
        return escalate(blocker, "task " + id + ", which it waits for, is not there any more", Optional.of(id));
      }
      if (TaskStates.isTerminal(other.get()) && !other.get().hasCompleted()) {
        return escalate(blocker, "task " + id + ", which it waits for, is " + TaskStates.word(TaskStates.of(other.get())), Optional.of(id));
      }
    }
    if (isUnhelped(blocker)) {
      return ask(blocker, task.orElseThrow(), tasks, limits);
    }
    if (waits.isEmpty()) {
      return new Next.Rest(); // it waits for a person
    }
    if (!waits.stream().allMatch(id -> tasks.apply(id).filter(Task::hasCompleted).isPresent())) {
      return new Next.Rest();
    }
    return blocker.getUnmetNeedsCount() == 0
        ? new Next.Finish("done: " + String.join(", ", waits.stream().map(TaskId::value).toList()))
        : escalate(blocker, "its help is done, but nobody was found for " + String.join(", ", blocker.getUnmetNeedsList()), Optional.empty());
  }

  /** Whether help is still to be made: it is looked for, or was not found when it was. */
  private static boolean isUnhelped(Blocker blocker) {
    return blocker.getHelpTaskIdsCount() == 0
        && (blocker.getState() == BlockerState.BLOCKER_STATE_OPEN
            || (blocker.getState() == BlockerState.BLOCKER_STATE_ESCALATED && blocker.getUnmetNeedsCount() > 0));
  }

  private static Next ask(Blocker blocker, Task task, Function<TaskId, Optional<Task>> tasks, PolicyLimits limits) {
    if (blocker.getNeedsCount() == 0) {
      return escalate(blocker, "it names no needs, and none are known for blockers of type " + blocker.getType(), Optional.empty());
    }
    if (HelpRules.tooManyExcluded(task, limits.getMaxSwarmsPerTask())) {
      return escalate(blocker, "too many swarms wait for its help already", Optional.empty());
    }
    // Its help is made all at once or not yet: others of its task may have to be helped first.
    int wanted = LimitRules.helpers(limits, blocker.getNeedsCount());
    return HelpRules.room(task, tasks, limits.getMaxSwarmsPerTask()) < wanted ? new Next.Rest() : new Next.Ask(wanted);
  }

  /**
   * Whether the copy of the tasks is older than the blocker: what its blocker was raised or helped with was written in the same transaction, and a
   * watch on each prefix tells of it in its own time. Nothing is decided on such a copy, which looks as if the claim had ended or its help were gone.
   *
   * @param record the blocker's, last changed at the revision
   * @param taskRevision the last change of its task in the copy, 0 without it
   * @param tasksTold up to where the watch on the tasks has told everything
   */
  static boolean isBehind(BlockerRecord record, long revision, long taskRevision, Function<TaskId, Optional<Task>> tasks, long tasksTold) {
    if (tasksTold >= revision) {
      return false;
    }
    return switch (record.getEvent()) {
      case BLOCKER_EVENT_TYPE_RAISED -> taskRevision < revision;
      case BLOCKER_EVENT_TYPE_HELPED ->
          taskRevision < revision || record.getBlocker().getHelpTaskIdsList().stream().anyMatch(help -> tasks.apply(new TaskId(help)).isEmpty());
      case BLOCKER_EVENT_TYPE_ESCALATED, BLOCKER_EVENT_TYPE_RESOLVED, BLOCKER_EVENT_TYPE_UNSPECIFIED, UNRECOGNIZED -> false;
    };
  }

  /** Once is enough. */
  private static Next escalate(Blocker blocker, String why, Optional<TaskId> because) {
    boolean told = blocker.getState() == BlockerState.BLOCKER_STATE_ESCALATED && blocker.getDetail().equals(why);
    return told ? new Next.Rest() : new Next.Escalate(why, because);
  }
}
