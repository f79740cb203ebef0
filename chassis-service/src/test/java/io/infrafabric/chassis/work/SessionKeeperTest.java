package io.infrafabric.chassis.work;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.kit.lifecycle.Threads;
import io.infrafabric.names.SwarmId;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import org.junit.jupiter.api.Test;

class SessionKeeperTest {
  private static final SwarmId SWARM = new SwarmId("census");
  private static final int ROUNDS = 300;
  private static final int WORKERS = 4;

  private final MemoryCoordinator coordinator = new MemoryCoordinator(1);
  private final SessionKeeper keeper = new SessionKeeper(coordinator, SWARM, InstantSource.system(), () -> {});

  @Test
  void lateWordOfAnEndedSession_doesNotEndItsSuccessor() throws Exception {
    keeper.runOnce();
    CyclicBarrier start = new CyclicBarrier(WORKERS + 1);
    for (int round = 1; round <= ROUNDS; round++) {
      String ended = keeper.sessionId().orElseThrow();
      List<Thread> workers = new ArrayList<>();
      for (int i = 0; i < WORKERS; i++) {
        workers.add(
            Threads.start(
                "worker-" + i,
                () -> {
                  pass(start);
                  keeper.lost(ended);
                }));
      }
      coordinator.endSession();
      pass(start);
      while (coordinator.sessions == round) {
        keeper.runOnce();
      }
      for (Thread worker : workers) {
        worker.join();
      }
      assertThat(keeper.sessionId()).hasValue("session-" + coordinator.sessions);
      assertThat(coordinator.sessions).isEqualTo(round + 1);
    }
  }

  private static void pass(CyclicBarrier barrier) {
    try {
      barrier.await();
    } catch (Exception broken) {
      throw new AssertionError(broken);
    }
  }
}
