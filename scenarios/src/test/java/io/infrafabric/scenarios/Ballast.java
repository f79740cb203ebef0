package io.infrafabric.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import io.infrafabric.kit.etcd.EtcdSettings;
import io.infrafabric.kit.etcd.EtcdStore;
import io.infrafabric.kit.store.Outcome;
import io.infrafabric.kit.store.Txn;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;

/** What fills etcd beside the fabric, under keys that the fabric does not know: to be thrown out again. */
final class Ballast implements AutoCloseable {
  /** As large as the records of tasks, so that it fits where those have been. */
  private static final int PIECE_BYTES = 60_000;

  private static final int BATCH = 16;
  private static final Duration SOON = Duration.ofSeconds(60);

  private final EtcdStore etcd;
  private final Random random = new Random(11);
  private final Map<String, Long> pieces = new LinkedHashMap<>();

  Ballast(RunningFabric fabric) {
    etcd = new EtcdStore(EtcdSettings.of(List.of(fabric.fabric().etcd().address())));
  }

  /** Fills etcd until so many bytes are in use, and not much more. */
  void fillTo(long bytes) {
    for (long left = bytes - settled(); left > 0; left = bytes - settled()) {
      put((int) Math.max(1, left / PIECE_BYTES));
    }
  }

  /** Bytes in use when nothing is on its way any more: what etcd has taken it tells of a tenth of a second later. */
  private long settled() {
    AtomicLong last = new AtomicLong(-1);
    await().atMost(SOON).pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(250)).until(() -> last.get() == last.updateAndGet(before -> used()));
    return last.get();
  }

  private long used() {
    return etcd.upkeep().space().join().usedBytes();
  }

  private void put(int count) {
    for (int from = 0; from < count; from += BATCH) {
      List<Txn> batch = new ArrayList<>();
      for (int i = from; i < Math.min(count, from + BATCH); i++) {
        byte[] content = new byte[PIECE_BYTES];
        random.nextBytes(content);
        String key = "/ballast/" + (pieces.size() + batch.size());
        batch.add(new Txn(List.of(new Txn.Compare(key, 0)), List.of(new Txn.Write.Put(key, ByteString.copyFrom(content), 0))));
      }
      long revision = committed(batch);
      batch.forEach(txn -> pieces.put(txn.writes().getFirst().key(), revision));
    }
  }

  /** Throws all of it out; there is room once etcd has been compacted. */
  void drop() {
    List<Txn> all =
        pieces.entrySet().stream()
            .map(piece -> new Txn(List.of(new Txn.Compare(piece.getKey(), piece.getValue())), List.of(new Txn.Write.Delete(piece.getKey()))))
            .toList();
    for (int from = 0; from < all.size(); from += BATCH) {
      committed(all.subList(from, Math.min(all.size(), from + BATCH)));
    }
    pieces.clear();
  }

  private long committed(List<Txn> batch) {
    List<Outcome> outcomes = etcd.commit(batch).join();
    assertThat(outcomes).allMatch(outcome -> outcome instanceof Outcome.Committed);
    return ((Outcome.Committed) outcomes.getFirst()).revision();
  }

  @Override
  public void close() {
    etcd.close();
  }
}
