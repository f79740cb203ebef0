package io.infrafabric.cli.ifctl;

import com.google.protobuf.Duration;
import com.google.protobuf.util.Durations;
import io.infrafabric.cli.fabric.FabricClients;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.GetTaskRequest;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.WatchTasksRequest;
import io.infrafabric.coordinator.v1.WatchTasksResponse;
import io.infrafabric.error.Refusal;
import io.infrafabric.kit.grpc.Errors;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** Waits for tasks to end. */
@Command(
    name = "wait",
    description = "Wait until tasks have ended; exit code 1 when one of them was not completed, 4 when the time is over.")
final class WaitVerb implements Callable<Integer> {
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(500);
  private static final int MOST = 1_000;

  @ParentCommand private TaskVerbs task;

  @Parameters(paramLabel = "TASK", arity = "1..*")
  private List<String> taskIds;

  @Option(names = "--timeout", converter = Flags.SpanFlag.class, paramLabel = "SPAN", description = "Such as 30s; none when not given.")
  private Duration timeout;

  @Override
  public Integer call() {
    Set<String> wanted = new LinkedHashSet<>(taskIds);
    if (wanted.size() > MOST) {
      throw Refusal.of(ErrorCode.ERROR_CODE_INVALID_ARGUMENT, "at most %d tasks can be waited for at once".formatted(MOST)).asException();
    }
    long end = timeout == null ? Long.MAX_VALUE : System.nanoTime() + Durations.toNanos(timeout);
    List<Task> ended = new ArrayList<>();
    task.with(
        (clients, out) -> {
          await(clients, wanted, end);
          wanted.forEach(id -> ended.add(get(clients, id)));
          out.showAll(ended, () -> Shown.tasks(ended));
        });
    return ended.stream().allMatch(Task::hasCompleted) ? 0 : 1;
  }

  private static void await(FabricClients clients, Set<String> wanted, long end) {
    Set<String> open = new LinkedHashSet<>(wanted);
    while (true) {
      // Asked for by id first: the watch does not know those that were archived, nor those that never were.
      open.removeIf(id -> hasEnded(get(clients, id)));
      if (open.isEmpty()) {
        return;
      }
      long left = end == Long.MAX_VALUE ? TimeUnit.DAYS.toNanos(1) : end - System.nanoTime();
      if (left <= 0) {
        throw over(open);
      }
      try {
        watch(clients, open, left);
      } catch (RuntimeException failure) {
        Refusal refusal = Errors.refusalOf(failure).orElseThrow(() -> failure);
        boolean mayPass = refusal.code() == ErrorCode.ERROR_CODE_UNAVAILABLE || refusal.code() == ErrorCode.ERROR_CODE_OVERLOADED;
        if (!mayPass && !isDeadline(refusal)) {
          throw failure;
        }
        LockSupport.parkNanos(mayPass ? PAUSE_NANOS : 0);
      }
    }
  }

  private static void watch(FabricClients clients, Set<String> open, long nanos) {
    Iterator<WatchTasksResponse> changes =
        clients.tasks().withDeadlineAfter(nanos, TimeUnit.NANOSECONDS).watchTasks(WatchTasksRequest.newBuilder().addAllTaskIds(open).build());
    while (!open.isEmpty() && changes.hasNext()) {
      Task now = changes.next().getTask();
      if (hasEnded(now)) {
        open.remove(now.getSpec().getTaskId());
      }
    }
  }

  private static Task get(FabricClients clients, String id) {
    return clients.tasks().getTask(GetTaskRequest.newBuilder().setTaskId(id).build()).getTask();
  }

  /** A quarantined task goes on only when a person says so. */
  private static boolean hasEnded(Task now) {
    return switch (now.getStateCase()) {
      case COMPLETED, FAILED, CANCELLED, QUARANTINED -> true;
      default -> false;
    };
  }

  private static boolean isDeadline(Refusal refusal) {
    return refusal.code() == ErrorCode.ERROR_CODE_DEADLINE_EXCEEDED || refusal.code() == ErrorCode.ERROR_CODE_OUTCOME_UNKNOWN;
  }

  private static RuntimeException over(Set<String> open) {
    String first = open.iterator().next();
    String which = open.size() == 1 ? "task " + first + " has" : "%d tasks have, the first of them %s,".formatted(open.size(), first);
    return Refusal.of(ErrorCode.ERROR_CODE_DEADLINE_EXCEEDED, which + " not ended in time").asException();
  }
}
