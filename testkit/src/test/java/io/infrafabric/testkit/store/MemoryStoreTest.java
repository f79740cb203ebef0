package io.infrafabric.testkit.store;

import io.infrafabric.kit.store.Store;
import java.time.Duration;

/** The contract on the store in memory. */
class MemoryStoreTest extends StoreContract {
  private final MemoryStore store = new MemoryStore();

  @Override
  Store store() {
    return store;
  }

  @Override
  String root() {
    return "/root/";
  }

  @Override
  void compact(long revision) {
    store.compact(revision);
  }

  @Override
  void pass(Duration ttl) {
    store.advance(ttl);
  }
}
