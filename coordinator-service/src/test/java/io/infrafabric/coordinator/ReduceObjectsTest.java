package io.infrafabric.coordinator;

import static io.infrafabric.coordinator.CoordinatorFixture.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.common.v1.ObjectRef;
import io.infrafabric.coordinator.plan.ReduceSettings;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.ClaimTaskRequest;
import io.infrafabric.coordinator.v1.CompleteTaskRequest;
import io.infrafabric.coordinator.v1.Phase;
import io.infrafabric.coordinator.v1.Plan;
import io.infrafabric.coordinator.v1.ReducePlanRequest;
import io.infrafabric.coordinator.v1.ReducePlanResponse;
import io.infrafabric.coordinator.v1.Reducer;
import io.infrafabric.coordinator.v1.SubmitPlanRequest;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.kit.nats.ObjectBucket;
import io.infrafabric.kit.nats.Objects;
import io.infrafabric.names.Limits;
import io.infrafabric.names.Subjects;
import io.infrafabric.testkit.store.MemoryStore;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** T7 with results above 64 KiB: they are read from the object store, and what they make goes there when it is too large to be sent. */
class ReduceObjectsTest {
  private static final String PAD = "x".repeat(Limits.PAYLOAD_BYTES);

  private CoordinatorFixture fabric;
  private String session;

  @BeforeEach
  void open() {
    fabric = CoordinatorFixture.inMemory(new MemoryStore());
    session = fabric.swarm(Samples.standing("fox", "code:review").setMaxConcurrent(10));
    Phase.Builder phase = Phase.newBuilder().setName("work");
    for (String task : new String[] {"w1", "w2", "w3"}) {
      phase.addTasks(TaskSpec.newBuilder().setTaskId(task));
    }
    fabric.plans.submitPlan(SubmitPlanRequest.newBuilder().setRequestId("plan").setPlan(Plan.newBuilder().setPlanId("p1").addPhases(phase)).build());
    fabric.settle();
  }

  @AfterEach
  void close() {
    fabric.close();
  }

  private Objects stored() {
    return fabric.bus.objects(Subjects.OBJECTS_BUCKET);
  }

  private ObjectRef put(String content) {
    return stored().put(content.getBytes(StandardCharsets.UTF_8));
  }

  /** Completes a task with a result, in the object store when it is above what a record holds. */
  private void complete(String task, String result) {
    Claim claim =
        fabric.claims.claimTask(ClaimTaskRequest.newBuilder().setRequestId("c-" + task).setTaskId(task).setSwarmId("fox").setSessionId(session).build()).getClaim();
    CompleteTaskRequest.Builder request =
        CompleteTaskRequest.newBuilder().setRequestId("d-" + task).setTaskId(task).setSwarmId("fox").setFence(claim.getFence());
    if (result.length() > Limits.PAYLOAD_BYTES) {
      request.setResultObject(put(result));
    } else {
      request.setResult(ByteString.copyFromUtf8(result));
    }
    fabric.claims.completeTask(request.build());
    fabric.settle();
  }

  private ReducePlanResponse reduce(Reducer reducer) {
    return fabric.plans.reducePlan(ReducePlanRequest.newBuilder().setPlanId("p1").setReducer(reducer).build());
  }

  private void forget(String content) {
    ObjectBucket bucket = fabric.bus.bucket(Subjects.OBJECTS_BUCKET);
    assertThat(bucket.delete(bucket.find(Objects.sha256(content.getBytes(StandardCharsets.UTF_8))).orElseThrow())).isTrue();
  }

  @Test
  void bestScore_mayLieInTheObjectStore() {
    complete("w1", "{\"score\": 1}");
    String best = "{\"pad\": \"" + PAD + "\", \"score\": 3}";
    complete("w2", best);
    complete("w3", "{\"score\": 2, \"pad\": \"" + PAD + "\"}");
    ReducePlanResponse answer = reduce(Reducer.REDUCER_BEST_SCORE);
    assertThat(answer.getResultObject()).isEqualTo(put(best));
    assertThat(answer.getResult()).isEqualTo(ByteString.EMPTY);
    assertThat(answer.getTaskIdsList()).containsExactly("w2");
    assertThat(answer.getResults()).isEqualTo(3);
  }

  @Test
  void merge_readsObjects_andGoesThereItselfWhenItIsLarge() {
    complete("w1", "[\"" + PAD + "\", 1]");
    complete("w2", "[1, 2]");
    complete("w3", "[2, \"" + PAD + "\", 3]");
    ReducePlanResponse answer = reduce(Reducer.REDUCER_MERGE_ALL);
    assertThat(answer.getResult()).isEqualTo(ByteString.EMPTY);
    String merged = new String(stored().get(answer.getResultObject().getSha256()), StandardCharsets.UTF_8);
    assertThat(merged).isEqualTo("[\"" + PAD + "\",1,2,3]");
    assertThat(answer.getResultObject().getSizeBytes()).isEqualTo(merged.length());
    assertThat(reduce(Reducer.REDUCER_MERGE_ALL).getResultObject()).as("the same again").isEqualTo(answer.getResultObject());
  }

  @Test
  void merge_ofWhatARecordHolds_isSent() {
    String item = "y".repeat(Limits.PAYLOAD_BYTES - "[\"\"]".length());
    complete("w1", "\"" + item + "\"");
    complete("w2", "[\"" + item + "\"]");
    complete("w3", "[]");
    ReducePlanResponse answer = reduce(Reducer.REDUCER_MERGE_ALL);
    assertThat(answer.hasResultObject()).isFalse();
    assertThat(answer.getResult().size()).isEqualTo(Limits.PAYLOAD_BYTES);
  }

  @Test
  void objectThatIsGone_orTooLarge_isRefusedByTheNameOfItsTask() {
    String large = "\"" + "z".repeat(ReduceSettings.defaults().resultBytes()) + "\"";
    String gone = "[\"" + PAD + "\"]";
    complete("w1", gone);
    complete("w2", large);
    complete("w3", "1");
    assertRefused(ErrorCode.ERROR_CODE_PAYLOAD_TOO_LARGE, () -> reduce(Reducer.REDUCER_MERGE_ALL));
    assertThatThrownBy(() -> reduce(Reducer.REDUCER_BEST_SCORE)).hasMessageContaining("task w2 has " + large.length() + " bytes").hasMessageContaining("reduce-result-bytes");
    forget(gone);
    assertRefused(ErrorCode.ERROR_CODE_OBJECT_NOT_FOUND, () -> reduce(Reducer.REDUCER_MERGE_ALL));
    assertThatThrownBy(() -> reduce(Reducer.REDUCER_MERGE_ALL)).hasMessageContaining("the result of task w1");
    assertThat(reduce(Reducer.REDUCER_FIRST).getResultObject().getSizeBytes()).as("named, not read").isEqualTo(gone.length());
  }

  /** Each refusal gives its place back: there are only two. */
  @Test
  void places_areGivenBack_whateverComesOut() {
    complete("w1", "[\"" + PAD + "\"]");
    complete("w2", "2");
    for (int i = 0; i < 2 * ReduceSettings.defaults().atOnce(); i++) {
      assertRefused(ErrorCode.ERROR_CODE_PLAN_NOT_COMPLETE, () -> reduce(Reducer.REDUCER_MERGE_ALL));
    }
    complete("w3", "3");
    assertThat(reduce(Reducer.REDUCER_MERGE_ALL).getResults()).isEqualTo(3);
  }
}
