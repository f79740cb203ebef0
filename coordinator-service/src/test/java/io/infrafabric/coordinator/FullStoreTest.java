package io.infrafabric.coordinator;

import static io.infrafabric.coordinator.CoordinatorFixture.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.ExplainTaskRequest;
import io.infrafabric.coordinator.v1.Obstacle;
import io.infrafabric.coordinator.v1.ObstacleType;
import io.infrafabric.coordinator.v1.SubmitTaskRequest;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.kit.store.Upkeep;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a store that fills up is still good for, and what leaves it first. */
class FullStoreTest extends ArchiveCalls {
  @Test
  void fullStore_takesNoTasks_thenGivesNoClaims_butEndsWhatWasBegun() {
    fabric.submit(spec("t"));
    fabric.submit(spec("u"));
    SubmitTaskRequest known = SubmitTaskRequest.newBuilder().setRequestId("submit-t").setSpec(spec("t")).build();

    space = new Upkeep.Space(700_000, 700_000, false, 1);
    fabric.room.runOnce(fabric.now());
    assertRefused(ErrorCode.ERROR_CODE_STORE_FULL, () -> fabric.submit(spec("new")));
    assertThat(isStored("new")).isFalse();
    assertThat(fabric.tasks.submitTask(known).getCreated()).as("a retry is told what was done").isTrue();
    Claim claim = claim("t");

    space = new Upkeep.Space(900_000, 900_000, false, 1);
    fabric.room.runOnce(fabric.now());
    assertRefused(ErrorCode.ERROR_CODE_STORE_FULL, () -> claim("u"));
    assertThat(fabric.tasks.explainTask(ExplainTaskRequest.newBuilder().setTaskId("u").build()).getObstaclesList())
        .extracting(Obstacle::getType)
        .startsWith(ObstacleType.OBSTACLE_TYPE_STORE);
    complete(claim);

    space = new Upkeep.Space(900_000, 100_000, false, 1);
    fabric.room.runOnce(fabric.now());
    fabric.submit(spec("new"));
    claim("u");
  }

  @Test
  void burst_isCountedBeforeEtcdTellsOfIt() {
    space = new Upkeep.Space(600_000, 600_000, false, 1);
    fabric.room.runOnce(fabric.now());
    TaskSpec.Builder large = TaskSpec.newBuilder().setPayload(ByteString.copyFrom(new byte[60_000]));
    fabric.submit(large.setTaskId("first"));
    fabric.submit(large.setTaskId("second"));
    assertThatThrownBy(() -> fabric.submit(large.setTaskId("third")))
        .hasMessageMatching("RESOURCE_EXHAUSTED: etcd uses 600000 of 1000000 bytes \\(file 600000\\), and 12[0-9]{4} are on their way: from 70 % on no tasks are taken");
    assertRefused(ErrorCode.ERROR_CODE_STORE_FULL, () -> fabric.submit(large.setTaskId("third")));
    fabric.room.runOnce(fabric.now());
    assertRefused(ErrorCode.ERROR_CODE_STORE_FULL, () -> fabric.submit(large.setTaskId("third")));
    fabric.advance(Duration.ofMillis(999));
    fabric.room.runOnce(fabric.now());
    assertRefused(ErrorCode.ERROR_CODE_STORE_FULL, () -> fabric.submit(large.setTaskId("third")));
    fabric.advance(Duration.ofMillis(1));
    fabric.room.runOnce(fabric.now());
    fabric.submit(large.setTaskId("third"));
  }

  /** Claims write their tasks anew, and so do their ends: for those there must be room whatever comes between two looks. */
  @Test
  void burstOfClaims_isCountedBeforeEtcdTellsOfIt_withTheirEnds() {
    for (String task : List.of("first", "second", "third")) {
      fabric.submit(spec(task).setPayload(ByteString.copyFrom(new byte[25_000])));
    }
    space = new Upkeep.Space(830_000, 830_000, false, 1);
    look();
    complete(claim("first"));
    claim("second");
    assertRefused(ErrorCode.ERROR_CODE_STORE_FULL, () -> claim("third"));
    fabric.room.runOnce(fabric.now());
    assertRefused(ErrorCode.ERROR_CODE_STORE_FULL, () -> claim("third"));
    look();
    claim("third");
  }

  /** When etcd has told of all that it has taken. */
  private void look() {
    fabric.room.runOnce(fabric.now());
    fabric.advance(Duration.ofSeconds(1));
    fabric.room.runOnce(fabric.now());
  }

  @Test
  void shortOfRoom_endedTasksGoBeforeTheirTime() {
    completed("t");
    book();
    publish();
    assertStays("t");
    space = new Upkeep.Space(700_000, 700_000, false, 1);
    fabric.room.runOnce(fabric.now());
    assertThat(fabric.archiver.runOnce(fabric.now())).isOne();
    assertThat(isStored("t")).isFalse();
  }
}
