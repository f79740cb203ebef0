package io.infrafabric.coordinator.plan;

import io.infrafabric.testkit.Backends;

/** Cancellations of plans over etcd. */
class EtcdPlanCancelTest extends PlanCancelContract {
  @Override
  PlanFixture open() {
    return new PlanFixture(Backends.etcdStore(), Backends.freshKeys());
  }
}
