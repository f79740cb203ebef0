package io.infrafabric.coordinator;

import static io.infrafabric.coordinator.CoordinatorFixture.KEYS;
import static io.infrafabric.coordinator.CoordinatorFixture.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.ClaimNextRequest;
import io.infrafabric.coordinator.v1.GetPlanRequest;
import io.infrafabric.coordinator.v1.GetPlanResponse;
import io.infrafabric.coordinator.v1.MapTasksRequest;
import io.infrafabric.coordinator.v1.PlanState;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.error.Refusal;
import io.infrafabric.names.Limits;
import io.infrafabric.testkit.store.MemoryStore;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** As many children as one call may have, and one more. */
class LargestMappingTest {
  private static final int MOST = Limits.CHILDREN_PER_MAPPING;
  private static final int A_MESSAGE = 1_000;

  private final MemoryStore memory = new MemoryStore();
  private final CoordinatorFixture fabric = CoordinatorFixture.inMemory(memory);

  @AfterEach
  void close() {
    fabric.close();
  }

  private int stored() {
    return memory.entries(KEYS.tasks()).size();
  }

  private GetPlanResponse plan(String id) {
    return fabric.plans.getPlan(GetPlanRequest.newBuilder().setPlanId(id).build());
  }

  private MapSending all(MapSending sending) {
    for (int from = 0; from < MOST; from += A_MESSAGE) {
      sending.payloads(from, from + A_MESSAGE);
    }
    return sending;
  }

  /** Who knows how many there will be is told before anything is written. */
  @Test
  void oneTooMany_isRefusedWithNothingWritten_whenItIsAnnouncedOrComesAtOnce() {
    long before = memory.revision();
    Refusal announced = new MapSending(fabric, "p1", MOST + 1).refused();
    assertThat(announced.code()).isEqualTo(ErrorCode.ERROR_CODE_INVALID_ARGUMENT);
    assertThat(announced.message()).contains("children: 100001 children, at most 100000");
    assertThat(new MapSending(fabric, "p1", -1).refused().message()).as("unsigned").contains("4294967295 children");
    MapTasksRequest.Builder whole = MapTasksRequest.newBuilder().setRequestId("r").setPlanId("p1").setTemplate(TaskSpec.getDefaultInstance());
    for (int i = 0; i <= MOST; i++) {
      whole.addPayloads(ByteString.EMPTY);
    }
    MapSending atOnce = new MapSending(fabric, whole.build());
    assertThat(atOnce.refused().message()).contains("at most 100000 children");
    assertThat(memory.revision()).as("nothing was written").isEqualTo(before);
  }

  /** A stream that does not say is taken as it comes; what came is claimable by nobody, and is what the same request with fewer children goes on with. */
  @Test
  void oneTooMany_isRefusedWhileItComes_andAsManyAsMayBeAreTakenInOneCall() {
    String session = fabric.swarm(Samples.standing("fox"));
    MapSending tooMany = all(new MapSending(fabric, "p1"));
    tooMany.payloads(MOST, MOST + 1);
    Refusal refusal = tooMany.refused();
    assertThat(refusal.code()).isEqualTo(ErrorCode.ERROR_CODE_INVALID_ARGUMENT);
    assertThat(refusal.message()).contains("at most 100000 children: none of those that came is claimable");
    assertThat(plan("p1").getProgress().getPercent()).isZero();
    assertRefused(
        ErrorCode.ERROR_CODE_NO_TASK_READY,
        () -> fabric.claims.claimNext(ClaimNextRequest.newBuilder().setRequestId("next").setSwarmId("fox").setSessionId(session).build()));

    assertThat(all(new MapSending(fabric, "p1", MOST)).end().join().getChildren()).isEqualTo(MOST);
    assertThat(stored()).isEqualTo(MOST);
    GetPlanResponse whole = plan("p1");
    assertThat(whole.getState()).isEqualTo(PlanState.PLAN_STATE_RUNNING);
    assertThat(whole.getProgress().getTotal()).isEqualTo(MOST);
    assertThat(whole.getPlan().getPhases(0).getChildren()).isEqualTo(MOST);
  }

  @Test
  void streamThatHasOthersThanItAnnounced_isRefused_andGoesOnWhenItIsWhole() {
    assertThat(new MapSending(fabric, "p1", 3).payloads(0, 4).refused().message()).contains("more children than the 3 that were announced");
    MapSending cut = new MapSending(fabric, "p1", 3).payloads(0, 2);
    cut.requests.onCompleted();
    assertThat(cut.refused().message()).contains("ended after 2 of 3 children");
    assertThat(plan("p1").getProgress().getPercent()).isZero();
    assertThat(new MapSending(fabric, "p1", 3).payloads(0, 3).end().join().getChildren()).isEqualTo(3);
  }
}
