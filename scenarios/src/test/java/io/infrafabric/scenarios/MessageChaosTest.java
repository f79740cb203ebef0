package io.infrafabric.scenarios;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Messages are lost, doubled, reordered and forged under load: they are doorbells, and no money moves by one. */
class MessageChaosTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final double HEARING = 0.3;

  @Test
  void lostDoubledReorderedAndForgedMessages_changeNothing() throws Exception {
    try (RunningFabric running = RunningFabric.startWithoutChassis();
        Load load = Load.start(running, 6, HEARING);
        MessageChaos chaos = MessageChaos.start(running.fabric().nats().address())) {
      load.awaitProgress(200, PATIENCE);
      assertThat(chaos.copies()).as("copies sent (seed %d)", chaos.seed()).isGreaterThan(300);
      assertThat(chaos.purges()).as("purges (seed %d)", chaos.seed()).isPositive();
      load.finish(PATIENCE);
      chaos.awaitQuiet(PATIENCE);
      Judgement.of(running, load);
    }
  }
}
