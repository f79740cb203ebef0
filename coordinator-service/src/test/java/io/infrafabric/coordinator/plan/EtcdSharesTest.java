package io.infrafabric.coordinator.plan;

import io.infrafabric.testkit.Backends;

/** Fair shares over etcd. */
class EtcdSharesTest extends SharesContract {
  @Override
  PlanFixture open() {
    return new PlanFixture(Backends.etcdStore(), Backends.freshKeys());
  }
}
