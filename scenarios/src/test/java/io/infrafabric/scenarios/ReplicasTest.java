package io.infrafabric.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.infrafabric.local.ServerProcess;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Three coordinators serve at once, and any of them may go: what was acknowledged holds, and the elected roles pass on. */
class ReplicasTest {
  private static final Duration BACK = Duration.ofSeconds(90);

  /** Longer than a role stays with one that is silent. */
  private static final Duration FROZEN = Duration.ofSeconds(7);

  private static RunningFabric running;
  private static List<? extends ServerProcess> coordinators;

  @BeforeAll
  static void start() throws IOException {
    running = RunningFabric.startThreeCoordinators();
    coordinators = running.fabric().coordinators();
  }

  @AfterAll
  static void stop() {
    running.close();
  }

  private static void awaitOffers(Load load) {
    Instant now = Instant.now();
    await("offers ring").atMost(BACK).until(() -> load.log().offersSince(now) >= 20);
  }

  @Test
  void rollingRestart_failsNoAcknowledgedCall() throws Exception {
    try (Load load = Load.start(running, 6)) {
      load.awaitProgress(50, BACK);
      for (ServerProcess coordinator : coordinators) {
        coordinator.restart();
        awaitOffers(load);
        load.awaitProgress(50, BACK);
      }
      load.finish(BACK);
      Judgement.of(running, load);
      assertThat(load.log().lost()).as("claims that were lost").isEmpty();
    }
  }

  @Test
  void eachKilledInTurn_theOthersGoOn() throws Exception {
    try (Load load = Load.start(running, 6)) {
      load.awaitProgress(50, BACK);
      for (ServerProcess coordinator : coordinators) {
        coordinator.kill();
        awaitOffers(load);
        load.awaitProgress(50, BACK);
        coordinator.start();
      }
      load.finish(BACK);
      Judgement.of(running, load);
    }
  }

  @Test
  void eachFrozenInTurn_comesBackBesideItsSuccessor_andNothingIsDoneTwice() throws Exception {
    try (Load load = Load.start(running, 6)) {
      load.awaitProgress(50, BACK);
      for (ServerProcess coordinator : coordinators) {
        coordinator.pause();
        Instant again = Instant.now().plus(FROZEN);
        await().atMost(BACK).until(() -> Instant.now().isAfter(again));
        coordinator.resume();
        awaitOffers(load);
        load.awaitProgress(50, BACK);
      }
      load.finish(BACK);
      Judgement.of(running, load);
    }
  }
}
