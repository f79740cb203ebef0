package io.infrafabric.coordinator.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.coordinator.task.Requirement;
import io.infrafabric.names.SwarmId;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What the dispatcher knows of the governor's rankings. */
class RankingsTest {
  private static final Requirement WANTED = new Requirement(List.of("code:review"), 1_000, 0);
  private static final Instant NOW = Instant.EPOCH;

  private final List<CompletableFuture<List<SwarmId>>> asked = new ArrayList<>();
  private final AtomicInteger heard = new AtomicInteger();
  private final Rankings rankings =
      new Rankings(
          requirement -> {
            asked.add(new CompletableFuture<>());
            return asked.getLast();
          },
          Duration.ofSeconds(1),
          heard::incrementAndGet);

  @Test
  void theFirstAnswer_isHeardAndUsed() {
    assertThat(rankings.of(WANTED, NOW)).isEmpty();
    asked.getLast().complete(List.of(new SwarmId("alpha")));
    assertThat(heard).hasValue(1);
    assertThat(rankings.of(WANTED, NOW)).contains(List.of(new SwarmId("alpha")));
    assertThat(asked).hasSize(1);
  }

  @Test
  void anOldAnswer_isAskedForAgainAndUsedMeanwhile() {
    rankings.of(WANTED, NOW);
    asked.getLast().complete(List.of(new SwarmId("alpha")));
    assertThat(rankings.of(WANTED, NOW.plusSeconds(1))).contains(List.of(new SwarmId("alpha")));
    asked.getLast().complete(List.of(new SwarmId("alpha")));
    assertThat(asked).hasSize(2);
    assertThat(heard).as("nothing new").hasValue(1);
  }

  @Test
  void aGovernorThatIsAway_leavesWhatItSaidLast() {
    rankings.of(WANTED, NOW);
    asked.getLast().complete(List.of(new SwarmId("alpha")));
    rankings.of(WANTED, NOW.plusSeconds(1));
    asked.getLast().completeExceptionally(new IllegalStateException("away"));
    assertThat(rankings.isAway()).isTrue();
    assertThat(rankings.of(WANTED, NOW.plusSeconds(1))).contains(List.of(new SwarmId("alpha")));
  }
}
