package io.infrafabric.coordinator.archive;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.record.Records;
import io.infrafabric.coordinator.task.StoredTask;
import io.infrafabric.coordinator.task.TaskStates;
import io.infrafabric.coordinator.v1.ArchivedTask;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.error.Refusal;
import io.infrafabric.error.RefusedException;
import io.infrafabric.kit.grpc.Errors;
import io.infrafabric.kit.store.Entry;
import io.infrafabric.kit.store.Replica;
import io.infrafabric.kit.time.Times;
import io.infrafabric.names.TaskId;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** Answers about tasks that are not in etcd any more. */
public final class Archived {
  private final Replica replica;
  private final Records records;
  private final Archive archive;

  public Archived(Replica replica, Records records, Archive archive) {
    this.replica = replica;
    this.records = records;
    this.archive = archive;
  }

  /** The line that an archived task has left, from etcd itself. */
  public CompletableFuture<Optional<ArchivedTask>> line(TaskId task) {
    String key = records.keys().archived(task);
    return replica
        .refresh(Set.of(key))
        .thenApply(found -> Optional.ofNullable(found.get(key)).map(entry -> Records.parse(entry, ArchivedTask.parser())));
  }

  /** An archived task as it ended; fails with TASK_NOT_FOUND or UNAVAILABLE. */
  public CompletableFuture<Task> get(TaskId task) {
    return line(task).thenCompose(line -> line.isEmpty() ? CompletableFuture.failedFuture(unknown(task)) : archive.find(task).thenApply(kept -> read(line.get(), kept)));
  }

  private Task read(ArchivedTask line, Optional<Archive.Kept> kept) {
    Archive.Kept record = kept.filter(found -> found.revision() == line.getRevision()).orElseThrow(() -> gone(line));
    return StoredTask.of(new Entry(line.getTaskId(), record.record(), record.revision(), record.revision(), 0)).task();
  }

  /**
   * The same failure, unless it says that there is no such task and the task was archived: then TASK_ENDED.
   *
   * @param <T> what the call would have answered
   */
  public <T> CompletableFuture<T> orEnded(TaskId task, Throwable failure) {
    boolean unknown = Errors.refusalOf(failure).filter(refusal -> refusal.code() == ErrorCode.ERROR_CODE_TASK_NOT_FOUND).isPresent();
    if (!unknown) {
      return CompletableFuture.failedFuture(failure);
    }
    return line(task).thenCompose(line -> CompletableFuture.failedFuture(line.<Throwable>map(Archived::ended).orElse(failure)));
  }

  private static RefusedException ended(ArchivedTask line) {
    String word = TaskStates.word(line.getState());
    return Refusal.of(ErrorCode.ERROR_CODE_TASK_ENDED, "task " + line.getTaskId() + " has ended: " + word + "; it is archived")
        .with("task_id", line.getTaskId())
        .with("state", word)
        .asException();
  }

  private static RefusedException unknown(TaskId task) {
    return Refusal.of(ErrorCode.ERROR_CODE_TASK_NOT_FOUND, "there is no task " + task).with("task_id", task).asException();
  }

  private static RefusedException gone(ArchivedTask line) {
    String word = TaskStates.word(line.getState());
    return Refusal.of(
            ErrorCode.ERROR_CODE_TASK_NOT_FOUND,
            "task " + line.getTaskId() + " ended at " + Times.toInstant(line.getEndedAt()) + ": " + word + "; its record is not kept any more")
        .with("task_id", line.getTaskId())
        .with("state", word)
        .asException();
  }
}
