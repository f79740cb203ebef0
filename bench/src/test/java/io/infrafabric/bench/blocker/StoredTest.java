package io.infrafabric.bench.blocker;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.infrafabric.kit.etcd.EtcdStore;
import io.infrafabric.kit.store.Outcome;
import io.infrafabric.kit.store.Txn;
import io.infrafabric.names.BlockerId;
import io.infrafabric.names.Ids;
import io.infrafabric.names.Keys;
import io.infrafabric.names.TaskId;
import io.infrafabric.testkit.Backends;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class StoredTest {
  private static void put(EtcdStore store, String key) {
    Txn txn = new Txn(List.of(new Txn.Compare(key, 0)), List.of(new Txn.Write.Put(key, ByteString.EMPTY, 0)));
    while (store.commit(List.of(txn)).join().getFirst() instanceof Outcome.Unknown) {
      // the machine is busy: it is written once, whatever becomes of the tries
    }
  }

  @Test
  void blockerAndItsHelp_areSeenInTheOrderInWhichTheyAreStored() throws Exception {
    Keys keys = new Keys();
    BlockerId blocker = new BlockerId("b-" + Ids.ulid(System.currentTimeMillis()));
    TaskId help = new TaskId(blocker + "-h1");
    try (EtcdStore store = Backends.etcdStore();
        Stored stored = new Stored(Backends.etcd())) {
      long begin = System.nanoTime();
      put(store, keys.blocker(blocker));
      long seen = stored.when(blocker).get(60, TimeUnit.SECONDS);
      CompletableFuture<Long> made = stored.when(help);
      assertThat(made).isNotDone();
      put(store, keys.task(help));
      assertThat(made.get(60, TimeUnit.SECONDS)).isGreaterThan(seen);
      assertThat(seen).isGreaterThan(begin);
    }
  }
}
