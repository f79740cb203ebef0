package io.infrafabric.coordinator.claim;

import io.infrafabric.coordinator.record.Records;
import io.infrafabric.coordinator.session.SessionRules;
import io.infrafabric.coordinator.task.TaskIndex;
import io.infrafabric.coordinator.v1.SessionRecord;
import io.infrafabric.kit.store.Replica;
import io.infrafabric.names.SwarmId;
import io.infrafabric.names.TaskId;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;

/**
 * Takes back the claims of sessions that have ended. The transaction compares the session too, so that a claim of a live one
 * is never taken; every replica looks, the elected one at once and the others only at what is left over.
 */
public final class Expiry {
  private static final Duration DEFERENCE = Duration.ofSeconds(2);

  private final Replica replica;
  private final Records records;
  private final TaskIndex index;
  private final Claims claims;
  private final BooleanSupplier elected;
  private final Map<TaskId, Instant> orphaned = new ConcurrentHashMap<>();
  private final Set<TaskId> underWay = ConcurrentHashMap.newKeySet();

  public Expiry(Replica replica, Records records, TaskIndex index, Claims claims, BooleanSupplier elected) {
    this.replica = replica;
    this.records = records;
    this.index = index;
    this.claims = claims;
    this.elected = elected;
  }

  /** Looks at every claim; answers how many it began to take back. */
  public int runOnce(Instant now) {
    int taken = 0;
    Set<TaskId> seen = ConcurrentHashMap.newKeySet();
    for (SwarmId swarm : index.holders()) {
      Optional<SessionRecord> session = records.session(replica, swarm);
      long revision = records.sessionRevision(replica, swarm);
      for (Map.Entry<TaskId, TaskIndex.Held> claim : index.heldBy(swarm).entrySet()) {
        if (SessionRules.covers(session, revision, claim.getValue().sessionRevision())) {
          continue;
        }
        TaskId task = claim.getKey();
        seen.add(task);
        Instant since = orphaned.computeIfAbsent(task, t -> now);
        if ((elected.getAsBoolean() || !since.plus(DEFERENCE).isAfter(now)) && underWay.add(task)) {
          taken++;
          claims
              .lose(new EndDecision.Report("", task, swarm, claim.getValue().fence()))
              .whenComplete((result, failure) -> underWay.remove(task));
        }
      }
    }
    orphaned.keySet().retainAll(seen);
    return taken;
  }
}
