package io.infrafabric.coordinator.claim;

import io.infrafabric.coordinator.duty.Deference;
import io.infrafabric.coordinator.duty.Outstanding;
import io.infrafabric.coordinator.record.Records;
import io.infrafabric.coordinator.session.SessionRules;
import io.infrafabric.coordinator.task.TaskIndex;
import io.infrafabric.coordinator.v1.SessionRecord;
import io.infrafabric.kit.store.Replica;
import io.infrafabric.names.SwarmId;
import io.infrafabric.names.TaskId;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * Takes back the claims of sessions that have ended. The transaction compares the session too, so that a claim of a live one
 * is never taken; every replica looks, the elected one at once and the others only at what is left over.
 */
public final class Expiry {
  private final Replica replica;
  private final Records records;
  private final TaskIndex index;
  private final Claims claims;
  private final Outstanding orphans;

  public Expiry(Replica replica, Records records, TaskIndex index, Claims claims, BooleanSupplier elected) {
    this.replica = replica;
    this.records = records;
    this.index = index;
    this.claims = claims;
    this.orphans = new Outstanding(new Deference(elected));
  }

  /** Looks at every claim; answers how many it began to take back. */
  public int runOnce(Instant now) {
    Map<TaskId, Supplier<? extends CompletionStage<?>>> steps = new HashMap<>();
    for (SwarmId swarm : index.holders()) {
      Optional<SessionRecord> session = records.session(replica, swarm);
      long revision = records.sessionRevision(replica, swarm);
      index
          .heldBy(swarm)
          .forEach(
              (task, held) -> {
                if (!SessionRules.covers(session, revision, held.sessionRevision())) {
                  steps.put(task, () -> claims.lose(new EndDecision.Report("", task, swarm, held.fence())));
                }
              });
    }
    return orphans.begin(steps, now);
  }
}
