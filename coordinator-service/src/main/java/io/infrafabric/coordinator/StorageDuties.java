package io.infrafabric.coordinator;

import io.infrafabric.coordinator.archive.Archiver;
import io.infrafabric.coordinator.record.Records;
import io.infrafabric.coordinator.relay.Published;
import io.infrafabric.coordinator.storage.Compactor;
import io.infrafabric.coordinator.storage.StorageGuard;
import io.infrafabric.coordinator.storage.WitnessHold;
import io.infrafabric.kit.lifecycle.Lifecycle;
import io.infrafabric.kit.lifecycle.Periodic;
import io.infrafabric.kit.store.Election;
import io.infrafabric.kit.store.Replica;
import io.infrafabric.kit.store.Store;
import io.infrafabric.kit.telemetry.Telemetry;
import java.time.Duration;
import java.time.InstantSource;

/** What keeps etcd small: its size is watched, its past forgotten, and ended tasks leave it. */
final class StorageDuties {
  private StorageDuties() {}

  /** Opens the loops, each of which is closed with the lifecycle. */
  static void start(
      CoordinatorConfig config,
      Lifecycle lifecycle,
      Store store,
      Replica replica,
      Records records,
      StorageGuard room,
      Archiver archiver,
      Election duty,
      Telemetry telemetry,
      InstantSource clock) {
    telemetry.metrics().gauge("if.etcd.used_bytes", "Bytes of etcd's database in use", () -> room.status().getUsedBytes());
    telemetry.metrics().gauge("if.etcd.level", "1: open, 2: no submits, 3: no claims", () -> room.status().getLevelValue());
    telemetry.metrics().gauge("if.archive.waiting", "Ended tasks in etcd", archiver::waiting);
    WitnessHold witness = WitnessHold.of(replica, records.keys(), config.storage().witnessPatience());
    Compactor compactor =
        new Compactor(store.upkeep(), config.storage(), room::isShort, duty::isLeader, new Published(replica, records.keys())::revision, witness);
    lifecycle.add("room", Periodic.start("room", config.storage().look(), () -> room.runOnce(clock.instant())));
    lifecycle.add("compactor", Periodic.start("compactor", config.storage().look(), () -> compactor.runOnce(clock.instant())));
    lifecycle.add("archiver", Periodic.start("archiver", Duration.ofSeconds(1), () -> archiver.runOnce(clock.instant())));
  }
}
