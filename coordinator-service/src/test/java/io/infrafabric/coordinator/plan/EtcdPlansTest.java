package io.infrafabric.coordinator.plan;

import io.infrafabric.testkit.Backends;

/** Plans over etcd. */
class EtcdPlansTest extends PlansContract {
  @Override
  PlanFixture open() {
    return new PlanFixture(Backends.etcdStore(), Backends.freshKeys());
  }
}
