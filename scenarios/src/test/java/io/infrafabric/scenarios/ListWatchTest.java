package io.infrafabric.scenarios;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.ListTasksRequest;
import io.infrafabric.coordinator.v1.ListTasksResponse;
import io.infrafabric.coordinator.v1.SubmitTasksRequest;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskEventType;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.coordinator.v1.TaskState;
import io.infrafabric.coordinator.v1.WatchTasksRequest;
import io.infrafabric.coordinator.v1.WatchTasksResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What an orchestrator sees of its tasks: pages, and a stream of what changes. */
@ExtendWith(SharedFabric.class)
class ListWatchTest {
  private final FabricClient client;
  private final String skill = Unique.capability();
  private final String plan = Unique.id("plan");
  private final String swarm = Unique.id("busy");

  ListWatchTest(RunningFabric fabric) {
    this.client = fabric.client();
  }

  private List<String> submit(int count) {
    List<String> ids = IntStream.range(0, count).mapToObj(i -> Unique.id("listed")).toList();
    SubmitTasksRequest.Builder all = SubmitTasksRequest.newBuilder().setRequestId(FabricClient.request());
    ids.forEach(
        id ->
            all.addSpecs(
                TaskSpec.newBuilder().setTaskId(id).setPlanId(plan).addRequiredCapabilities(skill).setPayload(ByteString.copyFromUtf8("heavy"))));
    client.tasks().submitTasks(all.build());
    return ids;
  }

  private Claim claim(String task, String session) {
    return client.claim(task, swarm, session);
  }

  private String start() {
    client.register(swarm, 0, 100, skill);
    return client.open(swarm, Duration.ofMinutes(1));
  }

  private TaskWatch watch(long resumeAfter) {
    return TaskWatch.open(client, WatchTasksRequest.newBuilder().setPlanId(plan).setResumeAfterRevision(resumeAfter).build());
  }

  private static String id(WatchTasksResponse change) {
    return change.getTask().getSpec().getTaskId();
  }

  @Test
  void pages_holdEachTaskOnce() {
    List<String> ids = submit(250);
    List<String> found = new ArrayList<>();
    List<Integer> sizes = new ArrayList<>();
    String token = "";
    do {
      ListTasksResponse page = client.tasks().listTasks(ListTasksRequest.newBuilder().setPlanId(plan).setPageToken(token).build());
      page.getTasksList().forEach(task -> found.add(task.getSpec().getTaskId()));
      assertThat(page.getTasksList()).allSatisfy(task -> assertThat(task.getSpec().getPayload()).isEmpty());
      sizes.add(page.getTasksCount());
      token = page.getNextPageToken();
    } while (!token.isEmpty());
    assertThat(sizes).containsExactly(100, 100, 50);
    assertThat(found).containsExactlyInAnyOrderElementsOf(ids);
  }

  @Test
  void lastPageThatIsFull_hasNoNext() {
    submit(20);
    ListTasksRequest.Builder request = ListTasksRequest.newBuilder().setPlanId(plan).setPageSize(10);
    ListTasksResponse first = client.tasks().listTasks(request.build());
    ListTasksResponse second = client.tasks().listTasks(request.setPageToken(first.getNextPageToken()).build());
    assertThat(first.getTasksCount()).isEqualTo(10);
    assertThat(second.getTasksCount()).isEqualTo(10);
    assertThat(second.getNextPageToken()).isEmpty();
  }

  @Test
  void list_isFilteredByState() {
    String session = start();
    List<String> ids = submit(10);
    claim(ids.get(3), session);
    ListTasksRequest.Builder request = ListTasksRequest.newBuilder().setPlanId(plan);
    List<Task> claimed = client.tasks().listTasks(request.addStates(TaskState.TASK_STATE_CLAIMED).build()).getTasksList();
    assertThat(claimed).singleElement().satisfies(task -> assertThat(task.getSpec().getTaskId()).isEqualTo(ids.get(3)));
    assertThat(client.tasks().listTasks(request.addStates(TaskState.TASK_STATE_READY).build()).getTasksCount()).isEqualTo(10);
  }

  @Test
  void watch_tellsWhatIsThere_andThenEveryChangeInOrder() throws InterruptedException {
    String session = start();
    List<String> ids = submit(20);
    Claim done = claim(ids.get(7), session);
    client.complete(done, "early", 0);
    try (TaskWatch watch = watch(0)) {
      List<WatchTasksResponse> present = watch.take(ids.size());
      assertThat(present).extracting(ListWatchTest::id).containsExactlyInAnyOrderElementsOf(ids);
      assertThat(present).extracting(change -> change.getTask().getRevision()).isSorted();
      assertThat(present.getLast().getEvent()).isEqualTo(TaskEventType.TASK_EVENT_TYPE_COMPLETED);

      for (String task : ids.subList(0, 5)) {
        client.complete(claim(task, session), "done", 0);
      }
      List<WatchTasksResponse> changes = watch.take(10);
      Map<String, List<TaskEventType>> events = new HashMap<>();
      Map<String, Long> last = new HashMap<>();
      for (WatchTasksResponse change : changes) {
        events.computeIfAbsent(id(change), task -> new ArrayList<>()).add(change.getEvent());
        Long before = last.put(id(change), change.getTask().getRevision());
        assertThat(change.getTask().getRevision()).isGreaterThan(before == null ? present.getLast().getTask().getRevision() : before);
      }
      assertThat(events.keySet()).containsExactlyInAnyOrderElementsOf(ids.subList(0, 5));
      assertThat(events.values())
          .allSatisfy(seen -> assertThat(seen).containsExactly(TaskEventType.TASK_EVENT_TYPE_CLAIMED, TaskEventType.TASK_EVENT_TYPE_COMPLETED));
      assertThat(watch.isEmpty()).isTrue();
    }
  }

  @Test
  void resumedWatch_leavesOutWhatIsOlder() throws InterruptedException {
    String session = start();
    List<String> ids = submit(10);
    Claim first = claim(ids.get(0), session);
    client.complete(claim(ids.get(1), session), "after", 0);
    try (TaskWatch watch = watch(first.getFence())) {
      assertThat(watch.take(1)).singleElement().satisfies(change -> assertThat(id(change)).isEqualTo(ids.get(1)));
      client.complete(first, "later", 0);
      List<WatchTasksResponse> next = watch.take(1);
      assertThat(id(next.getFirst())).isEqualTo(ids.get(0));
      assertThat(next.getFirst().getEvent()).isEqualTo(TaskEventType.TASK_EVENT_TYPE_COMPLETED);
    }
  }

  @Test
  void watchOfSomeTasks_tellsOfNoOthers() throws InterruptedException {
    String session = start();
    List<String> ids = submit(5);
    Set<String> watched = new HashSet<>(ids.subList(0, 2));
    try (TaskWatch watch = TaskWatch.open(client, WatchTasksRequest.newBuilder().addAllTaskIds(watched).build())) {
      watch.take(2);
      for (String task : ids.reversed()) {
        claim(task, session);
      }
      assertThat(watch.take(2)).extracting(ListWatchTest::id).containsExactlyInAnyOrderElementsOf(watched);
    }
  }
}
