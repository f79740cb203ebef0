package io.infrafabric.testkit.history;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.infrafabric.kit.etcd.EtcdSettings;
import io.infrafabric.kit.etcd.EtcdStore;
import io.infrafabric.kit.store.Change;
import io.infrafabric.kit.store.Outcome;
import io.infrafabric.kit.store.Store;
import io.infrafabric.kit.store.Txn;
import io.infrafabric.local.EtcdServer;
import io.infrafabric.testkit.Backends;
import io.infrafabric.testkit.store.ForwardingStore;
import io.infrafabric.testkit.store.MemoryStore;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

class EtcdHistoryTest {
  private static final String ROOT = "/h/";

  private static long put(Store store, String key, long compared, String value) {
    return commit(store, key, compared, new Txn.Write.Put(key, ByteString.copyFromUtf8(value), 0));
  }

  private static long commit(Store store, String key, long compared, Txn.Write write) {
    Txn txn = new Txn(List.of(new Txn.Compare(key, compared)), List.of(write));
    return ((Outcome.Committed) store.commit(List.of(txn)).join().getFirst()).revision();
  }

  private static void readsEveryVersion(Store store) {
    long first = put(store, ROOT + "a", 0, "1");
    put(store, "/other/a", 0, "x");
    long second = put(store, ROOT + "a", first, "2");
    long third = commit(store, ROOT + "a", second, new Txn.Write.Delete(ROOT + "a"));

    List<Version> history = EtcdHistory.read(store, ROOT);

    assertThat(history).extracting(Version::revision).containsExactly(first, second, third);
    assertThat(history).extracting(version -> version.value().map(ByteString::toStringUtf8).orElse("-")).containsExactly("1", "2", "-");
  }

  @Test
  void read_ofEtcdReturnsEveryVersion() {
    try (EtcdServer etcd = Backends.ownEtcd();
        EtcdStore store = new EtcdStore(EtcdSettings.of(List.of(etcd.address())))) {
      readsEveryVersion(store);
    }
  }

  @Test
  void read_ofMemoryReturnsEveryVersion() {
    readsEveryVersion(new MemoryStore());
  }

  @Test
  void read_beginsWithWhatIsNotCompacted() {
    MemoryStore store = new MemoryStore();
    long first = put(store, ROOT + "a", 0, "1");
    long second = put(store, ROOT + "a", first, "2");
    long third = put(store, ROOT + "a", second, "3");
    store.compact(second);

    assertThat(EtcdHistory.read(store, ROOT)).extracting(Version::revision).containsExactly(third);
  }

  @Test
  void read_goesOnWhereAWatchBroke() {
    MemoryStore memory = new MemoryStore();
    long revision = put(memory, ROOT + "a", 0, "0");
    List<Long> all = new ArrayList<>(List.of(revision));
    for (int i = 1; i < 5; i++) {
      revision = put(memory, ROOT + "a", revision, "" + i);
      all.add(revision);
    }
    assertThat(EtcdHistory.read(new BreakingStore(memory), ROOT)).extracting(Version::revision).containsExactlyElementsOf(all);
  }

  /** Every watch breaks after its first answer, and of that only the first change gets through. */
  private static final class BreakingStore extends ForwardingStore {
    BreakingStore(Store inner) {
      super(inner);
    }

    @Override
    public Watch watch(String prefix, long afterRevision, WatchListener listener) {
      return super.watch(
          prefix,
          afterRevision,
          new WatchListener() {
            private boolean broken;

            @Override
            public void onChanges(List<Change> changes) {
              if (!broken) {
                broken = true;
                listener.onChanges(changes.subList(0, 1));
                listener.onBroken(new TimeoutException("nothing was heard"));
              }
            }

            @Override
            public void onBroken(Throwable reason) {
              listener.onBroken(reason);
            }
          });
    }
  }
}
