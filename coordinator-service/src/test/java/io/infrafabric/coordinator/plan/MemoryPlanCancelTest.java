package io.infrafabric.coordinator.plan;

import io.infrafabric.names.Keys;
import io.infrafabric.testkit.store.MemoryStore;

/** Cancellations of plans over the store in memory. */
class MemoryPlanCancelTest extends PlanCancelContract {
  @Override
  PlanFixture open() {
    return new PlanFixture(new MemoryStore(), new Keys());
  }
}
