package io.infrafabric.coordinator;

import static io.infrafabric.coordinator.CoordinatorFixture.KEYS;
import static io.infrafabric.coordinator.CoordinatorFixture.refusalOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.ClaimNextRequest;
import io.infrafabric.coordinator.v1.ClaimTaskRequest;
import io.infrafabric.names.SwarmId;
import io.infrafabric.testkit.store.FaultyStore;
import io.infrafabric.testkit.store.MemoryStore;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** ClaimNext at a coordinator whose copy still shows as ready what others have taken. */
class ClaimNextContentionTest {
  private static final int TAKEN = 40;

  private final MemoryStore memory = new MemoryStore();
  private final FaultyStore way = new FaultyStore(memory, 1);
  private final CoordinatorFixture first = new CoordinatorFixture(memory, memory);
  private final CoordinatorFixture lagging = new CoordinatorFixture(memory, way, CoordinatorFixture.PATIENT);

  @AfterEach
  void close() {
    first.close();
    lagging.close();
  }

  @Test
  void whoIsAlwaysTooLate_isToldToComeAgain_andNotOfATaskItDidNotName() {
    String fox = first.swarm(Samples.standing("fox"));
    for (int i = 0; i < TAKEN; i++) {
      first.submit(Samples.spec("t" + i));
    }
    lagging.caughtUp();
    way.holdWatches(KEYS.tasks());
    for (int i = 0; i < TAKEN; i++) {
      String swarm = "swarm-" + i;
      String session = first.swarm(Samples.standing(swarm));
      first.claims.claimTask(
          ClaimTaskRequest.newBuilder().setRequestId("r" + i).setTaskId("t" + i).setSwarmId(swarm).setSessionId(session).build());
    }
    await().until(() -> lagging.records.session(lagging.replica, new SwarmId("fox")).isPresent());
    ClaimNextRequest next = ClaimNextRequest.newBuilder().setRequestId("next").setSwarmId("fox").setSessionId(fox).build();
    assertThat(refusalOf(() -> lagging.claims.claimNext(next))).isEqualTo(ErrorCode.ERROR_CODE_CONTENDED);

    way.releaseWatches();
    first.submit(Samples.spec("one-more"));
    lagging.caughtUp();
    assertThat(lagging.claims.claimNext(next).getClaim().getTaskId()).isEqualTo("one-more");
  }
}
