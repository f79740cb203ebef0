package io.infrafabric.coordinator.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.kit.store.Upkeep;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class CompactorTest {
  private static final Instant START = Instant.parse("2026-03-01T12:00:00Z");

  private final List<String> done = new ArrayList<>();
  private long revision = 100;
  private long published = 1_000;
  private OptionalLong covered = OptionalLong.empty();
  private boolean hurry;
  private boolean elected = true;
  private long fileBytes = 10;

  private final Compactor compactor =
      new Compactor(
          new Upkeep() {
            @Override
            public CompletableFuture<Space> space() {
              return CompletableFuture.completedFuture(new Space(fileBytes, 10, false, revision));
            }

            @Override
            public CompletableFuture<Void> compact(long at) {
              done.add("compact " + at);
              return CompletableFuture.completedFuture(null);
            }

            @Override
            public CompletableFuture<Void> defragment() {
              done.add("defragment");
              return CompletableFuture.completedFuture(null);
            }
          },
          StorageSettings.of(1_000),
          () -> hurry,
          () -> elected,
          () -> CompletableFuture.completedFuture(OptionalLong.of(published)),
          new WitnessHold(() -> CompletableFuture.completedFuture(covered), Duration.ofMinutes(15)));

  private void at(Duration later) {
    compactor.runOnce(START.plus(later));
  }

  @Test
  void whatIsOlderThanAnInterval_isForgotten() {
    at(Duration.ZERO);
    revision = 200;
    at(Duration.ofMinutes(4));
    assertThat(done).isEmpty();
    at(Duration.ofMinutes(5));
    at(Duration.ofMinutes(10));
    assertThat(done).containsExactly("compact 100", "compact 200");
  }

  @Test
  void whatTheWitnessLogHasYetToCover_isKeptUnlessRoomIsShort() {
    at(Duration.ZERO);
    covered = OptionalLong.of(60);
    at(Duration.ofMinutes(5));
    assertThat(done).containsExactly("compact 60");
    hurry = true;
    at(Duration.ofMinutes(6));
    assertThat(done).containsExactly("compact 60", "compact 100");
  }

  @Test
  void whatTheRelayHasYetToPublish_isKept() {
    at(Duration.ZERO);
    published = 60;
    at(Duration.ofMinutes(5));
    assertThat(done).containsExactly("compact 60");
  }

  @Test
  void shortOfRoom_thePresentIsEnough() {
    hurry = true;
    at(Duration.ZERO);
    revision = 150;
    at(Duration.ofSeconds(5));
    assertThat(done).containsExactly("compact 100", "compact 150");
  }

  @Test
  void fileAtItsQuota_isDefragmentedOnceInAWhile() {
    hurry = true;
    fileBytes = 950;
    for (int second = 0; second < 60; second += 5) {
      at(Duration.ofSeconds(second));
    }
    assertThat(done).containsExactly("compact 100", "defragment");
  }

  @Test
  void notElected_doesNothing() {
    elected = false;
    hurry = true;
    at(Duration.ZERO);
    assertThat(done).isEmpty();
  }
}
