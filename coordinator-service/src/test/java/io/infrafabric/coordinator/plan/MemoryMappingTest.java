package io.infrafabric.coordinator.plan;

import io.infrafabric.names.Keys;
import io.infrafabric.testkit.store.MemoryStore;

/** Mappings and reductions over the store in memory. */
class MemoryMappingTest extends MappingContract {
  @Override
  PlanFixture open() {
    return new PlanFixture(new MemoryStore(), new Keys());
  }
}
