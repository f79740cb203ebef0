package io.infrafabric.coordinator;

import static io.infrafabric.coordinator.CoordinatorFixture.KEYS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.infrafabric.coordinator.v1.Blocker;
import io.infrafabric.coordinator.v1.BlockerRecord;
import io.infrafabric.coordinator.v1.BlockerState;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.ClaimTaskRequest;
import io.infrafabric.coordinator.v1.RaiseBlockerRequest;
import io.infrafabric.kit.store.Txn;
import io.infrafabric.names.BlockerId;
import io.infrafabric.names.SwarmId;
import io.infrafabric.names.TaskId;
import io.infrafabric.testkit.store.FaultyStore;
import io.infrafabric.testkit.store.MemoryStore;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A blocker and what was written with it are told apart: the watch on blockers is ahead of the one on tasks. */
class BlockerOrderTest {
  private final MemoryStore memory = new MemoryStore();
  private final FaultyStore way = new FaultyStore(memory, 1);
  private final CoordinatorFixture first = new CoordinatorFixture(memory, memory);
  private final CoordinatorFixture lagging = new CoordinatorFixture(memory, way, CoordinatorFixture.PATIENT);
  private final AtomicInteger woken = new AtomicInteger();
  private Claim claim;

  @BeforeEach
  void foxHoldsATask() {
    String fox = first.swarm(Samples.standing("fox"));
    first.swarm(Samples.standing("owl", "help:build"));
    lagging.ranking.put("help:build", List.of(new SwarmId("owl")));
    first.ranking.put("help:build", List.of(new SwarmId("owl")));
    first.submit(Samples.spec("t1").setMaxCostMicros(1_000));
    claim =
        first.claims
            .claimTask(ClaimTaskRequest.newBuilder().setRequestId("r1").setTaskId("t1").setSwarmId("fox").setSessionId(fox).build())
            .getClaim();
    lagging.caughtUp();
    lagging.duty.onWork(woken::incrementAndGet);
  }

  @AfterEach
  void close() {
    first.close();
    lagging.close();
  }

  private BlockerId raise() {
    return new BlockerId(
        first.claims
            .raiseBlocker(
                RaiseBlockerRequest.newBuilder()
                    .setRequestId("r2")
                    .setTaskId("t1")
                    .setSwarmId("fox")
                    .setFence(claim.getFence())
                    .setType("weather")
                    .setDescription("it rains")
                    .addNeeds("help:build")
                    .build())
            .getBlocker()
            .getBlockerId());
  }

  private Blocker known(CoordinatorFixture at, BlockerId id) {
    return at.records.blocker(at.replica, id).map(BlockerRecord::getBlocker).orElse(Blocker.getDefaultInstance());
  }

  @Test
  void blockerThatIsToldBeforeItsTask_waitsForIt_andIsSeenToAtOnceThen() {
    way.holdWatches(KEYS.tasks());
    BlockerId blocker = raise();
    await().until(() -> !known(lagging, blocker).getBlockerId().isEmpty());
    long written = memory.revision();
    assertThat(lagging.duty.runOnce(lagging.now())).as("nothing is done for what is not whole").isZero();
    assertThat(memory.revision()).isEqualTo(written);

    int before = woken.get();
    way.releaseWatches();
    await().untilAsserted(() -> assertThat(woken).as("not left to the next round").hasValueGreaterThan(before));
    assertThat(lagging.duty.runOnce(lagging.now())).isPositive();
    await().until(() -> known(lagging, blocker).getHelpTaskIdsCount() == 1);
  }

  @Test
  void helpThatIsToldAfterItsBlocker_isNotTakenForGone() {
    BlockerId blocker = raise();
    lagging.caughtUp();
    way.holdWatches(KEYS.tasks());
    first.settle();
    assertThat(known(first, blocker).getState()).isEqualTo(BlockerState.BLOCKER_STATE_WAITING);
    await().until(() -> known(lagging, blocker).getHelpTaskIdsCount() == 1);
    long written = memory.revision();
    assertThat(lagging.duty.runOnce(lagging.now())).isZero();

    lagging.advance(Duration.ofSeconds(2)); // the first fixture's leases are of the same store
    lagging.duty.runOnce(lagging.now());
    lagging.caughtUp();
    lagging.duty.runOnce(lagging.now());
    lagging.caughtUp();
    assertThat(memory.changes(KEYS.blockers())).as("however long the watch is behind, it is looked for before a person is told").allMatch(change -> change.revision() <= written);
    assertThat(known(lagging, blocker).getState()).isEqualTo(BlockerState.BLOCKER_STATE_WAITING);
  }

  @Test
  void taskThatIsNeverToldOf_isReadFromTheStore_andHelped() {
    way.holdWatches(KEYS.tasks());
    BlockerId blocker = raise();
    await().until(() -> !known(lagging, blocker).getBlockerId().isEmpty());
    lagging.duty.runOnce(lagging.now());
    lagging.advance(Duration.ofSeconds(2));
    await()
        .untilAsserted(
            () -> {
              lagging.duty.runOnce(lagging.now());
              assertThat(known(lagging, blocker).getHelpTaskIdsCount()).isEqualTo(1);
            });
  }

  @Test
  void helpThatIsGone_isTold() {
    BlockerId blocker = raise();
    first.settle();
    String help = KEYS.task(new TaskId(known(first, blocker).getHelpTaskIds(0)));
    memory.commit(List.of(Txn.builder().delete(lagging.replica, help).build())).join();
    lagging.caughtUp();
    await()
        .untilAsserted(
            () -> {
              lagging.duty.runOnce(lagging.now());
              assertThat(known(lagging, blocker).getDetail()).contains("not there any more");
            });
  }
}
