package io.infrafabric.testkit.store;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import io.infrafabric.kit.store.Change;
import io.infrafabric.kit.store.CompactedException;
import io.infrafabric.kit.store.Entry;
import io.infrafabric.kit.store.LeaseGoneException;
import io.infrafabric.kit.store.Outcome;
import io.infrafabric.kit.store.Snapshot;
import io.infrafabric.kit.store.Store;
import io.infrafabric.kit.store.Txn;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What every store does. */
abstract class StoreContract {
  /** The store under test. */
  abstract Store store();

  /** A prefix with a slash at its end that is empty. */
  abstract String root();

  /** Forgets the changes before the revision. */
  abstract void compact(long revision);

  /** Lets a lease of the TTL end. */
  abstract void pass(Duration ttl);

  static <T> T get(CompletableFuture<T> future) {
    return future.orTimeout(10, SECONDS).join();
  }

  static ByteString text(String text) {
    return ByteString.copyFromUtf8(text);
  }

  private String key(String name) {
    return root() + name;
  }

  private static Txn put(String key, long compared, String value) {
    return put(key, compared, value, 0);
  }

  private static Txn put(String key, long compared, String value, long lease) {
    return new Txn(List.of(new Txn.Compare(key, compared)), List.of(new Txn.Write.Put(key, text(value), lease)));
  }

  private static Txn delete(String key, long compared) {
    return new Txn(List.of(new Txn.Compare(key, compared)), List.of(new Txn.Write.Delete(key)));
  }

  private Outcome commit(Txn txn) {
    return get(store().commit(List.of(txn))).getFirst();
  }

  private long committed(Txn txn) {
    assertThat(commit(txn)).isInstanceOf(Outcome.Committed.class);
    return revisionOf(commit(new Txn(List.of(), List.of())));
  }

  private static long revisionOf(Outcome outcome) {
    return ((Outcome.Committed) outcome).revision();
  }

  private Optional<Entry> read(String key) {
    Outcome.Rejected read = (Outcome.Rejected) commit(new Txn(List.of(new Txn.Compare(key, -1)), List.of()));
    return read.current().get(key);
  }

  private long now() {
    return get(store().list(List.of(root()))).revision();
  }

  @Test
  void put_createsWhatWasAbsentAndKeepsItsCreateRevision() {
    long first = revisionOf(commit(put(key("a"), 0, "1")));
    long second = revisionOf(commit(put(key("a"), first, "2")));

    assertThat(second).isGreaterThan(first);
    assertThat(read(key("a"))).contains(new Entry(key("a"), text("2"), first, second, 0));
  }

  @Test
  void put_isRejectedWithTheCurrentEntriesWhenACompareFails() {
    long first = revisionOf(commit(put(key("a"), 0, "1")));

    Outcome outcome =
        commit(
            new Txn(
                List.of(new Txn.Compare(key("a"), 0), new Txn.Compare(key("b"), 0)),
                List.of(new Txn.Write.Put(key("b"), text("x"), 0))));

    assertThat(outcome)
        .isInstanceOfSatisfying(
            Outcome.Rejected.class,
            rejected -> {
              assertThat(rejected.current().get(key("a"))).contains(new Entry(key("a"), text("1"), first, first, 0));
              assertThat(rejected.current().get(key("b"))).isEmpty();
              assertThat(rejected.revision()).isGreaterThanOrEqualTo(first);
            });
    assertThat(read(key("b"))).isEmpty();
  }

  @Test
  void delete_makesTheNextPutANewCreation() {
    long first = committed(put(key("a"), 0, "1"));
    committed(delete(key("a"), first));

    long again = revisionOf(commit(put(key("a"), 0, "2")));

    assertThat(read(key("a")).orElseThrow().createRevision()).isEqualTo(again);
  }

  @Test
  void delete_ofAnAbsentKeyChangesNothing() {
    long before = now();

    assertThat(commit(delete(key("a"), 0))).isInstanceOf(Outcome.Committed.class);

    assertThat(now()).isEqualTo(before);
  }

  @Test
  void batch_hasOneRevisionAndAnOutcomeForEach() {
    long known = revisionOf(commit(put(key("known"), 0, "1")));

    List<Outcome> outcomes =
        get(
            store()
                .commit(
                    List.of(
                        put(key("a"), 0, "a"),
                        put(key("known"), known + 1, "2"),
                        put(key("b"), 0, "b"),
                        new Txn(List.of(new Txn.Compare(key("known"), known)), List.of()))));

    assertThat(outcomes.get(0)).isEqualTo(outcomes.get(2)).isEqualTo(outcomes.get(3)).isInstanceOf(Outcome.Committed.class);
    assertThat(outcomes.get(1)).isInstanceOf(Outcome.Rejected.class);
    assertThat(read(key("a")).orElseThrow().modRevision()).isEqualTo(revisionOf(outcomes.getFirst()));
    assertThat(read(key("b")).orElseThrow().modRevision()).isEqualTo(revisionOf(outcomes.getFirst()));
    assertThat(read(key("known")).orElseThrow().value()).isEqualTo(text("1"));
  }

  @Test
  void batch_decidesEachTransactionBeforeAnyIsWritten() {
    List<Outcome> outcomes =
        get(
            store()
                .commit(
                    List.of(
                        put(key("a"), 0, "1"),
                        new Txn(
                            List.of(new Txn.Compare(key("a"), 0), new Txn.Compare(key("b"), 0)),
                            List.of(new Txn.Write.Put(key("b"), text("2"), 0))))));

    assertThat(outcomes).allSatisfy(outcome -> assertThat(outcome).isInstanceOf(Outcome.Committed.class));
  }

  @Test
  void batch_ofTheLargestSizeIsCommitted() {
    List<Txn> batch = IntStream.range(0, 120).mapToObj(i -> put(key("k" + i), 0, "v")).toList();

    assertThat(get(store().commit(batch))).hasSize(120).doesNotHaveAnyElementsOfTypes(Outcome.Unknown.class, Outcome.Invalid.class);
    assertThat(get(store().list(List.of(root()))).entries()).hasSize(120);
  }

  @Test
  void batch_isInvalidWithTooManyOperations() {
    List<Txn> batch = IntStream.range(0, 128).mapToObj(i -> put(key("k" + i), 0, "v")).toList();

    assertThat(get(store().commit(batch))).hasSize(128).hasOnlyElementsOfType(Outcome.Invalid.class);
    assertThat(get(store().list(List.of(root()))).entries()).isEmpty();
  }

  @Test
  void batch_isInvalidWhenTwoWriteAKey() {
    assertThat(get(store().commit(List.of(put(key("a"), 0, "1"), put(key("a"), 5, "2")))))
        .hasOnlyElementsOfType(Outcome.Invalid.class);
  }

  @Test
  void put_isInvalidOnALeaseThatIsGone() {
    long lease = get(store().grantLease(Duration.ofSeconds(60)));
    get(store().revokeLease(lease));

    List<Outcome> outcomes = get(store().commit(List.of(put(key("a"), 0, "1", lease), put(key("b"), 0, "2"))));

    assertThat(outcomes)
        .allSatisfy(
            outcome ->
                assertThat(outcome)
                    .isInstanceOfSatisfying(
                        Outcome.Invalid.class, invalid -> assertThat(invalid.cause()).isInstanceOf(LeaseGoneException.class)));
    assertThat(read(key("b"))).isEmpty();
  }

  @Test
  void list_readsDisjointRangesAtOneRevision() {
    committed(put(key("x/1"), 0, "1"));
    committed(put(key("y/1"), 0, "2"));
    long last = committed(put(key("z/1"), 0, "3"));

    Snapshot snapshot = get(store().list(List.of(key("x/"), key("z/"))));

    assertThat(snapshot.revision()).isEqualTo(last);
    assertThat(snapshot.entries()).extracting(Entry::key).containsExactlyInAnyOrder(key("x/1"), key("z/1"));
  }

  @Test
  void list_readsMoreThanAPage() {
    for (int page = 0; page < 21; page++) {
      int from = page * 100;
      get(store().commit(IntStream.range(from, from + 100).mapToObj(i -> put(key("p/" + i), 0, "v")).toList()));
    }

    assertThat(get(store().list(List.of(key("p/")))).entries()).hasSize(2_100).extracting(Entry::key).doesNotHaveDuplicates();
  }

  /** More ranges than begin in one request, of which one is longer than its part of it. */
  @Test
  void list_readsManyRangesOfWhichOneIsLong() {
    List<String> ranges = IntStream.range(0, 70).mapToObj(i -> key("r" + i + "/")).toList();
    get(store().commit(IntStream.range(0, 70).mapToObj(i -> put(ranges.get(i) + "first", 0, "v")).toList()));
    get(store().commit(IntStream.range(0, 100).mapToObj(i -> put(ranges.get(40) + i, 0, "v")).toList()));

    assertThat(get(store().list(ranges)).entries()).hasSize(170).extracting(Entry::key).doesNotHaveDuplicates();
  }

  @Test
  void watch_tellsEveryChangeAfterTheRevisionInOrder() {
    long before = committed(put(key("before"), 0, "0"));
    long missed = revisionOf(commit(put(key("a"), 0, "1")));
    Recorder recorder = new Recorder();
    try (Store.Watch watch = store().watch(root(), before, recorder)) {
      long deleted = revisionOf(commit(delete(key("a"), missed)));
      long last = revisionOf(commit(put(key("b"), 0, "2")));

      await().atMost(60, SECONDS).untilAsserted(() -> assertThat(recorder.changes).hasSize(3));
      assertThat(recorder.changes)
          .containsExactly(
              new Change.Written(new Entry(key("a"), text("1"), missed, missed, 0)),
              new Change.Deleted(key("a"), deleted),
              new Change.Written(new Entry(key("b"), text("2"), last, last, 0)));
    }
  }

  @Test
  void watch_neverSplitsARevision() {
    Recorder recorder = new Recorder();
    try (Store.Watch watch = store().watch(root(), now(), recorder)) {
      for (int round = 0; round < 20; round++) {
        int number = round;
        get(store().commit(IntStream.range(0, 100).mapToObj(i -> put(key(number + "-" + i), 0, "v")).toList()));
      }
      await().atMost(60, SECONDS).untilAsserted(() -> assertThat(recorder.changes).hasSize(2_000));
    }
    List<Long> lasts = new ArrayList<>();
    recorder.batches.forEach(batch -> lasts.add(batch.getLast().revision()));
    List<Long> firsts = new ArrayList<>();
    recorder.batches.forEach(batch -> firsts.add(batch.getFirst().revision()));
    for (int i = 1; i < lasts.size(); i++) {
      assertThat(firsts.get(i)).isGreaterThan(lasts.get(i - 1));
    }
  }

  @Test
  void watch_tellsNothingOfOtherPrefixesNorAfterItIsClosed() {
    Recorder recorder = new Recorder();
    Recorder other = new Recorder();
    Store.Watch watch = store().watch(key("mine/"), now(), recorder);
    try (Store.Watch all = store().watch(root(), now(), other)) {
      committed(put(key("mine2/a"), 0, "1"));
      committed(put(key("mine/a"), 0, "1"));
      await().atMost(60, SECONDS).untilAsserted(() -> assertThat(recorder.changes).hasSize(1));
      watch.close();
      committed(put(key("mine/b"), 0, "1"));
      await().atMost(60, SECONDS).untilAsserted(() -> assertThat(other.changes).hasSize(3));
    }
    assertThat(recorder.changes).hasSize(1);
    assertThat(recorder.broken).isNotDone();
  }

  @Test
  void watch_breaksWhenTheChangesAreCompacted() {
    long first = committed(put(key("a"), 0, "1"));
    long second = committed(put(key("a"), first, "2"));
    long third = committed(put(key("a"), second, "3"));
    compact(third);
    Recorder recorder = new Recorder();

    try (Store.Watch watch = store().watch(root(), first, recorder)) {
      await().atMost(60, SECONDS).until(recorder.broken::isDone);
    }

    assertThat(recorder.broken.join()).isInstanceOf(CompactedException.class);
    assertThat(recorder.changes).isEmpty();
  }

  /** etcd forgets a delete that is compacted, and would begin there in silence. */
  @Test
  void watch_neverSkipsADeleteThatIsCompacted() {
    long first = committed(put(key("a"), 0, "1"));
    long second = committed(delete(key("a"), first));
    compact(second);
    Recorder recorder = new Recorder();

    try (Store.Watch watch = store().watch(root(), first, recorder)) {
      await().atMost(60, SECONDS).until(recorder.broken::isDone);
    }

    assertThat(recorder.broken.join()).isInstanceOf(CompactedException.class);
  }

  @Test
  void watch_beginsAfterACompactedRevision() {
    long first = committed(put(key("a"), 0, "1"));
    long second = committed(put(key("a"), first, "2"));
    compact(second);
    Recorder recorder = new Recorder();

    try (Store.Watch watch = store().watch(root(), second, recorder)) {
      long third = committed(put(key("a"), second, "3"));
      await().atMost(60, SECONDS).until(() -> !recorder.changes.isEmpty());
      assertThat(recorder.changes).extracting(Change::revision).containsExactly(third);
    }
    assertThat(recorder.broken).isNotDone();
  }

  @Test
  void lease_deletesItsKeysWithOneRevisionWhenItEnds() {
    Duration ttl = Duration.ofSeconds(1);
    long lease = get(store().grantLease(ttl));
    long before = committed(put(key("free"), 0, "0"));
    assertThat(commit(put(key("a"), 0, "1", lease))).isInstanceOf(Outcome.Committed.class);
    assertThat(commit(put(key("b"), 0, "2", lease))).isInstanceOf(Outcome.Committed.class);
    assertThat(read(key("a")).orElseThrow().lease()).isEqualTo(lease);
    Recorder recorder = new Recorder();
    try (Store.Watch watch = store().watch(root(), before, recorder)) {
      pass(ttl);
      await().atMost(60, SECONDS).untilAsserted(() -> assertThat(recorder.changes).hasSize(4));
    }
    assertThat(recorder.changes.get(2)).isInstanceOf(Change.Deleted.class);
    assertThat(recorder.changes.get(2).revision()).isEqualTo(recorder.changes.get(3).revision());
    assertThat(get(store().keepAlive(lease))).isEmpty();
    assertThat(read(key("free"))).isPresent();
  }

  @Test
  void lease_isKeptAliveAndRevoked() {
    long lease = get(store().grantLease(Duration.ofSeconds(5)));
    assertThat(commit(put(key("a"), 0, "1", lease))).isInstanceOf(Outcome.Committed.class);

    assertThat(get(store().keepAlive(lease))).contains(Duration.ofSeconds(5));
    get(store().revokeLease(lease));
    get(store().revokeLease(lease));

    assertThat(get(store().keepAlive(lease))).isEmpty();
    assertThat(read(key("a"))).isEmpty();
  }

  @Test
  void lease_letsGoOfAKeyThatIsWrittenWithoutIt() {
    long lease = get(store().grantLease(Duration.ofSeconds(5)));
    long first = revisionOf(commit(put(key("a"), 0, "1", lease)));
    assertThat(commit(put(key("a"), first, "2"))).isInstanceOf(Outcome.Committed.class);

    get(store().revokeLease(lease));

    assertThat(read(key("a")).orElseThrow().lease()).isZero();
  }
}
