package io.infrafabric.governor.budget;

import io.infrafabric.coordinator.v1.Claimed;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskRecord;
import io.infrafabric.kit.store.Entry;
import io.infrafabric.kit.store.RecordShape;
import java.util.Optional;

/**
 * A claim that is held, as the record of its task says: a parked one is held, too.
 *
 * @param fence the revision that made the claim, or the one that a newer session has inherited it with
 */
record HeldClaim(String swarm, String claim, long fence) {

  /** The claim by which a task is held; empty when nobody holds it. */
  static Optional<HeldClaim> of(Entry task) {
    return RecordShape.read(task, TaskRecord.parser()).flatMap(record -> of(record.getTask(), task.modRevision()));
  }

  private static Optional<HeldClaim> of(Task task, long revision) {
    Optional<Claimed> claim =
        switch (task.getStateCase()) {
          case CLAIMED -> Optional.of(task.getClaimed());
          case PARKED -> Optional.of(task.getParked().getClaim());
          case WAITING, READY, COMPLETED, FAILED, CANCELLED, QUARANTINED, STATE_NOT_SET -> Optional.empty();
        };
    // The version that a fence comes from cannot hold it: it is that version's own revision. Every later one does.
    return claim.map(held -> new HeldClaim(held.getSwarmId(), held.getClaimId(), held.getFence() == 0 ? revision : held.getFence()));
  }
}
