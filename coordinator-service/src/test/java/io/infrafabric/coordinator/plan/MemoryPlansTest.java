package io.infrafabric.coordinator.plan;

import io.infrafabric.names.Keys;
import io.infrafabric.testkit.store.MemoryStore;

/** Plans over the store in memory. */
class MemoryPlansTest extends PlansContract {
  @Override
  PlanFixture open() {
    return new PlanFixture(new MemoryStore(), new Keys());
  }
}
