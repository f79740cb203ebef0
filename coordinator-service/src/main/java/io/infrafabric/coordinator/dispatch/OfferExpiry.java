package io.infrafabric.coordinator.dispatch;

import io.infrafabric.coordinator.claim.Admission;
import io.infrafabric.coordinator.duty.Deference;
import io.infrafabric.coordinator.duty.Outstanding;
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
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * Frees tasks that are kept for a swarm which could not claim them any more: its session ended, its breaker opened, it was unregistered, or it
 * has no room. The transaction compares what says so, so that no good offer is ended; every replica looks, the elected one at once and the
 * others at what is left over.
 */
public final class OfferExpiry {
  private final Replica replica;
  private final Records records;
  private final TaskIndex index;
  private final InstantSource clock;
  private final Outstanding inVain;

  public OfferExpiry(Replica replica, Records records, TaskIndex index, BooleanSupplier elected, InstantSource clock) {
    this.replica = replica;
    this.records = records;
    this.index = index;
    this.clock = clock;
    this.inVain = new Outstanding(new Deference(elected));
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
    Map<TaskId, Supplier<? extends CompletionStage<?>>> steps = new HashMap<>();
    Map<SwarmId, Admission> swarms = new HashMap<>(); // many tasks may be kept for one
    for (ReadyTask kept : index.pushed()) {
      if (kept.isPushed(now) && isInVain(kept, swarms)) {
        steps.put(kept.id(), () -> replica.decide(new FreeDecision(records, kept.id(), kept.push(), clock)));
      }
    }
    return inVain.begin(steps, now);
  }

  private boolean isInVain(ReadyTask kept, Map<SwarmId, Admission> swarms) {
    Admission swarm = swarms.computeIfAbsent(new SwarmId(kept.push().getSwarmId()), id -> records.admission(replica, id));
    return records.task(replica, kept.id()).map(StoredTask::task).flatMap(task -> PushRules.overBefore(task, swarm)).isPresent();
  }
}
