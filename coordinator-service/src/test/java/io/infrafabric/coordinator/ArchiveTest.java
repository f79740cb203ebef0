package io.infrafabric.coordinator;

import static io.infrafabric.coordinator.CoordinatorFixture.KEYS;
import static io.infrafabric.coordinator.CoordinatorFixture.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.common.v1.ObjectRef;
import io.infrafabric.coordinator.v1.CancelTaskRequest;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.CompleteTaskRequest;
import io.infrafabric.coordinator.v1.ExplainTaskRequest;
import io.infrafabric.coordinator.v1.ExplainTaskResponse;
import io.infrafabric.coordinator.v1.Obstacle;
import io.infrafabric.coordinator.v1.SubmitTaskRequest;
import io.infrafabric.coordinator.v1.SubmitTaskResponse;
import io.infrafabric.coordinator.v1.SubmitTasksRequest;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.coordinator.v1.TaskState;
import io.infrafabric.kit.nats.Objects;
import io.infrafabric.names.Subjects;
import io.infrafabric.names.TaskId;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** Ended tasks on their way out of the store, and what is said of them afterwards. */
class ArchiveTest extends ArchiveCalls {
  @Test
  void endedTask_leavesTheStoreAndTheHeap_andIsStillTold() {
    completed("t");
    Task before = get("t");

    archive("t");

    assertThat(fabric.index.count(TaskState.TASK_STATE_COMPLETED)).isZero();
    assertThat(fabric.replica.get(KEYS.task(new TaskId("t")))).isEmpty();
    assertThat(memory.entries(KEYS.root() + "archive/")).hasSize(1);
    assertThat(get("t")).isEqualTo(before);
    ExplainTaskResponse explained = fabric.tasks.explainTask(ExplainTaskRequest.newBuilder().setTaskId("t").build());
    assertThat(explained.getState()).isEqualTo(TaskState.TASK_STATE_COMPLETED);
    assertThat(explained.getObstaclesList()).extracting(Obstacle::getDetail).containsExactly("it was completed by swarm fox");
    assertThat(fabric.archiver.archived()).isOne();
  }

  @Test
  void objectsOfAnArchivedTask_stayAsLongAsItsRecord() {
    Objects objects = fabric.bus.objects(Subjects.OBJECTS_BUCKET);
    ObjectRef payload = objects.put(new byte[70_000]);
    ObjectRef result = objects.put(new byte[80_000]);
    ObjectRef missing = payload.toBuilder().setSha256("ab".repeat(32)).build();
    assertRefused(ErrorCode.ERROR_CODE_OBJECT_NOT_FOUND, () -> fabric.submit(TaskSpec.newBuilder().setTaskId("t").setPayloadObject(missing)));
    fabric.submit(TaskSpec.newBuilder().setTaskId("t").setPayloadObject(payload));
    Claim claim = claim("t");
    fabric.claims.completeTask(
        CompleteTaskRequest.newBuilder().setRequestId(request()).setTaskId("t").setSwarmId("fox").setFence(claim.getFence()).setResultObject(result).build());
    archive("t");

    fabric.advance(Duration.ofDays(29).minusHours(2));
    assertThat(fabric.objectExpiry.runOnce(fabric.now())).isZero();
    assertThat(get("t").getCompleted().getResultObject()).isEqualTo(result);
    assertThat(objects.get(result.getSha256())).hasSize(80_000);

    fabric.advance(Duration.ofDays(2));
    assertRefused(ErrorCode.ERROR_CODE_TASK_NOT_FOUND, () -> get("t"));
    assertThat(fabric.objectExpiry.runOnce(fabric.now())).isEqualTo(2);
    assertThat(objects.exists(payload.getSha256())).isFalse();
  }

  @Test
  void thousandTasks_leaveNothingButLines() {
    for (int i = 0; i < 1_000; i++) {
      fabric.submit(spec("t" + i));
      fabric.tasks.cancelTask(CancelTaskRequest.newBuilder().setRequestId(request()).setTaskId("t" + i).build());
    }
    assertThat(fabric.index.count(TaskState.TASK_STATE_CANCELLED)).isEqualTo(1_000);
    publish();
    fabric.advance(A_DAY);
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .until(
            () -> {
              fabric.advance(Duration.ofSeconds(5));
              fabric.archiver.runOnce(fabric.now());
              fabric.caughtUp();
              return fabric.index.count(TaskState.TASK_STATE_CANCELLED) == 0;
            });

    assertThat(fabric.archiver.waiting()).isZero();
    assertThat(memory.entries(KEYS.tasks())).isEmpty();
    assertThat(memory.entries(KEYS.root() + "archive/"))
        .hasSize(1_000)
        .allSatisfy(line -> assertThat(line.value().size()).isLessThan(200));
    fabric.advance(Duration.ofDays(30));
    assertThat(memory.entries(KEYS.root() + "archive/")).isEmpty();
  }

  @Test
  void beforeItsRetentionHasPassed_aTaskStays() {
    completed("t");
    book();
    publish();
    fabric.advance(A_DAY.minusSeconds(1));
    assertStays("t");
  }

  @Test
  void whatTheRelayHasNotPublished_stays() {
    publish();
    completed("t");
    book();
    fabric.advance(A_DAY);
    assertStays("t");
  }

  @Test
  void whatTheGovernorHasNotBooked_stays() {
    completed("t");
    publish();
    fabric.advance(A_DAY);
    assertStays("t");
  }

  @Test
  void withoutAnArchive_aTaskStays() {
    completed("t");
    book();
    publish();
    fabric.advance(A_DAY);
    fabric.bus.goAway();
    assertStays("t");
    fabric.bus.comeBack();
    archive("t");
  }

  @Test
  void whatAnotherTaskWaitsFor_stays() {
    fabric.submit(spec("bad"));
    fabric.submit(spec("late").addDependsOn("bad"));
    fabric.tasks.cancelTask(CancelTaskRequest.newBuilder().setRequestId(request()).setTaskId("bad").build());
    publish();
    fabric.advance(A_DAY);
    assertStays("bad");
  }

  @Test
  void completedTwin_staysUntilItsTaskHasEnded() {
    fabric.submit(spec("slow"));
    completed("twin");
    String key = KEYS.task(new TaskId("twin"));
    var stored = memory.entries(KEYS.tasks()).stream().filter(entry -> entry.key().equals(key)).findFirst().orElseThrow();
    var record = io.infrafabric.coordinator.record.Records.parse(stored, io.infrafabric.coordinator.v1.TaskRecord.parser()).toBuilder();
    record.getTaskBuilder().setTwinOf("slow");
    CoordinatorFixture.put(memory, key, record.build().toByteString());
    book();
    publish();
    fabric.advance(A_DAY);
    assertStays("twin");
    fabric.tasks.cancelTask(CancelTaskRequest.newBuilder().setRequestId(request()).setTaskId("slow").build());
    archive("twin");
  }

  @Test
  void dependant_ofAnArchivedTask_isReadyOrWaitsForEver() {
    completed("good");
    fabric.submit(spec("bad"));
    fabric.tasks.cancelTask(CancelTaskRequest.newBuilder().setRequestId(request()).setTaskId("bad").build());
    archive("good", "bad");

    assertThat(fabric.submit(spec("after-good").addDependsOn("good")).hasReady()).isTrue();
    assertThat(fabric.submit(spec("after-bad").addDependsOn("bad")).getWaiting().getOpenDependenciesList()).containsExactly("bad");
    assertRefused(ErrorCode.ERROR_CODE_TASK_NOT_FOUND, () -> fabric.submit(spec("after-none").addDependsOn("never-there")));
    SubmitTasksRequest many =
        SubmitTasksRequest.newBuilder().setRequestId(request()).addSpecs(spec("x").addDependsOn("good")).addSpecs(spec("y").addDependsOn("x")).build();
    assertThat(fabric.tasks.submitTasks(many).getTasks(0).getState()).isEqualTo(TaskState.TASK_STATE_READY);
  }

  /** The dependency went while the dependant, of which its coordinator knew nothing yet, was put in. */
  @Test
  void waitingTask_whoseDependencyIsArchived_becomesReady() {
    completed("first");
    fabric.submit(spec("second"));
    fabric.submit(spec("third").addDependsOn("second"));
    archive("first");
    String key = KEYS.task(new TaskId("third"));
    var stored = memory.entries(KEYS.tasks()).stream().filter(entry -> entry.key().equals(key)).findFirst().orElseThrow();
    var record = io.infrafabric.coordinator.record.Records.parse(stored, io.infrafabric.coordinator.v1.TaskRecord.parser()).toBuilder();
    record.getTaskBuilder().getSpecBuilder().clearDependsOn().addDependsOn("first");
    record.getTaskBuilder().getWaitingBuilder().clearOpenDependencies().addOpenDependencies("first");
    CoordinatorFixture.put(memory, key, record.build().toByteString());
    fabric.settle();
    assertThat(fabric.task("third").hasReady()).isTrue();
  }

  @Test
  void submitAgain_afterItWasArchived_isTheSameTaskOrRefused() {
    completed("t");
    String digest = get("t").getSpecDigest();
    archive("t");

    SubmitTaskRequest same = SubmitTaskRequest.newBuilder().setRequestId("submit-t").setSpec(spec("t")).build();
    SubmitTaskResponse retry = fabric.tasks.submitTask(same);
    assertThat(retry.getCreated()).isTrue();
    assertThat(retry.getTask().hasCompleted()).isTrue();
    assertThat(fabric.tasks.submitTask(same.toBuilder().setRequestId(request()).build()).getCreated()).isFalse();
    assertRefused(
        ErrorCode.ERROR_CODE_ALREADY_EXISTS,
        () -> fabric.tasks.submitTask(same.toBuilder().setRequestId(request()).setSpec(spec("t").setMaxCostMicros(1)).build()));
    assertThat(isStored("t")).isFalse();
    assertThat(digest).isNotEmpty();
  }

  @Test
  void callsAboutAnArchivedTask_areToldThatItHasEnded() {
    Claim claim = completed("t");
    archive("t");
    String again = fabric.open("fox");

    assertRefused(ErrorCode.ERROR_CODE_TASK_ENDED, () -> claim("t", again));
    assertRefused(ErrorCode.ERROR_CODE_TASK_ENDED, () -> complete(claim));
    assertRefused(
        ErrorCode.ERROR_CODE_TASK_ENDED,
        () -> fabric.tasks.cancelTask(CancelTaskRequest.newBuilder().setRequestId(request()).setTaskId("t").build()));
    assertRefused(ErrorCode.ERROR_CODE_TASK_NOT_FOUND, () -> claim("never-there", again));
    fabric.bus.goAway();
    assertRefused(ErrorCode.ERROR_CODE_UNAVAILABLE, () -> get("t"));
  }
}
