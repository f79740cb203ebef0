package io.infrafabric.governor;

import io.infrafabric.kit.etcd.EtcdStore;
import io.infrafabric.kit.store.Store;
import io.infrafabric.testkit.Backends;
import io.infrafabric.testkit.Closing;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** Manifests over a real etcd. */
class EtcdManifestServiceTest extends ManifestServiceTest {
  private static EtcdStore store;

  @BeforeAll
  static void connect() {
    store = Backends.etcdStore();
  }

  @AfterAll
  static void disconnect() throws Exception {
    Closing.each(store);
  }

  @Override
  Store store() {
    return store;
  }
}
