package io.infrafabric.coordinator.plan;

import io.infrafabric.names.Keys;
import io.infrafabric.testkit.store.MemoryStore;

/** Fair shares over the store in memory. */
class MemorySharesTest extends SharesContract {
  @Override
  PlanFixture open() {
    return new PlanFixture(new MemoryStore(), new Keys());
  }
}
