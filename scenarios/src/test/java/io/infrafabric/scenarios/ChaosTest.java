package io.infrafabric.scenarios;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.testkit.chaos.ChaosReport;
import io.infrafabric.testkit.chaos.ChaosRun;
import io.infrafabric.testkit.chaos.ChaosSettings;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * 20,000 claims under at least 20 faults of processes, connections and messages, judged by etcd's whole history. The seed is
 * {@code IF_CHAOS_SEED}, or the clock's; {@code ./fabric chaos --seed S} does the same for longer.
 */
@Alone
class ChaosTest {
  private static final Logger LOG = LoggerFactory.getLogger(ChaosTest.class);

  @Test
  void invariants_holdWhileEverythingFails() throws IOException, InterruptedException {
    String given = System.getenv().getOrDefault("IF_CHAOS_SEED", "");
    long seed = given.isEmpty() ? System.nanoTime() : Long.parseLong(given);
    ChaosSettings settings = ChaosSettings.ofCi(RunningFabric.repository(), RunningFabric.folder("chaos"), seed);
    ChaosReport report = ChaosRun.of(settings, LOG::info);
    LOG.info("{}", report);
    assertThat(report.isVoidBecause()).as(report.toString()).isEmpty();
    assertThat(report.isClean()).as(report.toString()).isTrue();
  }
}
