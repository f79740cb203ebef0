package io.infrafabric.coordinator.plan;

import io.infrafabric.testkit.Backends;

/** Mappings and reductions over etcd. */
class EtcdMappingTest extends MappingContract {
  @Override
  PlanFixture open() {
    return new PlanFixture(Backends.etcdStore(), Backends.freshKeys());
  }
}
