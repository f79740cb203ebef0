package io.infrafabric.coordinator.task;

import static io.infrafabric.coordinator.v1.TaskState.TASK_STATE_CANCELLED;
import static io.infrafabric.coordinator.v1.TaskState.TASK_STATE_CLAIMED;
import static io.infrafabric.coordinator.v1.TaskState.TASK_STATE_COMPLETED;
import static io.infrafabric.coordinator.v1.TaskState.TASK_STATE_FAILED;
import static io.infrafabric.coordinator.v1.TaskState.TASK_STATE_PARKED;
import static io.infrafabric.coordinator.v1.TaskState.TASK_STATE_QUARANTINED;
import static io.infrafabric.coordinator.v1.TaskState.TASK_STATE_READY;
import static io.infrafabric.coordinator.v1.TaskState.TASK_STATE_WAITING;

import io.infrafabric.coordinator.v1.Claimed;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskState;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The states of a task and the table of its transitions: which there are, and who makes each. */
public final class TaskStates {
  /** States that a task never leaves by itself; a quarantined one may be requeued. */
  public static final Set<TaskState> TERMINAL =
      Set.copyOf(
          EnumSet.of(TASK_STATE_COMPLETED, TASK_STATE_FAILED, TASK_STATE_CANCELLED, TASK_STATE_QUARANTINED));

  /** Who moves a task. */
  public enum Actor {
    SUBMITTER,
    READINESS,
    HOLDER,
    EXPIRY,
    OPERATOR,
    /** The holder, an operator, or the fabric when the help is done. */
    BLOCKERS,
    /** The fabric, for a task that runs too long. */
    TWINS,
    /** The fabric, because a breaker of the holder has opened or closed. */
    BREAKERS
  }

  /** One arrow: no {@code from} means that the task did not exist. */
  public record Transition(TaskState from, TaskState to, Actor actor, String when) {}

  /** Every arrow there is. */
  public static final List<Transition> TABLE =
      List.of(
          new Transition(TaskState.TASK_STATE_UNSPECIFIED, TASK_STATE_WAITING, Actor.SUBMITTER, "submit with open dependencies, not_before or needs_approval"),
          new Transition(TaskState.TASK_STATE_UNSPECIFIED, TASK_STATE_READY, Actor.SUBMITTER, "submit"),
          new Transition(TASK_STATE_WAITING, TASK_STATE_READY, Actor.READINESS, "all dependencies completed, not_before passed, approved"),
          new Transition(TASK_STATE_WAITING, TASK_STATE_WAITING, Actor.OPERATOR, "approve, or reassign"),
          new Transition(TASK_STATE_QUARANTINED, TASK_STATE_READY, Actor.OPERATOR, "requeue"),
          new Transition(TASK_STATE_WAITING, TASK_STATE_CANCELLED, Actor.EXPIRY, "deadline"),
          new Transition(TASK_STATE_READY, TASK_STATE_CANCELLED, Actor.EXPIRY, "deadline"),
          new Transition(TASK_STATE_CLAIMED, TASK_STATE_CANCELLED, Actor.EXPIRY, "deadline"),
          new Transition(TASK_STATE_PARKED, TASK_STATE_CANCELLED, Actor.EXPIRY, "deadline"),
          new Transition(TASK_STATE_WAITING, TASK_STATE_CANCELLED, Actor.SUBMITTER, "cancel"),
          new Transition(TASK_STATE_READY, TASK_STATE_CLAIMED, Actor.HOLDER, "claim"),
          new Transition(TASK_STATE_READY, TASK_STATE_CANCELLED, Actor.SUBMITTER, "cancel"),
          new Transition(TASK_STATE_READY, TASK_STATE_READY, Actor.OPERATOR, "offer to one swarm, or reassign"),
          new Transition(TASK_STATE_READY, TASK_STATE_READY, Actor.EXPIRY, "the swarm that it was offered to cannot claim it any more"),
          new Transition(TASK_STATE_CLAIMED, TASK_STATE_CLAIMED, Actor.HOLDER, "progress, or a newer session of the holder inherits the claim"),
          new Transition(TASK_STATE_CLAIMED, TASK_STATE_COMPLETED, Actor.HOLDER, "complete"),
          new Transition(TASK_STATE_CLAIMED, TASK_STATE_FAILED, Actor.HOLDER, "fail for good"),
          new Transition(TASK_STATE_CLAIMED, TASK_STATE_READY, Actor.HOLDER, "release, or fail to be tried again"),
          new Transition(TASK_STATE_CLAIMED, TASK_STATE_WAITING, Actor.HOLDER, "fail to be tried again after a back-off"),
          new Transition(TASK_STATE_CLAIMED, TASK_STATE_QUARANTINED, Actor.HOLDER, "fail or release on the last attempt"),
          new Transition(TASK_STATE_CLAIMED, TASK_STATE_READY, Actor.EXPIRY, "session ended, or no progress in time"),
          new Transition(TASK_STATE_CLAIMED, TASK_STATE_WAITING, Actor.EXPIRY, "session ended or no progress in time, back-off"),
          new Transition(TASK_STATE_CLAIMED, TASK_STATE_QUARANTINED, Actor.EXPIRY, "session ended or no progress in time, on the last attempt"),
          new Transition(TASK_STATE_CLAIMED, TASK_STATE_CANCELLED, Actor.SUBMITTER, "cancel; or its claim ends and it would be tried again, but its plan is cancelled"),
          new Transition(TASK_STATE_CLAIMED, TASK_STATE_PARKED, Actor.HOLDER, "raise a blocker"),
          new Transition(TASK_STATE_PARKED, TASK_STATE_PARKED, Actor.BLOCKERS, "another blocker is raised, one is helped, one of several is resolved, or a newer session of the holder inherits the claim"),
          new Transition(TASK_STATE_PARKED, TASK_STATE_CLAIMED, Actor.BLOCKERS, "last blocker resolved"),
          new Transition(TASK_STATE_PARKED, TASK_STATE_CANCELLED, Actor.SUBMITTER, "cancel"),
          new Transition(TASK_STATE_CLAIMED, TASK_STATE_PARKED, Actor.BREAKERS, "a breaker of the holder opens, and the policy parks what is held"),
          new Transition(TASK_STATE_PARKED, TASK_STATE_CLAIMED, Actor.BREAKERS, "the breaker is closed, or the holder's session ended"),
          new Transition(TASK_STATE_PARKED, TASK_STATE_PARKED, Actor.BREAKERS, "the breaker is closed, and a blocker is left"),
          new Transition(TASK_STATE_CLAIMED, TASK_STATE_READY, Actor.BREAKERS, "a breaker of the holder opens, and the policy takes back what is held"),
          new Transition(TASK_STATE_CLAIMED, TASK_STATE_QUARANTINED, Actor.BREAKERS, "the same, on the last attempt"),
          new Transition(TaskState.TASK_STATE_UNSPECIFIED, TASK_STATE_READY, Actor.TWINS, "the twin of a straggler is made"),
          new Transition(TASK_STATE_CLAIMED, TASK_STATE_CLAIMED, Actor.TWINS, "its twin is made"),
          new Transition(TASK_STATE_CLAIMED, TASK_STATE_COMPLETED, Actor.TWINS, "its twin is completed first"),
          new Transition(TASK_STATE_PARKED, TASK_STATE_COMPLETED, Actor.TWINS, "its twin is completed first"),
          new Transition(TASK_STATE_READY, TASK_STATE_COMPLETED, Actor.TWINS, "its twin is completed first"),
          new Transition(TASK_STATE_WAITING, TASK_STATE_COMPLETED, Actor.TWINS, "its twin is completed first"));

  private TaskStates() {}

  /** The state of a task as a word. */
  public static TaskState of(Task task) {
    return switch (task.getStateCase()) {
      case WAITING -> TASK_STATE_WAITING;
      case READY -> TASK_STATE_READY;
      case CLAIMED -> TASK_STATE_CLAIMED;
      case PARKED -> TASK_STATE_PARKED;
      case COMPLETED -> TASK_STATE_COMPLETED;
      case FAILED -> TASK_STATE_FAILED;
      case CANCELLED -> TASK_STATE_CANCELLED;
      case QUARANTINED -> TASK_STATE_QUARANTINED;
      case STATE_NOT_SET -> TaskState.TASK_STATE_UNSPECIFIED;
    };
  }

  /** The claim under which a task is held, be it worked on or parked. */
  public static Optional<Claimed> claim(Task task) {
    return task.hasClaimed() ? Optional.of(task.getClaimed()) : task.hasParked() ? Optional.of(task.getParked().getClaim()) : Optional.empty();
  }

  public static boolean isTerminal(Task task) {
    return TERMINAL.contains(of(task));
  }

  /** True when the table has this arrow, whoever makes it. */
  public static boolean isLegal(TaskState from, TaskState to) {
    return TABLE.stream().anyMatch(arrow -> arrow.from() == from && arrow.to() == to);
  }

  /** The state without its prefix: {@code READY}. */
  public static String word(TaskState state) {
    return state.name().substring("TASK_STATE_".length());
  }
}
