package io.infrafabric.testkit.history;

import io.infrafabric.coordinator.v1.Claimed;
import io.infrafabric.coordinator.v1.Completed;
import io.infrafabric.coordinator.v1.Failed;
import io.infrafabric.coordinator.v1.LastChange;
import io.infrafabric.coordinator.v1.Parked;
import io.infrafabric.coordinator.v1.Quarantined;
import io.infrafabric.coordinator.v1.Ready;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskEventType;
import io.infrafabric.coordinator.v1.TaskRecord;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.coordinator.v1.Waiting;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Writes the history of one task, good or bad. */
final class TaskHistory {
  static final String KEY = "/if/v1/tasks/00/t";

  private final List<Version> versions = new ArrayList<>();
  private int attempt;
  private long revision = 10;

  List<Version> versions() {
    return versions;
  }

  private Task.Builder task() {
    return Task.newBuilder().setSpec(TaskSpec.newBuilder().setTaskId("t").setMaxAttempts(2)).setAttempt(attempt);
  }

  private TaskHistory add(Task.Builder task, TaskEventType event, long fence) {
    TaskRecord record =
        TaskRecord.newBuilder().setTask(task).setLast(LastChange.newBuilder().setEvent(event).setFence(fence)).build();
    versions.add(new Version(++revision, KEY, Optional.of(record.toByteString())));
    return this;
  }

  TaskHistory ready() {
    return add(task().setReady(Ready.getDefaultInstance()), TaskEventType.TASK_EVENT_TYPE_READY, 0);
  }

  TaskHistory released(long fence) {
    return add(task().setReady(Ready.getDefaultInstance()), TaskEventType.TASK_EVENT_TYPE_RELEASED, fence);
  }

  TaskHistory waiting(Waiting why) {
    return add(task().setWaiting(why), TaskEventType.TASK_EVENT_TYPE_SUBMITTED, 0);
  }

  /** A claim just made: its fence is the revision of this version. */
  TaskHistory claimed(String swarm, String claim) {
    attempt++;
    return claimed(swarm, claim, 0, TaskEventType.TASK_EVENT_TYPE_CLAIMED);
  }

  TaskHistory progressed(String swarm, String claim, long fence) {
    return claimed(swarm, claim, fence, TaskEventType.TASK_EVENT_TYPE_PROGRESSED);
  }

  TaskHistory claimed(String swarm, String claim, long fence, TaskEventType event) {
    Claimed held = Claimed.newBuilder().setSwarmId(swarm).setClaimId(claim).setFence(fence).build();
    return add(task().setClaimed(held), event, fence);
  }

  TaskHistory parked(String swarm, String claim, long fence) {
    Claimed held = Claimed.newBuilder().setSwarmId(swarm).setClaimId(claim).setFence(fence).build();
    return add(task().setParked(Parked.newBuilder().setClaim(held)), TaskEventType.TASK_EVENT_TYPE_UNSPECIFIED, 0);
  }

  TaskHistory completed(long fence) {
    return add(task().setCompleted(Completed.newBuilder().setCostMicros(fence)), TaskEventType.TASK_EVENT_TYPE_COMPLETED, fence);
  }

  TaskHistory failed(long fence) {
    return add(task().setFailed(Failed.getDefaultInstance()), TaskEventType.TASK_EVENT_TYPE_FAILED, fence);
  }

  TaskHistory quarantined() {
    return add(task().setQuarantined(Quarantined.getDefaultInstance()), TaskEventType.TASK_EVENT_TYPE_QUARANTINED, 0);
  }

  TaskHistory deleted() {
    versions.add(new Version(++revision, KEY, Optional.empty()));
    return this;
  }

  /** The revision of the latest version. */
  long revision() {
    return revision;
  }
}
