package io.infrafabric.testkit.store;

import io.etcd.jetcd.Client;
import io.infrafabric.kit.etcd.EtcdStore;
import io.infrafabric.kit.store.Store;
import io.infrafabric.testkit.Backends;
import io.infrafabric.testkit.Closing;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** The contract on etcd. */
class EtcdStoreTest extends StoreContract {
  private static EtcdStore store;

  private final String root = Backends.freshKeys().root();

  @BeforeAll
  static void connect() {
    store = Backends.etcdStore();
  }

  @AfterAll
  static void close() throws Exception {
    Closing.each(store);
  }

  @Override
  Store store() {
    return store;
  }

  @Override
  String root() {
    return root;
  }

  @Override
  void compact(long revision) {
    try (Client client = Client.builder().endpoints(Backends.etcd()).build()) {
      get(client.getKVClient().compact(revision));
    }
  }

  @Override
  void pass(Duration ttl) {
    // Real time passes; the test waits for the deletes.
  }
}
