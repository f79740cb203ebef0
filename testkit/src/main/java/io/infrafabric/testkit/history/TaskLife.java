package io.infrafabric.testkit.history;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.infrafabric.coordinator.v1.Claimed;
import io.infrafabric.coordinator.v1.LastChange;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskEventType;
import io.infrafabric.coordinator.v1.TaskRecord;
import io.infrafabric.coordinator.v1.Waiting;
import io.infrafabric.testkit.history.Violation.Invariant;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/** One task through its versions. */
final class TaskLife {
  private static final int ATTEMPTS_DEFAULT = 3;
  private static final Set<Task.StateCase> FINAL =
      EnumSet.of(Task.StateCase.COMPLETED, Task.StateCase.FAILED, Task.StateCase.CANCELLED);
  private static final Set<TaskEventType> BY_THE_HOLDER =
      EnumSet.of(
          TaskEventType.TASK_EVENT_TYPE_PROGRESSED,
          TaskEventType.TASK_EVENT_TYPE_COMPLETED,
          TaskEventType.TASK_EVENT_TYPE_FAILED,
          TaskEventType.TASK_EVENT_TYPE_RETRIED,
          TaskEventType.TASK_EVENT_TYPE_RELEASED,
          TaskEventType.TASK_EVENT_TYPE_PARKED,
          TaskEventType.TASK_EVENT_TYPE_RESUMED);

  private final String key;
  private Optional<Task> before = Optional.empty();
  private LastChange last = LastChange.getDefaultInstance();
  private Optional<Hold> hold = Optional.empty();
  private boolean seen;
  private boolean deleted;
  private boolean deletedEarly;
  private boolean completed;
  private long revision;
  private long highestFence;
  private int claims;

  /** Who holds the task, by which claim. */
  record Hold(String swarm, String claim, long fence) {}

  TaskLife(String key) {
    this.key = key;
  }

  /** The task as it is now; empty before it was written and after it was deleted. */
  Optional<Task> now() {
    return before;
  }

  /** The change that made it so. */
  LastChange last() {
    return last;
  }

  /** The claim that is live now. */
  Optional<Hold> hold() {
    return hold;
  }

  /** True once it was completed, though it may be deleted by now. */
  boolean wasCompleted() {
    return completed;
  }

  /** Of the newest version or of the delete. */
  long revision() {
    return revision;
  }

  void next(Version version, Consumer<Violation> violations) {
    revision = version.revision();
    if (version.value().isEmpty()) {
      deletedEarly = before.isPresent() && !FINAL.contains(before.get().getStateCase()) && !before.get().hasQuarantined();
      deleted = true;
      before = Optional.empty();
      hold = Optional.empty();
      claims = 0;
      return;
    }
    deleted = false;
    Judge judge = new Judge(version.revision(), violations);
    Optional<TaskRecord> record = parse(version.value().get());
    if (record.isEmpty() || record.get().getTask().getStateCase() == Task.StateCase.STATE_NOT_SET) {
      judge.found(Invariant.WELL_FORMED, "not a task record with a state");
      return;
    }
    next(record.get(), judge);
  }

  private void next(TaskRecord record, Judge judge) {
    Task task = record.getTask();
    Optional<Hold> now = hold(task, judge.revision);
    judgeEnd(task, judge);
    judgeFence(record.getLast(), judge);
    if (!seen) {
      // The beginning may have been compacted: the attempts of before are taken from the record.
      claims = task.getAttempt() - (now.isPresent() ? 1 : 0);
    }
    if (before.filter(Task::hasQuarantined).isPresent() && !task.hasQuarantined()) {
      claims = 0; // an operator gave it new attempts
    }
    if (now.isPresent()) {
      judgeHold(now.get(), task, record.getLast().getEvent(), judge);
    }
    hold = now;
    before = Optional.of(task);
    last = record.getLast();
    completed |= task.hasCompleted();
    seen = true;
  }

  private void judgeEnd(Task task, Judge judge) {
    if (before.isPresent() && FINAL.contains(before.get().getStateCase()) && !sameState(before.get(), task)) {
      judge.found(
          Invariant.I6_TERMINAL_IS_FINAL, "it was " + before.get().getStateCase() + " and is " + task.getStateCase() + " with other content or state");
    }
  }

  private static boolean sameState(Task before, Task after) {
    return before.getStateCase() == after.getStateCase()
        && before.getCompleted().equals(after.getCompleted())
        && before.getFailed().equals(after.getFailed())
        && before.getCancelled().equals(after.getCancelled());
  }

  /** What the holder reports carries the fence of the claim that was live. */
  private void judgeFence(LastChange last, Judge judge) {
    if (before.isEmpty() || last.getFence() == 0 || !BY_THE_HOLDER.contains(last.getEvent())) {
      return;
    }
    boolean current = hold.isPresent() && hold.get().fence() == last.getFence();
    boolean again = FINAL.contains(before.get().getStateCase());
    if (!current && !again) {
      judge.found(
          Invariant.I4_NO_STALE_EFFECT,
          last.getEvent() + " with fence " + last.getFence() + " while the live one was " + hold.map(live -> "" + live.fence()).orElse("none"));
    }
  }

  private void judgeHold(Hold now, Task task, TaskEventType event, Judge judge) {
    boolean sameClaim = hold.isPresent() && hold.get().claim().equals(now.claim());
    if (sameClaim) {
      if (!hold.get().swarm().equals(now.swarm())) {
        judge.found(Invariant.I1_SINGLE_HOLDER, "claim " + now.claim() + " went from " + hold.get().swarm() + " to " + now.swarm());
      }
      // Only who inherits a claim gives it another fence, which is the revision of that.
      boolean inherited = event == TaskEventType.TASK_EVENT_TYPE_INHERITED && now.fence() == judge.revision;
      if (hold.get().fence() != now.fence() && !inherited) {
        judge.found(Invariant.I3_FENCE_GROWTH, "the fence of claim " + now.claim() + " changed from " + hold.get().fence() + " to " + now.fence());
      }
      highestFence = Math.max(highestFence, now.fence());
      return;
    }
    if (hold.isPresent()) {
      judge.found(Invariant.I1_SINGLE_HOLDER, now.swarm() + " claimed it while " + hold.get().swarm() + " held it");
    }
    if (now.fence() <= highestFence) {
      judge.found(Invariant.I3_FENCE_GROWTH, "a claim with fence " + now.fence() + " after one with " + highestFence);
    }
    highestFence = Math.max(highestFence, now.fence());
    claims++;
    int most = task.getSpec().getMaxAttempts() == 0 ? ATTEMPTS_DEFAULT : task.getSpec().getMaxAttempts();
    if (claims > most) {
      judge.found(Invariant.I5_ATTEMPT_BOUND, "claim number " + claims + " of at most " + most);
    }
  }

  private static Optional<Hold> hold(Task task, long revision) {
    Optional<Claimed> claim =
        switch (task.getStateCase()) {
          case CLAIMED -> Optional.of(task.getClaimed());
          case PARKED -> Optional.of(task.getParked().getClaim());
          case WAITING, READY, COMPLETED, FAILED, CANCELLED, QUARANTINED, STATE_NOT_SET -> Optional.empty();
        };
    // The fence of a claim just made is the revision that made it.
    return claim.map(
        held -> new Hold(held.getSwarmId(), held.getClaimId(), held.getFence() == 0 ? revision : held.getFence()));
  }

  private static Optional<TaskRecord> parse(ByteString value) {
    try {
      return Optional.of(TaskRecord.parseFrom(value));
    } catch (InvalidProtocolBufferException corrupt) {
      return Optional.empty();
    }
  }

  /** Why the task is lost, if it is: once quiet it is ended, ready, or waits for a reason that is written down. */
  Optional<Violation> loss() {
    if (deleted) {
      return deletedEarly ? lost("it was deleted before its end") : Optional.empty();
    }
    Task task = before.orElse(Task.getDefaultInstance());
    return switch (task.getStateCase()) {
      case COMPLETED, FAILED, CANCELLED, QUARANTINED, READY -> Optional.empty();
      case WAITING -> task.getWaiting().equals(Waiting.getDefaultInstance()) ? lost("it waits for nothing") : Optional.empty();
      case PARKED -> 
          task.getParked().getBlockerIdsCount() == 0 && !task.getParked().getByBreaker() ? lost("it is parked without a blocker or a breaker") : Optional.empty();
      case CLAIMED -> lost("it is held by " + hold.orElseThrow().swarm() + " and nobody works on it");
      case STATE_NOT_SET -> lost("it has no state");
    };
  }

  private Optional<Violation> lost(String what) {
    return Optional.of(new Violation(Invariant.I2_NO_LOSS, key, 0, what));
  }

  private final class Judge {
    private final long revision;
    private final Consumer<Violation> violations;

    Judge(long revision, Consumer<Violation> violations) {
      this.revision = revision;
      this.violations = violations;
    }

    void found(Invariant invariant, String what) {
      violations.accept(new Violation(invariant, key, revision, what));
    }
  }
}
