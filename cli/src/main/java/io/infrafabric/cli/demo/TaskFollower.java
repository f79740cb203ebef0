package io.infrafabric.cli.demo;

import io.grpc.Context;
import io.infrafabric.cli.fabric.FabricClients;
import io.infrafabric.coordinator.v1.ListTasksRequest;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskState;
import io.infrafabric.coordinator.v1.WatchTasksRequest;
import io.infrafabric.coordinator.v1.WatchTasksResponse;
import io.infrafabric.kit.lifecycle.Threads;
import java.time.Duration;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/**
 * Follows the tasks with a label until they have ended. The stream is opened again when it breaks; when it is silent the
 * tasks are listed, because a stream may be lost without a sign. Thread-safe.
 */
public final class TaskFollower implements AutoCloseable {
  private static final Duration REOPEN = Duration.ofMillis(200);
  private static final Duration SILENCE = Duration.ofSeconds(3);
  private static final List<TaskState> ENDED =
      List.of(
          TaskState.TASK_STATE_COMPLETED,
          TaskState.TASK_STATE_FAILED,
          TaskState.TASK_STATE_CANCELLED,
          TaskState.TASK_STATE_QUARANTINED);

  private final FabricClients clients;
  private final Map<String, String> labels;
  private final Context.CancellableContext streams = Context.ROOT.withCancellation();
  private final Map<String, Task> ended = new HashMap<>();
  private long changedNanos = System.nanoTime();
  private volatile boolean closed;

  private TaskFollower(FabricClients clients, Map<String, String> labels) {
    this.clients = clients;
    this.labels = labels;
  }

  /** Starts to follow the tasks with these labels. */
  public static TaskFollower of(FabricClients clients, Map<String, String> labels) {
    TaskFollower follower = new TaskFollower(clients, labels);
    Threads.startVirtual("follow-tasks", () -> follower.streams.run(follower::watch));
    Threads.startVirtual("list-tasks", follower::listWhenSilent);
    return follower;
  }

  /** The tasks that have ended, by id, without their payloads. */
  public synchronized Map<String, Task> ended() {
    return Map.copyOf(ended);
  }

  /** How many tasks have ended. */
  public synchronized int endedCount() {
    return ended.size();
  }

  /** Waits until this many have ended; false when nothing changed for the patience. */
  public synchronized boolean awaitEnded(int count, Duration patience) throws InterruptedException {
    changedNanos = System.nanoTime();
    while (ended.size() < count) {
      long left = patience.toNanos() - (System.nanoTime() - changedNanos);
      if (left <= 0) {
        return false;
      }
      wait(Math.max(1, left / 1_000_000));
    }
    return true;
  }

  private void watch() {
    while (!closed) {
      try {
        Iterator<WatchTasksResponse> stream =
            clients.tasks().watchTasks(WatchTasksRequest.newBuilder().putAllLabels(labels).build());
        while (stream.hasNext()) {
          heard(stream.next().getTask());
        }
      } catch (RuntimeException broken) {
        pause(REOPEN);
      }
    }
  }

  private void listWhenSilent() {
    while (!closed) {
      pause(SILENCE);
      if (silent()) {
        try {
          list();
        } catch (RuntimeException away) {
          continue;
        }
      }
    }
  }

  private synchronized boolean silent() {
    return System.nanoTime() - changedNanos > SILENCE.toNanos();
  }

  private void list() {
    String page = "";
    do {
      var response =
          clients
              .tasks()
              .listTasks(
                  ListTasksRequest.newBuilder().setPageSize(500).setPageToken(page).putAllLabels(labels).addAllStates(ENDED).build());
      response.getTasksList().stream().filter(task -> !known(task)).forEach(this::heard);
      page = response.getNextPageToken();
    } while (!page.isEmpty() && !closed);
  }

  private synchronized boolean known(Task task) {
    return ended.containsKey(task.getSpec().getTaskId());
  }

  private synchronized void heard(Task task) {
    changedNanos = System.nanoTime();
    if (hasEnded(task)) {
      Task.Builder kept = task.toBuilder();
      kept.getSpecBuilder().clearPayload();
      ended.put(task.getSpec().getTaskId(), kept.build());
      notifyAll();
    }
  }

  private static boolean hasEnded(Task task) {
    return switch (task.getStateCase()) {
      case COMPLETED, FAILED, CANCELLED, QUARANTINED -> true;
      case WAITING, READY, CLAIMED, PARKED, STATE_NOT_SET -> false;
    };
  }

  private synchronized void pause(Duration duration) {
    long end = System.nanoTime() + duration.toNanos();
    try {
      while (!closed && System.nanoTime() < end) {
        wait(Math.max(1, (end - System.nanoTime()) / 1_000_000));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    synchronized (this) {
      closed = true;
      notifyAll();
    }
    streams.cancel(null);
  }
}
