package io.infrafabric.coordinator.dispatch;

import io.infrafabric.coordinator.claim.Admission;
import io.infrafabric.coordinator.record.Records;
import io.infrafabric.coordinator.task.PushRules;
import io.infrafabric.coordinator.task.ReadyTask;
import io.infrafabric.coordinator.task.StoredTask;
import io.infrafabric.coordinator.task.TaskIndex;
import io.infrafabric.kit.lifecycle.Lifecycle;
import io.infrafabric.kit.lifecycle.Periodic;
import io.infrafabric.kit.store.Replica;
import io.infrafabric.names.SwarmId;
import io.infrafabric.names.TaskId;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;

/**
 * Frees tasks that are kept for a swarm which could not claim them any more: its session ended, its breaker opened, it was unregistered, or it
 * has no room. The transaction compares what says so, so that no good offer is ended; every replica looks, the elected one at once and the
 * others at what is left over.
 */
public final class OfferExpiry {
  private static final Duration DEFERENCE = Duration.ofSeconds(2);

  private final Replica replica;
  private final Records records;
  private final TaskIndex index;
  private final BooleanSupplier elected;
  private final InstantSource clock;
  private final Map<TaskId, Instant> inVain = new HashMap<>();
  private final Set<TaskId> underWay = ConcurrentHashMap.newKeySet();

  public OfferExpiry(Replica replica, Records records, TaskIndex index, BooleanSupplier elected, InstantSource clock) {
    this.replica = replica;
    this.records = records;
    this.index = index;
    this.elected = elected;
    this.clock = clock;
  }

  /** Looks now and again, and when something has changed that offers depend on; to be called before the copy is ready. */
  public void start(Lifecycle lifecycle) {
    Periodic loop =
        lifecycle.add("offer-expiry", Periodic.start("offer-expiry", Duration.ofMillis(200), Duration.ofMillis(5), () -> runOnce(clock.instant())));
    for (String prefix : List.of(records.keys().sessions(), records.keys().standings())) {
      replica.onChange(
          prefix,
          (key, before, after) -> {
            if (!index.pushed().isEmpty()) {
              loop.wakeUp();
            }
          });
    }
  }

  /** Looks at every task that is kept for a swarm; answers how many it began to free. */
  public int runOnce(Instant now) {
    int begun = 0;
    Set<TaskId> seen = new HashSet<>();
    Map<SwarmId, Admission> swarms = new HashMap<>(); // many tasks may be kept for one
    for (ReadyTask kept : index.pushed()) {
      if (!kept.isPushed(now) || !isInVain(kept, swarms)) {
        continue;
      }
      TaskId id = kept.id();
      seen.add(id);
      Instant since = inVain.computeIfAbsent(id, task -> now);
      if ((elected.getAsBoolean() || !since.plus(DEFERENCE).isAfter(now)) && underWay.add(id)) {
        begun++;
        replica.decide(new FreeDecision(records, id, kept.push(), clock)).whenComplete((done, failure) -> underWay.remove(id));
      }
    }
    inVain.keySet().retainAll(seen);
    return begun;
  }

  private boolean isInVain(ReadyTask kept, Map<SwarmId, Admission> swarms) {
    Admission swarm = swarms.computeIfAbsent(new SwarmId(kept.push().getSwarmId()), id -> records.admission(replica, id));
    return records.task(replica, kept.id()).map(StoredTask::task).flatMap(task -> PushRules.overBefore(task, swarm)).isPresent();
  }
}
