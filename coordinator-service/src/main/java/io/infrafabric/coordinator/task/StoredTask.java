package io.infrafabric.coordinator.task;

import com.google.protobuf.ByteString;
import io.infrafabric.coordinator.v1.LastChange;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskRecord;
import io.infrafabric.kit.store.Entry;
import io.infrafabric.kit.store.RecordShape;
import io.infrafabric.names.TaskId;
import java.util.Optional;

/**
 * A task as it stands in the store, with what only its revision tells: the fence of a claim is the revision that made it, and
 * an offer by hand is of the revision that made it, so the record cannot hold them until it is written again.
 *
 * @param task with revision and fence
 */
public record StoredTask(Task task, LastChange last, String submitRequestId) {

  /** Reads an entry of {@code tasks/} in a replica, which keeps those apart that cannot be read. */
  public static StoredTask of(Entry entry) {
    return read(entry).orElseThrow(() -> new IllegalStateException("not a task record: " + entry.key()));
  }

  /** Reads an entry of {@code tasks/} as the store has it; empty when it is no record of a task. */
  public static Optional<StoredTask> read(Entry entry) {
    return RecordShape.read(entry, TaskRecord.parser()).map(record -> of(record, entry.modRevision()));
  }

  private static StoredTask of(TaskRecord record, long revision) {
    Task.Builder task = record.getTask().toBuilder().setRevision(revision);
    if (task.hasClaimed() && task.getClaimed().getFence() == 0) {
      task.getClaimedBuilder().setFence(revision);
    } else if (task.hasParked() && task.getParked().getClaim().getFence() == 0) {
      task.getParkedBuilder().getClaimBuilder().setFence(revision);
    }
    if (task.hasPush() && task.getPush().getRevision() == 0) {
      task.getPushBuilder().setRevision(revision);
    }
    return new StoredTask(task.build(), whole(record), submitRequestId(record));
  }

  /** A change without a trace of its own is in that of the task; most of a million records are of tasks as they were submitted. */
  private static LastChange whole(TaskRecord record) {
    LastChange last = record.getLast();
    return last.hasTrace() || !record.getTask().hasTrace() ? last : last.toBuilder().setTrace(record.getTask().getTrace()).build();
  }

  private static String submitRequestId(TaskRecord record) {
    return record.hasSubmitRequestId() ? record.getSubmitRequestId() : record.getLast().getRequestId();
  }

  public TaskId id() {
    return new TaskId(task.getSpec().getTaskId());
  }

  /** The next version, as it is written. */
  public ByteString next(Task next, LastChange change) {
    return bytes(next, change, submitRequestId);
  }

  /** A version as it is written. What has ended for good needs no checkpoint. */
  public static ByteString bytes(Task task, LastChange change, String submitRequestId) {
    Task.Builder written = task.toBuilder().clearRevision();
    if (task.hasCompleted() || task.hasFailed() || task.hasCancelled()) {
      written.clearCheckpoint();
    }
    TaskRecord.Builder record = TaskRecord.newBuilder().setTask(written).setLast(change);
    if (task.hasTrace() && change.getTrace().equals(task.getTrace())) {
      record.getLastBuilder().clearTrace();
    }
    if (!submitRequestId.equals(change.getRequestId())) {
      record.setSubmitRequestId(submitRequestId);
    }
    return record.build().toByteString();
  }
}
