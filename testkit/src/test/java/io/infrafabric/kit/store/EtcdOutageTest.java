package io.infrafabric.kit.store;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.etcd.jetcd.Client;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.kit.etcd.EtcdSettings;
import io.infrafabric.kit.etcd.EtcdStore;
import io.infrafabric.local.EtcdServer;
import io.infrafabric.testkit.Backends;
import io.infrafabric.testkit.Closing;
import io.infrafabric.testkit.store.Faults;
import io.infrafabric.testkit.store.FaultyStore;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A replica on an etcd that stops, freezes, compacts and comes back. */
class EtcdOutageTest {
  private static final String ROOT = "/outage/";

  private EtcdServer etcd;
  private EtcdStore store;
  private EtcdStore other;
  private Replica replica;

  @BeforeEach
  void open() {
    etcd = Backends.ownEtcd();
    store = new EtcdStore(EtcdSettings.of(List.of(etcd.address())));
    other = new EtcdStore(EtcdSettings.of(List.of(etcd.address())));
    replica = Replica.open("outage", store, List.of(Prefix.of(ROOT)), ReplicaSettings.defaults());
    get(replica.ready());
  }

  @AfterEach
  void close() throws Exception {
    Closing.each(replica, store, other, etcd);
  }

  private static <T> T get(CompletableFuture<T> future) {
    return future.orTimeout(10, SECONDS).join();
  }

  private List<Entry> truth() {
    return get(other.list(List.of(ROOT))).entries();
  }

  private void converged() {
    await()
        .atMost(60, SECONDS)
        .ignoreExceptions()
        .untilAsserted(() -> assertThat(List.copyOf(replica.scan(ROOT).values())).isEqualTo(truth()));
  }

  private void awayFor(Duration time) {
    long end = System.nanoTime() + time.toNanos();
    await().atMost(time.plusSeconds(5)).pollInterval(Duration.ofMillis(100)).until(() -> System.nanoTime() >= end);
  }

  /** Appends until it works; how long that took. */
  private Duration back(String id) {
    long from = System.nanoTime();
    AtomicReference<Throwable> last = new AtomicReference<>();
    await()
        .atMost(60, SECONDS)
        .pollInterval(Duration.ofMillis(20))
        .until(
            () -> {
              try {
                get(replica.decide(new Append(ROOT + "a", id)));
                return true;
              } catch (RuntimeException notYet) {
                last.set(notYet);
                return false;
              }
            });
    return Duration.ofNanos(System.nanoTime() - from);
  }

  @Test
  void watch_thatIsIdleIsNotTakenForDead() {
    get(replica.decide(new Append(ROOT + "a", "1")));

    awayFor(Duration.ofSeconds(6));
    get(other.commit(List.of(txn(ROOT + "b", "x"))));

    await().atMost(60, SECONDS).until(() -> replica.get(ROOT + "b").isPresent());
    assertThat(replica.resyncs()).isZero();
  }

  private static Txn txn(String key, String value) {
    return new Txn(
        List.of(new Txn.Compare(key, 0)),
        List.of(new Txn.Write.Put(key, com.google.protobuf.ByteString.copyFromUtf8(value), 0)));
  }

  @Test
  void commits_goOnSoonAfterTenSecondsWithoutEtcd() {
    get(replica.decide(new Append(ROOT + "a", "1")));
    etcd.stop();
    ErrorCode first = ReplicaCalls.refused(replica.decide(new Append(ROOT + "a", "2")));
    assertThat(first).isIn(ErrorCode.ERROR_CODE_UNAVAILABLE, ErrorCode.ERROR_CODE_OUTCOME_UNKNOWN);
    await().atMost(60, SECONDS).until(() -> !replica.reachable());
    assertThat(replica.decide(new Append(ROOT + "a", "3"))).isCompletedExceptionally();
    awayFor(Duration.ofSeconds(10));

    etcd.start();
    Duration took = back("4");

    assertThat(took).as("gRPC alone would wait longer and longer").isLessThan(Duration.ofSeconds(5));
    System.out.println("commits again " + took.toMillis() + " ms after etcd");
    long from = System.nanoTime();
    get(other.list(List.of(ROOT)).handle((snapshot, failure) -> snapshot));
    await().atMost(60, SECONDS).ignoreExceptions().until(() -> committedByOther("b"));
    await().atMost(60, SECONDS).until(() -> replica.get(ROOT + "b").isPresent());
    System.out.println("watch again after " + (System.nanoTime() - from) / 1_000_000 + " ms");
    converged();
    assertThat(Append.ids(replica.get(ROOT + "a").orElseThrow())).doesNotHaveDuplicates().contains("1", "4").doesNotContain("3");
  }

  private boolean committedByOther(String name) {
    get(other.commit(List.of(txn(ROOT + name, "x"))));
    return replica.get(ROOT + name).isPresent();
  }

  @Test
  void view_convergesAfterACompactionWhileItWasAway() {
    get(replica.decide(new Append(ROOT + "a", "1")));
    get(replica.decide(new Append(ROOT + "gone", "1")));
    etcd.restart();
    long from = System.nanoTime();
    await().atMost(60, SECONDS).ignoreExceptions().until(() -> get(other.commit(List.of(delete("gone")))).getFirst() instanceof Outcome.Committed);
    compact();

    converged();
    assertThat(replica.get(ROOT + "gone")).isEmpty();
    System.out.println("converged after a restart within " + (System.nanoTime() - from) / 1_000_000 + " ms");
  }

  private Txn delete(String name) {
    long revision = replica.get(ROOT + name).orElseThrow().modRevision();
    return new Txn(List.of(new Txn.Compare(ROOT + name, revision)), List.of(new Txn.Write.Delete(ROOT + name)));
  }

  private void compact() {
    long revision = get(other.list(List.of(ROOT))).revision();
    try (Client client = Client.builder().endpoints(etcd.address()).build()) {
      get(client.getKVClient().compact(revision));
    }
  }

  @Test
  void view_convergesAfterEtcdWasFrozen() {
    get(replica.decide(new Append(ROOT + "a", "1")));
    etcd.pause();
    assertThat(ReplicaCalls.refused(replica.decide(new Append(ROOT + "a", "2")))).isEqualTo(ErrorCode.ERROR_CODE_OUTCOME_UNKNOWN);
    awayFor(Duration.ofSeconds(6));

    etcd.resume();
    Duration took = back("3");

    System.out.println("commits again " + took.toMillis() + " ms after etcd was thawed");
    assertThat(took).as("gRPC alone would wait longer and longer").isLessThan(Duration.ofSeconds(5));
    converged();
    assertThat(Append.ids(replica.get(ROOT + "a").orElseThrow())).doesNotHaveDuplicates().contains("1", "3");
  }

  @Test
  void calls_countOnceWhileEtcdIsKilledAndOutcomesAreUnknown() throws Exception {
    long seed = System.nanoTime();
    FaultyStore faulty = new FaultyStore(store, seed);
    Replica second = Replica.open("second", faulty, List.of(Prefix.of(ROOT)), ReplicaSettings.defaults());
    try {
      get(second.ready());
      faulty.set(Faults.MIXED);
      Appenders appenders = new Appenders(List.of(replica, second), ROOT);
      Thread load = Thread.ofVirtual().start(() -> run(appenders));
      await().atMost(60, SECONDS).until(() -> appenders.done() > 50);
      etcd.kill();
      awayFor(Duration.ofMillis(300));
      etcd.start();
      load.join();
      faulty.set(Faults.NONE);

      await().atMost(60, SECONDS).ignoreExceptions().untilAsserted(() -> appenders.judge(truth(), "seed " + seed));
      converged();
    } finally {
      second.close();
    }
  }

  private static void run(Appenders appenders) {
    try {
      appenders.run(8, 60);
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }
}
