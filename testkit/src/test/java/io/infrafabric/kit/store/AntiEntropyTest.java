package io.infrafabric.kit.store;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import io.infrafabric.kit.telemetry.Metrics;
import io.infrafabric.kit.telemetry.Telemetry;
import io.infrafabric.testkit.store.ForwardingStore;
import io.infrafabric.testkit.store.MemoryStore;
import java.net.ConnectException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class AntiEntropyTest {
  private static final Duration SOON = Duration.ofSeconds(10);
  private static final List<Prefix> PREFIXES = List.of(new Prefix("/r/", List.of("/r/0/", "/r/1/")), Prefix.of("/s/"));
  private static final int ROUND = 3;

  private final MemoryStore memory = new MemoryStore();
  private final Deaf store = new Deaf(memory);
  private final Replica replica =
      Replica.open(
          "test",
          store,
          PREFIXES,
          ReplicaSettings.defaults(),
          entry -> entry.value().toStringUtf8().startsWith("?") ? Optional.of("a question") : Optional.empty());
  private final AtomicLong nanos = new AtomicLong();
  private final Metrics metrics = Telemetry.none().metrics();
  private final AntiEntropy antiEntropy = new AntiEntropy(store, replica, PREFIXES, nanos::get, metrics);

  AntiEntropyTest() {
    replica.ready().orTimeout(5, SECONDS).join();
  }

  @AfterEach
  void close() {
    replica.close();
  }

  /** Watches that lose the events of some keys without a word. */
  private static final class Deaf extends ForwardingStore {
    final Set<String> unheard = ConcurrentHashMap.newKeySet();
    volatile boolean away;

    Deaf(Store store) {
      super(store);
    }

    @Override
    public CompletableFuture<Snapshot> list(List<String> prefixes) {
      return away ? CompletableFuture.failedFuture(new ConnectException("away")) : super.list(prefixes);
    }

    @Override
    public Watch watch(String prefix, long afterRevision, WatchListener listener) {
      return super.watch(
          prefix,
          afterRevision,
          new WatchListener() {
            @Override
            public void onChanges(List<Change> changes) {
              List<Change> heard = changes.stream().filter(change -> !unheard.contains(change.key())).toList();
              if (!heard.isEmpty()) {
                listener.onChanges(heard);
              }
            }

            @Override
            public void onBroken(Throwable reason) {
              listener.onBroken(reason);
            }
          });
    }
  }

  private void write(String key, Txn.Write write) {
    long seen = memory.entries(key).stream().filter(entry -> entry.key().equals(key)).mapToLong(Entry::modRevision).findFirst().orElse(0);
    assertThat(memory.commit(List.of(new Txn(List.of(new Txn.Compare(key, seen)), List.of(write)))).join().getFirst())
        .isInstanceOf(Outcome.Committed.class);
  }

  private void put(String key, String value) {
    write(key, new Txn.Write.Put(key, ByteString.copyFromUtf8(value), 0));
  }

  private void delete(String key) {
    write(key, new Txn.Write.Delete(key));
  }

  private Optional<String> copied(String key) {
    return replica.get(key).map(entry -> entry.value().toStringUtf8());
  }

  private void copiedSoon(String key, String value) {
    await().atMost(SOON).until(() -> copied(key).equals(Optional.of(value)));
  }

  private long divergences() {
    return metrics.snapshot().get("if.store.divergences");
  }

  /** A round over all ranges, and another when differences have had time to go away. */
  private void compare() {
    for (int i = 0; i < 2 * ROUND; i++) {
      nanos.addAndGet(AntiEntropy.GRACE.toNanos());
      antiEntropy.runOnce();
    }
  }

  @Test
  void copyThatIsRight_isLeftAlone() {
    put("/r/0/a", "1");
    put("/s/b", "1");
    copiedSoon("/s/b", "1");
    copiedSoon("/r/0/a", "1");
    compare();
    assertThat(divergences()).isZero();
    assertThat(replica.resyncs()).isZero();
  }

  @Test
  void valueThatCannotBeRead_isKnownToo_andItsLostDeleteIsFound() {
    put("/r/0/a", "?");
    await().atMost(SOON).until(() -> replica.isUnreadable("/r/0/a"));
    compare();
    assertThat(divergences()).isZero();
    store.unheard.add("/r/0/a");
    delete("/r/0/a");
    compare();
    await().atMost(SOON).until(() -> !replica.isUnreadable("/r/0/a"));
    assertThat(divergences()).isEqualTo(1);
  }

  @Test
  void lostWrite_isFoundAndCopied_andToldToFollowers() {
    put("/r/0/a", "1");
    copiedSoon("/r/0/a", "1");
    List<String> followed = new CopyOnWriteArrayList<>();
    replica.follow("/r/", entry -> followed.add(entry.value().toStringUtf8()));
    store.unheard.add("/r/0/a");
    put("/r/0/a", "2");
    put("/r/0/b", "later");
    copiedSoon("/r/0/b", "later");
    assertThat(copied("/r/0/a")).as("lost").contains("1");
    compare();
    copiedSoon("/r/0/a", "2");
    assertThat(divergences()).isEqualTo(1);
    assertThat(replica.resyncs()).isEqualTo(1);
    await().atMost(SOON).until(() -> followed.contains("2"));
  }

  @Test
  void lostCreation_isFound() {
    store.unheard.add("/r/1/a");
    put("/r/1/a", "1");
    compare();
    copiedSoon("/r/1/a", "1");
    assertThat(divergences()).isEqualTo(1);
  }

  @Test
  void lostDelete_isFound() {
    put("/s/a", "1");
    copiedSoon("/s/a", "1");
    store.unheard.add("/s/a");
    delete("/s/a");
    compare();
    await().atMost(SOON).until(() -> copied("/s/a").isEmpty());
    assertThat(divergences()).isEqualTo(1);
  }

  @Test
  void changeUnderWay_isNoDivergence() {
    store.unheard.add("/s/a");
    put("/s/a", "1");
    for (int i = 0; i < ROUND; i++) {
      antiEntropy.runOnce();
    }
    store.unheard.clear();
    put("/s/a", "2");
    copiedSoon("/s/a", "2");
    compare();
    assertThat(divergences()).isZero();
  }

  @Test
  void storeThatIsAway_isComparedLater() {
    store.unheard.add("/s/a");
    put("/s/a", "1");
    store.away = true;
    compare();
    assertThat(divergences()).isZero();
    store.away = false;
    compare();
    copiedSoon("/s/a", "1");
  }

  /** ADR 29: a round over 100,000 keys takes less than a minute. Here a thousand, in hundredths of that. */
  @Test
  void lossAmongManyKeys_isFoundInAMinuteForAHundredThousand() {
    for (int i = 0; i < 1_000; i++) {
      put("/r/0/k" + i, "v");
    }
    copiedSoon("/r/0/k999", "v");
    antiEntropy.runOnce();
    store.unheard.add("/r/1/a");
    put("/r/1/a", "1");
    long from = nanos.get();
    while (divergences() == 0) {
      nanos.addAndGet(AntiEntropy.EVERY.toNanos());
      antiEntropy.runOnce();
    }
    Duration twoRounds = Duration.ofMillis(2 * 600);
    assertThat(Duration.ofNanos(nanos.get() - from)).isLessThan(AntiEntropy.GRACE.plus(twoRounds)).isGreaterThan(AntiEntropy.GRACE.plusMillis(400));
    copiedSoon("/r/1/a", "1");
  }

  @Test
  void manyKeys_areReadSlowly() {
    for (int i = 0; i < 100; i++) {
      put("/r/0/k" + i, "v");
    }
    copiedSoon("/r/0/k99", "v");
    antiEntropy.runOnce();
    store.unheard.add("/r/1/a");
    put("/r/1/a", "1");
    antiEntropy.runOnce();
    nanos.addAndGet(AntiEntropy.GRACE.toNanos());
    antiEntropy.runOnce();
    assertThat(divergences()).as("it rested after the first range, so it has not looked at the second twice").isZero();
    compare();
    copiedSoon("/r/1/a", "1");
  }
}
