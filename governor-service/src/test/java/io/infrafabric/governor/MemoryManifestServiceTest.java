package io.infrafabric.governor;

import io.infrafabric.kit.store.Store;
import io.infrafabric.testkit.store.MemoryStore;

/** Manifests over the store in memory. */
class MemoryManifestServiceTest extends ManifestServiceTest {
  private final MemoryStore store = new MemoryStore();

  @Override
  Store store() {
    return store;
  }
}
