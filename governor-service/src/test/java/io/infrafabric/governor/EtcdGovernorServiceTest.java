package io.infrafabric.governor;

import io.infrafabric.kit.etcd.EtcdSettings;
import io.infrafabric.kit.etcd.EtcdStore;
import io.infrafabric.kit.store.Store;
import io.infrafabric.local.EtcdServer;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** The governor over a real etcd. */
class EtcdGovernorServiceTest extends GovernorServiceTest {
  @TempDir private static Path folder;

  private static EtcdServer etcd;
  private static EtcdStore store;

  @BeforeAll
  static void startEtcd() {
    etcd = EtcdServer.in(folder);
    etcd.start();
    store = new EtcdStore(EtcdSettings.of(List.of(etcd.address())));
  }

  @AfterAll
  static void stopEtcd() {
    store.close();
    etcd.close();
  }

  @Override
  Store store() {
    return store;
  }
}
