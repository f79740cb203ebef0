package io.infrafabric.scenarios;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.ListTasksRequest;
import io.infrafabric.coordinator.v1.SubmitTaskRequest;
import io.infrafabric.coordinator.v1.SubmitTaskResponse;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.error.Refusal;
import io.infrafabric.names.Limits;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Many create one task at once, over two coordinators. */
@ExtendWith(SharedFabric.class)
class CreateRaceTest {
  private static final int CREATORS = 50;

  private final RunningFabric fabric;
  private final FabricClient other;
  private final String skill = Unique.capability();

  CreateRaceTest(RunningFabric fabric) {
    this.fabric = fabric;
    this.other = fabric.clientOf(1);
  }

  @AfterEach
  void close() {
    other.close();
  }

  private TaskSpec.Builder spec(String task) {
    return TaskSpec.newBuilder().setTaskId(task).addRequiredCapabilities(skill);
  }

  private SubmitTaskResponse submit(int creator, String request, TaskSpec spec) {
    FabricClient door = creator % 2 == 0 ? fabric.client() : other;
    return door.tasks().submitTask(SubmitTaskRequest.newBuilder().setRequestId(request).setSpec(spec).build());
  }

  private static Race<SubmitTaskResponse> race(IntFunction<SubmitTaskResponse> creator) throws InterruptedException {
    return Race.of(IntStream.range(0, CREATORS).<Callable<SubmitTaskResponse>>mapToObj(i -> () -> creator.apply(i)).toList());
  }

  @Test
  void oneIdWithDifferentContent_isCreatedOnce_andTheOthersLearnItsDigest() throws Exception {
    String task = Unique.id("create");
    Race<SubmitTaskResponse> race =
        race(i -> submit(i, FabricClient.request(), spec(task).setPayload(ByteString.copyFromUtf8("content " + i)).build()));

    assertThat(race.answers()).hasSize(1);
    SubmitTaskResponse winner = race.answers().getFirst();
    assertThat(winner.getCreated()).isTrue();
    assertThat(race.refusals()).hasSize(CREATORS - 1);
    assertThat(race.codes()).containsExactly(ErrorCode.ERROR_CODE_ALREADY_EXISTS);
    assertThat(race.refusals())
        .extracting(Refusal::metadata)
        .allSatisfy(said -> assertThat(said).containsEntry("spec_digest", winner.getTask().getSpecDigest()));
    assertThat(TaskHistory.of(fabric).of(task)).singleElement().satisfies(stored -> assertThat(stored.getSpec()).isEqualTo(winner.getTask().getSpec()));
  }

  @Test
  void oneIdWithTheSameContent_isCreatedOnce_andTheOthersGetIt() throws Exception {
    String task = Unique.id("create");
    TaskSpec spec = spec(task).setPayload(ByteString.copyFromUtf8("the same")).build();
    Race<SubmitTaskResponse> race = race(i -> submit(i, FabricClient.request(), spec));

    assertThat(race.refusals()).isEmpty();
    assertThat(race.answers()).filteredOn(SubmitTaskResponse::getCreated).hasSize(1);
    assertThat(race.answers()).extracting(answer -> answer.getTask().getRevision()).containsOnly(race.answers().getFirst().getTask().getRevision());
    assertThat(TaskHistory.of(fabric).of(task)).hasSize(1);
  }

  @Test
  void sameRequest_isCreatedAtEveryTry_butOnce() throws Exception {
    String task = Unique.id("create");
    String request = FabricClient.request();
    Race<SubmitTaskResponse> race = race(i -> submit(i, request, spec(task).build()));

    assertThat(race.answers()).hasSize(CREATORS).allMatch(SubmitTaskResponse::getCreated);
    assertThat(submit(0, request, spec(task).build()).getCreated()).isTrue();
    assertThat(submit(0, FabricClient.request(), spec(task).build()).getCreated()).isFalse();
    assertThat(TaskHistory.of(fabric).of(task)).hasSize(1);
  }

  @Test
  void taskWithoutId_getsTheSameOneAtEveryTryOfItsRequest() throws Exception {
    String request = FabricClient.request();
    Race<SubmitTaskResponse> race = race(i -> submit(i, request, spec("").build()));

    assertThat(race.refusals()).isEmpty();
    assertThat(race.answers()).extracting(answer -> answer.getTask().getSpec().getTaskId()).containsOnly(race.answers().getFirst().getTask().getSpec().getTaskId());
    assertThat(TaskHistory.of(fabric).of(race.answers().getFirst().getTask().getSpec().getTaskId())).hasSize(1);
    assertThat(submit(0, FabricClient.request(), spec("").build()).getTask().getSpec().getTaskId())
        .isNotEqualTo(race.answers().getFirst().getTask().getSpec().getTaskId());
  }

  @Test
  void largestPayloads_allAtOnce_areStored() throws Exception {
    String plan = Unique.id("large");
    ByteString payload = ByteString.copyFrom(new byte[Limits.PAYLOAD_BYTES]);
    Race<SubmitTaskResponse> race =
        race(i -> submit(i, FabricClient.request(), spec(Unique.id("large")).setPlanId(plan).setPayload(payload).build()));

    assertThat(race.refusals()).isEmpty();
    List<String> stored =
        race.answers().stream().map(answer -> fabric.client().task(answer.getTask().getSpec().getTaskId())).map(task -> task.getSpec().getTaskId()).toList();
    assertThat(stored).hasSize(CREATORS).doesNotHaveDuplicates();
    assertThat(fabric.client().tasks().listTasks(ListTasksRequest.newBuilder().setPlanId(plan).build()).getTasksCount()).isEqualTo(CREATORS);
  }
}
