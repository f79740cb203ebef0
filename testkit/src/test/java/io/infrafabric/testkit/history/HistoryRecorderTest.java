package io.infrafabric.testkit.history;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.infrafabric.kit.etcd.EtcdSettings;
import io.infrafabric.kit.etcd.EtcdStore;
import io.infrafabric.kit.store.Outcome;
import io.infrafabric.kit.store.Store;
import io.infrafabric.kit.store.Txn;
import io.infrafabric.local.EtcdServer;
import io.infrafabric.names.Keys;
import io.infrafabric.testkit.Backends;
import io.infrafabric.testkit.store.MemoryStore;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

class HistoryRecorderTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private final HistoryJudge judge = new HistoryJudge(new Keys());

  private static long write(Store store, String key, long compared) {
    Txn txn = new Txn(List.of(new Txn.Compare(key, compared)), List.of(new Txn.Write.Put(key, ByteString.EMPTY, 0)));
    return ((Outcome.Committed) store.commit(List.of(txn)).join().getFirst()).revision();
  }

  @Test
  void history_isWholeThoughItIsCompactedBehindTheJudge() {
    MemoryStore store = new MemoryStore();
    try (HistoryRecorder recorder = HistoryRecorder.start(store, judge)) {
      long revision = 0;
      for (int i = 0; i < 50; i++) {
        revision = write(store, "/k", revision);
        store.compact(recorder.seen());
      }
      recorder.finish(PATIENCE);
      assertThat(recorder.missed()).isEmpty();
      assertThat(recorder.seen()).isEqualTo(store.revision());
    }
  }

  @Test
  void history_isVoidWhenSomethingWasCompactedBefore() {
    MemoryStore store = new MemoryStore();
    store.compact(write(store, "/k", write(store, "/k", 0)));
    try (HistoryRecorder recorder = HistoryRecorder.start(store, judge)) {
      recorder.finish(PATIENCE);
      assertThat(recorder.missed()).hasValueSatisfying(why -> assertThat(why).contains("compacted"));
    }
  }

  @Test
  void history_isWholeThoughEtcdIsKilled() {
    try (EtcdServer server = Backends.ownEtcd();
        EtcdStore store = new EtcdStore(EtcdSettings.of(List.of(server.address())));
        HistoryRecorder recorder = HistoryRecorder.start(store, judge)) {
      Txn before = new Txn(List.of(new Txn.Compare("/before", 0)), List.of(new Txn.Write.Put("/before", ByteString.EMPTY, 0)));
      Awaitility.await().atMost(PATIENCE).until(() -> !(store.commit(List.of(before)).join().getFirst() instanceof Outcome.Unknown));
      server.kill();
      server.start();
      recorder.finish(PATIENCE);
      assertThat(recorder.missed()).isEmpty();
      assertThat(recorder.seen()).isGreaterThanOrEqualTo(3);
    }
  }
}
