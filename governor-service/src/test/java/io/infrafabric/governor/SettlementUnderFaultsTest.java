package io.infrafabric.governor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.infrafabric.coordinator.v1.ClaimEnd;
import io.infrafabric.governor.books.BooksCodec;
import io.infrafabric.governor.v1.Account;
import io.infrafabric.governor.v1.Standing;
import io.infrafabric.kit.store.Change;
import io.infrafabric.names.Keys;
import io.infrafabric.names.SwarmId;
import io.infrafabric.testkit.store.Faults;
import io.infrafabric.testkit.store.FaultyStore;
import io.infrafabric.testkit.store.MemoryStore;
import java.time.Duration;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * I7 and I8 with two governors whose calls are lost, done late or done without an answer, and whose watches break. Judged by
 * the store's history, not by what the governors say.
 */
class SettlementUnderFaultsTest {
  private static final int CLAIMS = 150;
  private static final Keys KEYS = new Keys();
  private static final SwarmId SWARM = new SwarmId("s1");

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void everyCost_isBookedOnceAndMoneyIsConserved(long seed) {
    MemoryStore store = new MemoryStore();
    FaultyStore first = new FaultyStore(store, seed);
    FaultyStore second = new FaultyStore(store, seed + 1_000);
    Random random = new Random(seed);
    long spent = 0;
    CommitmentsHand coordinator = new CommitmentsHand(store, KEYS);
    try (GovernorFixture one = new GovernorFixture(first, KEYS.root());
        GovernorFixture two = new GovernorFixture(second, KEYS.root())) {
      one.register("s1", "r1", "code:java");
      two.grant("s1", "g1", 100_000);
      first.set(Faults.MIXED);
      second.set(Faults.MIXED);
      for (int i = 0; i < CLAIMS; i++) {
        long cost = random.nextLong(0, 50);
        spent += cost;
        coordinator.end("s1", "c" + i, ClaimEnd.forNumber(random.nextInt(1, 6)), cost);
        switch (random.nextInt(8)) {
          case 0, 1 -> awaitSettled(store, spent, seed);
          case 2, 3 -> coordinator.dropBooked("s1");
          default -> {
            // Goes on while the settlers are at it.
          }
        }
        if (random.nextInt(10) == 0) {
          (random.nextBoolean() ? first : second).breakWatches();
        }
      }
      first.set(Faults.NONE);
      second.set(Faults.NONE);
      awaitSettled(store, spent, seed);
    }
    judge(store, seed);
  }

  private static void awaitSettled(MemoryStore store, long spent, long seed) {
    await()
        .atMost(Duration.ofSeconds(30))
        .pollInterval(Duration.ofMillis(5))
        .untilAsserted(() -> assertThat(account(store).getSettledMicros()).as("seed %d", seed).isEqualTo(spent));
  }

  private static void judge(MemoryStore store, long seed) {
    Set<String> booked = new HashSet<>();
    Set<String> listed = Set.of();
    for (Change change : store.changes(KEYS.standing(SWARM))) {
      Standing standing = BooksCodec.standing(((Change.Written) change).entry());
      Set<String> now = Set.copyOf(standing.getSettledClaimIdsList());
      for (String claim : now) {
        if (!listed.contains(claim)) {
          assertThat(booked.add(claim)).as("seed %d: %s was booked twice", seed, claim).isTrue();
        }
      }
      listed = now;
    }
    assertThat(booked).as("seed %d", seed).hasSize(CLAIMS);
    assertThat(store.changes(KEYS.account(SWARM))).as("seed %d: bookings in many steps", seed).hasSizeGreaterThan(20);
    for (Change change : store.changes(KEYS.account(SWARM))) {
      Account account = BooksCodec.account(((Change.Written) change).entry());
      assertThat(account.getGrantedMicros()).as("seed %d", seed).isEqualTo(account.getCreditMicros() + account.getSettledMicros());
    }
  }

  private static Account account(MemoryStore store) {
    return BooksCodec.account(store.entries(KEYS.account(SWARM)).getFirst());
  }
}
