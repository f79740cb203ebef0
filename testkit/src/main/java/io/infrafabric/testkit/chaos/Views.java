package io.infrafabric.testkit.chaos;

import io.grpc.Channel;
import io.infrafabric.coordinator.v1.ListTasksRequest;
import io.infrafabric.coordinator.v1.ListTasksResponse;
import io.infrafabric.coordinator.v1.TaskServiceGrpc;
import io.infrafabric.testkit.history.Violation;
import io.infrafabric.testkit.history.Violation.Invariant;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** Compares what a coordinator's copy says with what is so (I10). */
public final class Views {
  private static final int PAGE = 500;
  private static final Duration CONNECTED = Duration.ofSeconds(60);

  private Views() {}

  /** What differs. */
  public static List<Violation> judge(String name, Channel coordinator, Map<String, Long> truth) {
    Map<String, Long> copy = copy(coordinator);
    Set<String> all = new HashSet<>(truth.keySet());
    all.addAll(copy.keySet());
    List<Violation> violations = new ArrayList<>();
    for (String task : all) {
      long is = truth.getOrDefault(task, 0L);
      long says = copy.getOrDefault(task, 0L);
      if (is != says) {
        violations.add(new Violation(Invariant.I10_VIEWS_CONVERGE, task, is, name + " has it as of revision " + says));
      }
    }
    return violations;
  }

  private static Map<String, Long> copy(Channel coordinator) {
    // It may have been started again just now, and the connection to it not yet made.
    TaskServiceGrpc.TaskServiceBlockingStub tasks =
        TaskServiceGrpc.newBlockingStub(coordinator).withWaitForReady().withDeadlineAfter(CONNECTED.toSeconds(), TimeUnit.SECONDS);
    Map<String, Long> copy = new HashMap<>();
    String token = "";
    do {
      ListTasksResponse page = tasks.listTasks(ListTasksRequest.newBuilder().setPageSize(PAGE).setPageToken(token).build());
      page.getTasksList().forEach(task -> copy.put(task.getSpec().getTaskId(), task.getRevision()));
      token = page.getNextPageToken();
    } while (!token.isEmpty());
    return copy;
  }
}
