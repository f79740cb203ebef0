package io.infrafabric.governor;

import io.infrafabric.kit.store.Store;
import io.infrafabric.testkit.store.MemoryStore;

/** The governor over the store in memory. */
class MemoryGovernorServiceTest extends GovernorServiceTest {
  private final MemoryStore store = new MemoryStore();

  @Override
  Store store() {
    return store;
  }
}
