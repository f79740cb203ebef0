package io.infrafabric.coordinator.task;

import io.grpc.stub.ServerCallStreamObserver;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.WatchTasksRequest;
import io.infrafabric.coordinator.v1.WatchTasksResponse;
import io.infrafabric.error.Refusal;
import io.infrafabric.kit.grpc.Replies;
import io.infrafabric.kit.lifecycle.Threads;
import io.infrafabric.kit.store.Replica;
import io.infrafabric.names.Keys;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.Semaphore;

/** One WatchTasks stream: first what is there, oldest change first, then every change; a client that reads too slowly is told to come again. */
final class GrpcTaskWatch {
  private final WatchTasksRequest request;
  private final Set<String> ids;
  private final ServerCallStreamObserver<WatchTasksResponse> observer;
  private final Semaphore work = new Semaphore(0);
  /** Revisions of what was there at the beginning, until the changes have caught up. */
  private final Map<String, Long> sent = new HashMap<>();

  GrpcTaskWatch(WatchTasksRequest request, ServerCallStreamObserver<WatchTasksResponse> observer) {
    this.request = request;
    this.ids = Set.copyOf(request.getTaskIdsList());
    this.observer = observer;
  }

  void start(TaskFeed feed, Replica replica, Keys keys) {
    observer.setOnReadyHandler(work::release);
    observer.setOnCancelHandler(work::release);
    TaskFeed.Subscription subscription = feed.subscribe(this::matches, work::release);
    Threads.startVirtual(
        "watch-tasks",
        () -> {
          try (subscription) {
            Queue<StoredTask> present = new ArrayDeque<>();
            // What is newer comes from the subscription, which began before: so nothing is missed and the order holds.
            long watched = replica.watchedRevision(keys.tasks());
            replica.scan(keys.tasks()).values().stream()
                .filter(entry -> entry.modRevision() <= watched)
                .map(StoredTask::of)
                .filter(this::matches)
                .sorted(Comparator.comparingLong(stored -> stored.task().getRevision()))
                .forEach(present::add);
            pass(present, subscription);
          }
        });
  }

  private boolean matches(StoredTask stored) {
    var spec = stored.task().getSpec();
    return stored.task().getRevision() > request.getResumeAfterRevision()
        && (ids.isEmpty() || ids.contains(spec.getTaskId()))
        && (request.getPlanId().isEmpty() || request.getPlanId().equals(spec.getPlanId()))
        && spec.getLabelsMap().entrySet().containsAll(request.getLabelsMap().entrySet());
  }

  private void pass(Queue<StoredTask> present, TaskFeed.Subscription subscription) {
    while (!observer.isCancelled()) {
      while (observer.isReady()) {
        StoredTask next = present.poll();
        if (next != null) {
          sendPresent(next);
          continue;
        }
        Optional<StoredTask> change = subscription.poll();
        if (change.isEmpty()) {
          break;
        }
        sendChange(change.get());
      }
      if (subscription.isOverrun()) {
        Replies.fail(
            observer,
            Refusal.of(ErrorCode.ERROR_CODE_OVERLOADED, "the watcher reads too slowly; watch again from the last revision it has")
                .retryAfter(Duration.ofSeconds(1))
                .asException());
        return;
      }
      try {
        work.acquire();
        work.drainPermits();
      } catch (InterruptedException stop) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  private void sendPresent(StoredTask stored) {
    sent.put(stored.id().value(), stored.task().getRevision());
    send(stored);
  }

  /** The changes of a task come in order: once one is newer than what was there, the ones after it are too. */
  private void sendChange(StoredTask stored) {
    Long last = sent.get(stored.id().value());
    if (last == null || last < stored.task().getRevision()) {
      sent.remove(stored.id().value());
      send(stored);
    }
  }

  private void send(StoredTask stored) {
    observer.onNext(WatchTasksResponse.newBuilder().setTask(stored.task()).setEvent(stored.last().getEvent()).build());
  }
}
