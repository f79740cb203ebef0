package io.infrafabric.kit.store;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.testkit.Stalls;
import io.infrafabric.testkit.store.Faults;
import io.infrafabric.testkit.store.FaultyStore;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/** What a replica says and does while the store is away, answers late, or has forgotten; and what it copies then. */
class ReplicaOutageTest extends ReplicaCalls {
  @Test
  void decide_isUnavailableAtOnceWhileTheStoreIsAway() {
    Replica replica = open(IMPATIENT);
    store.set(Faults.CUT_OFF);
    assertThat(refused(replica.decide(Write.create(ROOT + "a", "1")))).isEqualTo(ErrorCode.ERROR_CODE_UNAVAILABLE);
    assertThat(replica.reachable()).isFalse();

    CompletableFuture<Long> next = replica.decide(Write.create(ROOT + "b", "1"));
    assertThat(next).as("answered without waiting").isCompletedExceptionally();
    assertThat(refused(next)).isEqualTo(ErrorCode.ERROR_CODE_UNAVAILABLE);

    store.set(Faults.NONE);
    await().atMost(60, SECONDS).until(replica::reachable);
    assertThat(get(replica.decide(Write.create(ROOT + "b", "1")))).isPositive();
    assertThat(memory.entries(ROOT)).extracting(Entry::key).containsExactly(ROOT + "b");
  }

  @Test
  void replica_noticesThatTheStoreIsAway_whenNobodyAsksIt() {
    Replica replica = open(ReplicaSettings.defaults());
    store.set(Faults.CUT_OFF);
    await().atMost(60, SECONDS).until(() -> !replica.reachable());
    store.set(Faults.NONE);
    await().atMost(60, SECONDS).until(replica::reachable);
  }

  @Test
  void decide_isOfUnknownOutcomeWhenNoAnswerComes() {
    Replica replica = open(IMPATIENT);
    store.set(new Faults(1, 0, 0, 0, 0, Duration.ZERO));

    assertThat(refused(replica.decide(new Append(ROOT + "a", "1")))).isEqualTo(ErrorCode.ERROR_CODE_OUTCOME_UNKNOWN);

    store.set(Faults.NONE);
    await().atMost(60, SECONDS).until(replica::reachable);
    get(replica.decide(new Append(ROOT + "a", "1")));
    assertThat(Append.ids(memory.entries(ROOT).getFirst())).containsExactly("1");
  }

  @Test
  void close_answersWhatIsUnderWayAndWhatWaits() {
    Replica replica = open(new SlowStore(memory, new CompletableFuture<>(), CompletableFuture.completedFuture(null)), ReplicaSettings.defaults());
    CompletableFuture<Long> underWay = replica.decide(Write.create(ROOT + "a", "1"));
    CompletableFuture<Void> seen = new CompletableFuture<>();
    replica.execute(() -> seen.complete(null));
    get(seen);
    CompletableFuture<Long> waiting = replica.decide(Write.create(ROOT + "b", "1"));

    replica.close();

    assertThat(refused(underWay)).isEqualTo(ErrorCode.ERROR_CODE_OUTCOME_UNKNOWN);
    assertThat(refused(waiting)).isEqualTo(ErrorCode.ERROR_CODE_UNAVAILABLE);
    assertThat(refused(replica.decide(Write.create(ROOT + "c", "1")))).isEqualTo(ErrorCode.ERROR_CODE_UNAVAILABLE);
  }

  @Test
  void deletion_isNotUndoneByOlderNewsOfTheWatch() {
    Replica replica = open(ReplicaSettings.defaults());
    List<Optional<String>> heard = new CopyOnWriteArrayList<>();
    replica.onChange(ROOT, (key, before, after) -> heard.add(after.map(entry -> entry.value().toStringUtf8())));
    store.holdWatches();
    putDirectly(ROOT + "a", 0, "1");
    get(replica.decide(Write.delete(ROOT + "a", "1")));
    store.releaseWatches();
    get(replica.decide(Write.create(ROOT + "b", "2")));

    assertThat(replica.get(ROOT + "a")).isEmpty();
    assertThat(heard).containsExactly(Optional.of("1"), Optional.empty(), Optional.of("2"));
  }

  /** The snapshot was taken before the delete and arrives after it; the watch then tells of the delete. */
  @Test
  void deletion_isNotUndoneByAnOlderSnapshot() {
    putDirectly(ROOT + "a", 0, "1");
    CompletableFuture<Void> hold = new CompletableFuture<>();
    SlowStore slow = new SlowStore(memory, CompletableFuture.completedFuture(null), hold);
    Replica replica = Replica.open("test", slow, List.of(Prefix.of(ROOT)), ReplicaSettings.defaults());
    replicas.add(replica);
    get(replica.decide(Write.delete(ROOT + "a", "1")));
    List<Optional<Entry>> heard = new CopyOnWriteArrayList<>();
    replica.onChange(ROOT, (key, before, after) -> heard.add(after));

    hold.complete(null);
    get(replica.ready());
    get(replica.decide(Write.create(ROOT + "b", "2")));

    assertThat(replica.get(ROOT + "a")).isEmpty();
    assertThat(heard).hasSize(1);
  }

  @Test
  void view_convergesAfterCompactionAndABrokenWatch() {
    Replica replica = open(ReplicaSettings.defaults());
    putDirectly(ROOT + "gone", 0, "1");
    putDirectly(ROOT + "kept", 0, "1");
    await().atMost(60, SECONDS).until(() -> replica.scan(ROOT).size() == 2);
    store.holdWatches();
    memory.commit(List.of(new Txn(List.of(new Txn.Compare(ROOT + "gone", memory.entries(ROOT).getFirst().modRevision())), List.of(new Txn.Write.Delete(ROOT + "gone")))));
    putDirectly(ROOT + "new", 0, "1");
    memory.compact(memory.revision());

    store.breakWatches();
    store.releaseWatches();

    Set<String> truth = Set.of(ROOT + "kept", ROOT + "new");
    assertThat(Stalls.within(Duration.ofSeconds(5), () -> replica.scan(ROOT).keySet().equals(truth))).as("I10").isTrue();
    assertThat(replica.resyncs()).isEqualTo(1);
  }

  @Test
  void decide_countsEveryCallOnceWhenOutcomesAreUnknown() throws Exception {
    long seed = System.nanoTime();
    FaultyStore faulty = new FaultyStore(memory, seed);
    Replica one = open(faulty, ReplicaSettings.defaults());
    Replica two = open(faulty, ReplicaSettings.defaults());
    faulty.set(Faults.MIXED);
    Appenders appenders = new Appenders(List.of(one, two), ROOT);

    appenders.run(16, 40);

    faulty.set(Faults.NONE);
    appenders.judge(memory.list(List.of(ROOT)).join().entries(), "seed " + seed);
    await()
        .atMost(60, SECONDS)
        .untilAsserted(() -> assertThat(List.copyOf(one.scan(ROOT).values())).isEqualTo(memory.entries(ROOT)));
  }
}
