package io.infrafabric.governor.report;

import static io.infrafabric.governor.books.BooksFixture.NOW;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.infrafabric.governor.books.BooksFixture;
import io.infrafabric.governor.books.ReplicaBooks;
import io.infrafabric.governor.books.Ruling;
import io.infrafabric.governor.v1.Breaker;
import io.infrafabric.governor.v1.BreakerState;
import io.infrafabric.governor.v1.CapabilityBreaker;
import io.infrafabric.kit.store.Prefix;
import io.infrafabric.kit.store.Replica;
import io.infrafabric.kit.store.ReplicaSettings;
import io.infrafabric.kit.telemetry.Telemetry;
import io.infrafabric.names.Keys;
import io.infrafabric.names.SwarmId;
import io.infrafabric.testkit.store.MemoryStore;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class FiguresTest {
  private static final Keys KEYS = new Keys();

  private final MemoryStore store = new MemoryStore();
  private final Telemetry telemetry = Telemetry.none();
  private final Replica replica =
      Replica.open(
          "figures-test",
          store,
          List.of(
              Prefix.of(KEYS.swarms()),
              Prefix.of(KEYS.standings()),
              Prefix.of(KEYS.accounts()),
              Prefix.of(KEYS.breakers()),
              Prefix.of(KEYS.commitments()),
              Prefix.of(KEYS.spend())),
          ReplicaSettings.defaults());

  @AfterEach
  void stop() {
    replica.close();
  }

  private void breakers(BreakerState swarm, Map<String, BreakerState> capabilities) {
    Breaker.Builder breaker = Breaker.newBuilder().setSwarmId("s1").setState(swarm);
    capabilities.forEach((capability, state) -> breaker.addCapabilities(CapabilityBreaker.newBuilder().setCapability(capability).setState(state)));
    new ReplicaBooks(replica, KEYS).change(new SwarmId("s1"), known -> new Ruling.Write<>(known.orElseGet(() -> BooksFixture.granted(5)).with(breaker.build()), null)).join();
  }

  private void awaitTrips(long trips, long resets) {
    await()
        .untilAsserted(
            () ->
                assertThat(telemetry.metrics().snapshot())
                    .containsEntry("if.governor.circuit_breaker_trips", trips)
                    .containsEntry("if.governor.circuit_breaker_resets", resets));
  }

  /** Labels are words of a fixed set: never a capability, of which there may be any number. */
  @Test
  void breakersOfCapabilities_countBesideThoseOfSwarms() {
    replica.ready().join();
    breakers(BreakerState.BREAKER_STATE_CLOSED, Map.of("code:rust", BreakerState.BREAKER_STATE_OPEN));
    Figures.tell(replica, KEYS, new Reports(replica, KEYS, 3, new Reports.Compared("", () -> 0, () -> 0), () -> NOW), telemetry.metrics());
    awaitTrips(0, 0);
    breakers(BreakerState.BREAKER_STATE_CLOSED, Map.of("code:java", BreakerState.BREAKER_STATE_OPEN, "code:rust", BreakerState.BREAKER_STATE_HALF_OPEN));
    awaitTrips(1, 0);
    assertThat(telemetry.metrics().page())
        .contains(
            "circuit_breaker_status{of=\"capability\",state=\"open\"} 1",
            "circuit_breaker_status{of=\"capability\",state=\"half_open\"} 1",
            "circuit_breaker_status{of=\"swarm\",state=\"closed\"} 1",
            "circuit_breaker_status{of=\"swarm\",state=\"open\"} 0")
        .doesNotContain("code:");
    breakers(BreakerState.BREAKER_STATE_OPEN, Map.of("code:java", BreakerState.BREAKER_STATE_CLOSED));
    awaitTrips(2, 2);
    assertThat(telemetry.metrics().page())
        .contains("circuit_breaker_status{of=\"capability\",state=\"open\"} 0", "circuit_breaker_status{of=\"swarm\",state=\"open\"} 1");
  }
}
