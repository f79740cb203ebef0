package io.infrafabric.kit.etcd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.grpc.Status;
import io.infrafabric.kit.store.Change;
import io.infrafabric.kit.store.CompactedException;
import io.infrafabric.kit.store.Entry;
import io.infrafabric.kit.store.Outcome;
import io.infrafabric.kit.store.Store;
import io.infrafabric.kit.store.Txn;
import io.infrafabric.local.EtcdServer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Compaction, defragmentation and the alarm of a real etcd that has a small quota. */
class EtcdUpkeepTest {
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final long QUOTA = 8L << 20;
  private static final int VALUE_BYTES = 300_000;
  private static final String KEY = "/t/key";

  private final Random random = new Random(11);
  @TempDir Path folder;
  private EtcdServer etcd;
  private EtcdStore store;
  private Client client;

  @BeforeEach
  void start() {
    etcd = EtcdServer.in(folder).quota(QUOTA);
    etcd.start();
    EtcdSettings d = EtcdSettings.of(List.of(etcd.address()));
    store = new EtcdStore(new EtcdSettings(d.endpoints(), SOON, d.progressEvery(), SOON, d.pageSize())); // a slow disk is no outage
    client = Client.builder().endpoints(etcd.address()).build();
  }

  @AfterEach
  void stop() {
    client.close();
    store.close();
    etcd.close();
  }

  private Outcome write() {
    byte[] value = new byte[VALUE_BYTES];
    random.nextBytes(value);
    return write("/t/", KEY, value);
  }

  /**
   * A plain write, such as other programs make; the code with which it is refused. The store's own are transactions inside one, whose
   * size etcd's quota does not see.
   */
  private Optional<Status.Code> put() {
    byte[] value = new byte[VALUE_BYTES];
    random.nextBytes(value);
    try {
      client.getKVClient().put(ByteSequence.from("/p/key".getBytes(StandardCharsets.UTF_8)), ByteSequence.from(value)).get(SOON.toSeconds(), TimeUnit.SECONDS);
      return Optional.empty();
    } catch (ExecutionException refused) {
      return Optional.of(EtcdFailures.code(refused));
    } catch (InterruptedException | TimeoutException late) {
      throw new AssertionError(late);
    }
  }

  private void small() {
    assertThat(write("/s/", "/s/key", new byte[1])).isInstanceOf(Outcome.Committed.class);
  }

  private Outcome write(String prefix, String key, byte[] value) {
    long seen = store.list(List.of(prefix)).join().entries().stream().mapToLong(Entry::modRevision).findFirst().orElse(0);
    Txn txn = new Txn(List.of(new Txn.Compare(key, seen)), List.of(new Txn.Write.Put(key, ByteString.copyFrom(value), 0)));
    return store.commit(List.of(txn)).join().getFirst();
  }

  private long written() {
    assertThat(write()).isInstanceOf(Outcome.Committed.class);
    return entry().modRevision();
  }

  private Entry entry() {
    return store.list(List.of("/t/")).join().entries().getFirst();
  }

  /** What a watch from after a revision begins with: a change, or its end. */
  private Object firstOf(long afterRevision) throws Exception {
    CompletableFuture<Object> first = new CompletableFuture<>();
    Store.WatchListener listener =
        new Store.WatchListener() {
          @Override
          public void onChanges(List<Change> changes) {
            first.complete(changes.getFirst());
          }

          @Override
          public void onBroken(Throwable reason) {
            first.complete(reason);
          }
        };
    try (Store.Watch watch = store.watch("/t/", afterRevision, listener)) {
      return first.get(SOON.toSeconds(), TimeUnit.SECONDS);
    }
  }

  @Test
  void compaction_forgetsOldVersions_andKeepsTheNewest() throws Exception {
    long first = written();
    for (int i = 0; i < 10; i++) {
      written();
    }
    Entry newest = entry();
    assertThat(firstOf(first)).isInstanceOf(Change.class);
    long used = store.space().join().usedBytes();
    assertThat(used).isGreaterThan(10L * VALUE_BYTES);
    assertThat(store.space().join().revision()).isEqualTo(newest.modRevision());

    store.compact(newest.modRevision()).join();
    store.compact(newest.modRevision()).join();
    store.compact(first).join(); // done before, and further

    assertThat(firstOf(first - 1)).isInstanceOf(CompactedException.class);
    assertThat(entry()).isEqualTo(newest);
    await()
        .atMost(SOON)
        .untilAsserted(
            () -> {
              small(); // etcd counts what a compaction has left free with the next write
              assertThat(store.space().join().usedBytes()).isLessThan(used / 2);
            });
    assertThat(written()).isGreaterThan(newest.modRevision());
  }

  @Test
  void defragmentation_givesSpaceBack_andLiftsTheAlarm() {
    written();
    for (int puts = 0; put().isEmpty(); puts++) {
      assertThat(puts * (long) VALUE_BYTES).as("bytes that it took").isLessThan(4 * QUOTA);
    }
    assertThat(store.space().join().alarm()).as("etcd takes no writes any more").isTrue();
    long size = store.space().join().sizeBytes();
    assertThat(size).isGreaterThan(QUOTA / 2);

    Entry newest = entry();
    store.compact(store.space().join().revision()).join();
    assertThat(store.space().join().sizeBytes()).as("the file does not shrink by itself").isGreaterThanOrEqualTo(size);
    assertThat(put()).as("the alarm stands until it is lifted").contains(Status.Code.RESOURCE_EXHAUSTED);
    await()
        .atMost(SOON)
        .untilAsserted(
            () -> {
              store.defragment().join(); // again, while the compaction goes on
              assertThat(store.space().join().sizeBytes()).isLessThan(size / 2);
            });
    assertThat(store.space().join().alarm()).isFalse();
    assertThat(entry()).isEqualTo(newest);
    assertThat(put()).isEmpty();
    assertThat(written()).isGreaterThan(newest.modRevision());
  }
}
