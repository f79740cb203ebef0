package io.infrafabric.coordinator;

import static io.infrafabric.coordinator.CoordinatorFixture.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.grpc.stub.StreamObserver;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.CancelTaskRequest;
import io.infrafabric.coordinator.v1.ClaimTaskRequest;
import io.infrafabric.coordinator.v1.GetTaskRequest;
import io.infrafabric.coordinator.v1.ListTasksRequest;
import io.infrafabric.coordinator.v1.ListTasksResponse;
import io.infrafabric.coordinator.v1.OpenSessionRequest;
import io.infrafabric.coordinator.v1.SubmitTaskRequest;
import io.infrafabric.coordinator.v1.SubmitTasksRequest;
import io.infrafabric.coordinator.v1.SubmitTasksResponse;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.coordinator.v1.TaskState;
import io.infrafabric.coordinator.v1.WatchTasksRequest;
import io.infrafabric.coordinator.v1.WatchTasksResponse;
import io.infrafabric.names.Limits;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** Tasks on gRPC: submitted, listed and watched. */
class TaskServiceTest extends FoxCalls {
  @Test
  void dependent_isReadyOnceAllItsDependenciesAreCompleted() {
    fabric.tasks.submitTasks(
        SubmitTasksRequest.newBuilder()
            .setRequestId("plan")
            .addSpecs(Samples.spec("c").addDependsOn("a").addDependsOn("b"))
            .addSpecs(Samples.spec("a"))
            .addSpecs(Samples.spec("b"))
            .build());
    assertThat(fabric.task("c").getWaiting().getOpenDependenciesList()).containsExactly("a", "b");
    assertRefused(ErrorCode.ERROR_CODE_TASK_NOT_READY, () -> claim("c"));
    complete(claim("a"), 0);
    fabric.settle();
    assertThat(state("c")).isEqualTo(TaskState.TASK_STATE_WAITING);
    complete(claim("b"), 0);
    fabric.settle();
    assertThat(state("c")).isEqualTo(TaskState.TASK_STATE_READY);
  }

  @Test
  void longChain_isSubmittedAtOnce() {
    SubmitTasksRequest.Builder chain = SubmitTasksRequest.newBuilder().setRequestId("chain").addSpecs(Samples.spec("t0"));
    IntStream.range(1, 1_000).forEach(i -> chain.addSpecs(Samples.spec("t" + i).addDependsOn("t" + (i - 1))));
    SubmitTasksResponse response = fabric.tasks.submitTasks(chain.build());
    assertThat(response.getTasksList()).allMatch(task -> task.getCreated()).hasSize(1_000);
    assertThat(response.getTasks(999).getState()).isEqualTo(TaskState.TASK_STATE_WAITING);
  }

  @Test
  void taskWithTheMostDependencies_isSubmitted_andIsRefusedWithoutThem() {
    TaskSpec.Builder all = Samples.spec("all");
    IntStream.range(0, 256).forEach(i -> all.addDependsOn("d" + i));
    assertRefused(ErrorCode.ERROR_CODE_TASK_NOT_FOUND, () -> fabric.submit(all));
    SubmitTasksRequest.Builder many = SubmitTasksRequest.newBuilder().setRequestId("many").addSpecs(all);
    assertRefused(ErrorCode.ERROR_CODE_TASK_NOT_FOUND, () -> fabric.tasks.submitTasks(many.build()));
    IntStream.range(0, 256).forEach(i -> many.addSpecs(Samples.spec("d" + i)));
    assertThat(fabric.tasks.submitTasks(many.build()).getTasksCount()).isEqualTo(257);
  }

  @Test
  void submit_isRefusedWithOtherContent_andAnsweredWithTheSame() {
    Task task = fabric.submit(Samples.spec("t1"));
    SubmitTaskRequest again = SubmitTaskRequest.newBuilder().setRequestId("other").setSpec(Samples.spec("t1")).build();
    assertThat(fabric.tasks.submitTask(again).getCreated()).isFalse();
    assertThat(fabric.tasks.submitTask(again).getTask()).isEqualTo(task);
    SubmitTaskRequest changed = SubmitTaskRequest.newBuilder().setRequestId("other").setSpec(Samples.spec("t1").setMaxCostMicros(1)).build();
    assertRefused(ErrorCode.ERROR_CODE_ALREADY_EXISTS, () -> fabric.tasks.submitTask(changed));
    SubmitTasksRequest among = SubmitTasksRequest.newBuilder().setRequestId("m").addSpecs(Samples.spec("t0")).addSpecs(changed.getSpec()).build();
    assertRefused(ErrorCode.ERROR_CODE_ALREADY_EXISTS, () -> fabric.tasks.submitTasks(among));
    assertRefused(ErrorCode.ERROR_CODE_TASK_NOT_FOUND, () -> fabric.tasks.getTask(GetTaskRequest.newBuilder().setTaskId("t0").build()));
  }

  @Test
  void mutation_needsARequestId() {
    assertRefused(ErrorCode.ERROR_CODE_INVALID_ARGUMENT, () -> fabric.tasks.submitTask(SubmitTaskRequest.getDefaultInstance()));
    assertRefused(ErrorCode.ERROR_CODE_INVALID_ARGUMENT, () -> fabric.tasks.submitTasks(SubmitTasksRequest.getDefaultInstance()));
    assertRefused(ErrorCode.ERROR_CODE_INVALID_ARGUMENT, () -> fabric.claims.claimTask(ClaimTaskRequest.newBuilder().setTaskId("t").setSwarmId("s").build()));
    assertRefused(ErrorCode.ERROR_CODE_INVALID_ARGUMENT, () -> fabric.sessions.openSession(OpenSessionRequest.newBuilder().setSwarmId("s").build()));
    assertRefused(ErrorCode.ERROR_CODE_INVALID_ARGUMENT, () -> fabric.tasks.cancelTask(CancelTaskRequest.newBuilder().setTaskId("t").build()));
  }

  @Test
  void tasks_areListedByPage_state_andLabel() {
    IntStream.range(0, 25).forEach(i -> fabric.submit(Samples.spec("t" + i).putLabels("even", "" + (i % 2 == 0)).setPayload(ByteString.copyFromUtf8("big"))));
    claim("t3");
    List<String> seen = new ArrayList<>();
    ListTasksRequest.Builder request = ListTasksRequest.newBuilder().setPageSize(10);
    ListTasksResponse page;
    do {
      page = fabric.tasks.listTasks(request.build());
      page.getTasksList().forEach(task -> seen.add(task.getSpec().getTaskId()));
      assertThat(page.getTasksList()).allMatch(task -> task.getSpec().getPayload().isEmpty());
      request.setPageToken(page.getNextPageToken());
    } while (!page.getNextPageToken().isEmpty());
    assertThat(seen).hasSize(25).doesNotHaveDuplicates();
    assertThat(fabric.tasks.listTasks(ListTasksRequest.newBuilder().putLabels("even", "true").build()).getTasksCount()).isEqualTo(13);
    assertThat(fabric.tasks.listTasks(ListTasksRequest.newBuilder().addStates(TaskState.TASK_STATE_CLAIMED).build()).getTasksList())
        .extracting(task -> task.getSpec().getTaskId())
        .containsExactly("t3");
  }

  private List<String> listed(ListTasksRequest.Builder request) {
    return fabric.tasks.listTasks(request.build()).getTasksList().stream().map(task -> task.getSpec().getTaskId()).toList();
  }

  @Test
  void tasks_areListedByClass_capability_andPlan_withTheirResultsWhenAskedFor() {
    fabric.submit(Samples.spec("t1").setTaskClass("code-analysis").setPlanId("p1"));
    fabric.submit(Samples.spec("t2").setTaskClass("code-analysis").setPlanId("p2").addRequiredCapabilities("c:d"));
    fabric.submit(Samples.spec("t3").setTaskClass("docs").setPlanId("p1"));
    complete(claim("t1"), 0);
    assertThat(listed(ListTasksRequest.newBuilder().setTaskClass("code-analysis"))).containsExactlyInAnyOrder("t1", "t2");
    assertThat(listed(ListTasksRequest.newBuilder().setTaskClass("code-analysis").setPlanId("p1"))).containsExactly("t1");
    assertThat(listed(ListTasksRequest.newBuilder().addCapabilities("c:d"))).containsExactly("t2");
    ListTasksRequest.Builder done = ListTasksRequest.newBuilder().setPlanId("p1").addStates(TaskState.TASK_STATE_COMPLETED);
    assertThat(fabric.tasks.listTasks(done.build()).getTasks(0).getCompleted().getResult()).isEmpty();
    assertThat(fabric.tasks.listTasks(done.setWithResults(true).build()).getTasks(0).getCompleted().getResult().toStringUtf8()).isEqualTo("42");
    assertRefused(ErrorCode.ERROR_CODE_INVALID_ID, () -> listed(ListTasksRequest.newBuilder().setTaskClass("CODE_ANALYSIS")));
  }

  @Test
  void largeTasks_areListedInPagesThatFitIntoAMessage() {
    String text = "x".repeat(255);
    IntStream.range(0, 50)
        .forEach(
            i -> {
              TaskSpec.Builder spec = Samples.spec("t" + i);
              IntStream.range(0, 30).forEach(label -> spec.putLabels("label-" + label, text));
              fabric.submit(spec);
            });
    ListTasksRequest.Builder request = ListTasksRequest.newBuilder().setPageSize(500);
    List<String> seen = new ArrayList<>();
    int pages = 0;
    do {
      ListTasksResponse page = fabric.tasks.listTasks(request.build());
      assertThat(page.getSerializedSize()).isLessThan(Limits.PAGE_BYTES + 16_000);
      page.getTasksList().forEach(task -> seen.add(task.getSpec().getTaskId()));
      request.setPageToken(page.getNextPageToken());
      pages++;
    } while (!request.getPageToken().isEmpty());
    assertThat(seen).hasSize(50).doesNotHaveDuplicates();
    assertThat(pages).as("50 tasks of 8 KB in pages of 256 KiB").isEqualTo(2);
  }

  @Test
  void watch_tellsWhatIsThere_andThenEveryChangeInOrder() {
    fabric.submit(Samples.spec("t1"));
    List<WatchTasksResponse> told = new CopyOnWriteArrayList<>();
    fabric.taskStreams.watchTasks(
        WatchTasksRequest.newBuilder().addTaskIds("t1").addTaskIds("t2").build(),
        new StreamObserver<>() {
          @Override
          public void onNext(WatchTasksResponse response) {
            told.add(response);
          }

          @Override
          public void onError(Throwable failure) {}

          @Override
          public void onCompleted() {}
        });
    Awaitility.await().until(() -> told.size() == 1);
    fabric.submit(Samples.spec("t3"));
    fabric.submit(Samples.spec("t2"));
    complete(claim("t1"), 0);
    Awaitility.await().until(() -> told.size() == 4);
    assertThat(told)
        .extracting(response -> response.getTask().getSpec().getTaskId() + " " + response.getEvent().name().substring(16))
        .containsExactly("t1 SUBMITTED", "t2 SUBMITTED", "t1 CLAIMED", "t1 COMPLETED");
    assertThat(told).extracting(response -> response.getTask().getRevision()).isSorted();
  }
}
