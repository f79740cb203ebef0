package io.infrafabric.governor.account;

import static io.infrafabric.governor.books.BooksFixture.NOW;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.infrafabric.coordinator.v1.ClaimEnd;
import io.infrafabric.governor.CommitmentsHand;
import io.infrafabric.governor.books.BooksFixture;
import io.infrafabric.governor.books.ReplicaBooks;
import io.infrafabric.governor.books.Ruling;
import io.infrafabric.kit.lifecycle.Threads;
import io.infrafabric.kit.store.Prefix;
import io.infrafabric.kit.store.Replica;
import io.infrafabric.kit.store.ReplicaSettings;
import io.infrafabric.names.Keys;
import io.infrafabric.names.SwarmId;
import io.infrafabric.testkit.store.MemoryStore;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A bell that is rung at every change of commitments, as the governor rings it. */
class SettlementBellTest {
  private static final Keys KEYS = new Keys();
  private static final SwarmId SWARM = new SwarmId("s1");
  private static final Duration FOR_EVER = Duration.ofHours(1);
  private static final Duration A_MOMENT = Duration.ofMillis(400);

  private final MemoryStore store = new MemoryStore();
  private final CommitmentsHand coordinator = new CommitmentsHand(store, KEYS);
  private final Queue<Integer> bookings = new ConcurrentLinkedQueue<>();
  private final ScheduledExecutorService timer = Threads.timer("bell-test");
  private Replica replica;
  private ReplicaBooks books;

  @BeforeEach
  void start() {
    List<Prefix> prefixes =
        List.of(
            Prefix.of(KEYS.swarms()),
            Prefix.of(KEYS.standings()),
            Prefix.of(KEYS.accounts()),
            Prefix.of(KEYS.breakers()),
            Prefix.of(KEYS.commitments()));
    replica = Replica.open("bell-test", store, prefixes, ReplicaSettings.defaults());
    replica.ready().join();
    books = new ReplicaBooks(replica, KEYS);
    books.change(SWARM, known -> new Ruling.Write<>(BooksFixture.granted(1_000), null)).join();
  }

  @AfterEach
  void stop() {
    timer.shutdownNow();
    replica.close();
  }

  @Test
  void claimsThatEndWithinAMoment_areBookedTogether() {
    hang(A_MOMENT);
    end("c1", ClaimEnd.CLAIM_END_COMPLETED);
    end("c2", ClaimEnd.CLAIM_END_COMPLETED);
    end("c3", ClaimEnd.CLAIM_END_COMPLETED);
    await().untilAsserted(() -> assertThat(bookings).containsExactly(3));
  }

  @Test
  void aFailure_isBookedAtOnce_andWhatLingersWithIt() {
    hang(FOR_EVER);
    end("c1", ClaimEnd.CLAIM_END_COMPLETED);
    end("c2", ClaimEnd.CLAIM_END_FAILED);
    await().untilAsserted(() -> assertThat(bookings.stream().mapToInt(count -> count).sum()).isEqualTo(2));
  }

  @Test
  void withoutLinger_eachIsBookedAtOnce() {
    hang(Duration.ZERO);
    end("c1", ClaimEnd.CLAIM_END_COMPLETED);
    await().untilAsserted(() -> assertThat(bookings).containsExactly(1));
  }

  @Test
  void aMessageThatKnowsMoreThanTheCopy_hasTheStoreRead() {
    SettlementBell bell = bell(A_MOMENT);
    // Nobody rings for the change itself, and the message says that there is one far ahead.
    end("c1", ClaimEnd.CLAIM_END_COMPLETED);
    bell.ring(SWARM, books.revision() + 1_000);
    await().untilAsserted(() -> assertThat(bookings).containsExactly(1));
  }

  @Test
  void ringAfterTheEnd_isDropped() {
    SettlementBell bell = bell(A_MOMENT);
    end("c1", ClaimEnd.CLAIM_END_COMPLETED);
    timer.shutdownNow();
    bell.ring(SWARM, books.revision() + 1_000);
    ExecutorService ended = Executors.newSingleThreadExecutor();
    ended.shutdownNow();
    bell(A_MOMENT, ended).ring(SWARM);
    assertThat(bookings).isEmpty();
  }

  private void hang(Duration linger) {
    SettlementBell bell = bell(linger);
    replica.onChange(KEYS.commitments(), (key, before, after) -> after.ifPresent(entry -> bell.ring(new SwarmId(Keys.idOf(key)))));
  }

  private SettlementBell bell(Duration linger) {
    return bell(linger, Runnable::run);
  }

  private SettlementBell bell(Duration linger, Executor executor) {
    Settler settler =
        new Settler(books, () -> new SettlementLimits(3, 20, 1), () -> NOW, Runnable::run, (after, settled) -> bookings.add(settled.bookings().size()));
    return new SettlementBell(books, settler, linger, executor, timer);
  }

  private void end(String claim, ClaimEnd end) {
    coordinator.end("s1", claim, end, 1);
  }
}
