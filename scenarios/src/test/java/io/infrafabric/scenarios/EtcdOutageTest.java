package io.infrafabric.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.infrafabric.local.ServerProcess;
import io.infrafabric.testkit.Stalls;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** etcd is stopped for 10 s under load and started again: every call is refused at once meanwhile. */
@Alone
class EtcdOutageTest {
  private static final Duration OUTAGE = Duration.ofSeconds(10);

  @Test
  void etcdOutage_callsFailFastAndEverythingGoesOnWithoutARestart() throws Exception {
    try (RunningFabric running = RunningFabric.startWithoutChassis();
        Stalls stalls = Stalls.watching();
        Load load = Load.start(running, 6)) {
      load.awaitProgress(50, Duration.ofSeconds(60));
      List<Long> processes = running.fabric().coordinators().stream().map(ServerProcess::pid).toList();

      running.fabric().etcd().stop();
      Instant down = Instant.now();
      // What was answered before may be noted a moment later.
      AtomicInteger noted = new AtomicInteger(-1);
      await()
          .during(OUTAGE)
          .atMost(OUTAGE.plusSeconds(60))
          .until(load.log()::completions, now -> noted.getAndSet(now) == now);
      List<LoadLog.Trouble> troubles = load.log().troublesSince(down);
      running.fabric().etcd().start();

      load.awaitProgress(50, Duration.ofSeconds(60));
      load.finish(Duration.ofSeconds(90));
      Judgement.of(running, load);
      assertThat(running.fabric().coordinators()).extracting(ServerProcess::pid).isEqualTo(processes);
      assertThat(troubles).as("calls of 6 swarms and 2 submitters in %s", OUTAGE).hasSizeGreaterThan(5);
      FailFast.judge(troubles, stalls);
    }
  }
}
