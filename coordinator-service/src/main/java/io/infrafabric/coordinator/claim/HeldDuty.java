package io.infrafabric.coordinator.claim;

import io.infrafabric.coordinator.duty.Deference;
import io.infrafabric.coordinator.duty.Outstanding;
import io.infrafabric.coordinator.record.Records;
import io.infrafabric.coordinator.session.SessionRules;
import io.infrafabric.coordinator.task.StoredTask;
import io.infrafabric.coordinator.task.TaskIndex;
import io.infrafabric.coordinator.task.TaskStates;
import io.infrafabric.coordinator.v1.Claimed;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.governor.v1.BreakerState;
import io.infrafabric.governor.v1.OpenClaims;
import io.infrafabric.governor.v1.Standing;
import io.infrafabric.kit.lifecycle.Lifecycle;
import io.infrafabric.kit.lifecycle.Periodic;
import io.infrafabric.kit.store.Entry;
import io.infrafabric.kit.store.Replica;
import io.infrafabric.kit.store.ReplicaListener;
import io.infrafabric.kit.telemetry.StepSpan;
import io.infrafabric.kit.telemetry.Traces;
import io.infrafabric.names.Keys;
import io.infrafabric.names.SwarmId;
import io.infrafabric.names.TaskId;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * Sees to what swarms hold whose breakers open and close: lets it go on, parks it or takes it back, as the policy says. What has to be done shows in
 * the records until it is done, so that a replica that is killed leaves it to the next one; every replica looks, the elected one at once and the
 * others only at what is left over.
 */
public final class HeldDuty implements ReplicaListener {
  private final Replica replica;
  private final Records records;
  private final TaskIndex index;
  private final Claims claims;
  private final Traces traces;
  private final InstantSource clock;
  private final Outstanding outstanding;
  private final Set<SwarmId> touched = ConcurrentHashMap.newKeySet();
  /** Swarms of which a breaker is not closed. Of the loop alone. */
  private final Set<SwarmId> stopped = new HashSet<>();

  public HeldDuty(Replica replica, Records records, TaskIndex index, Claims claims, Traces traces, BooleanSupplier elected, InstantSource clock) {
    this.replica = replica;
    this.records = records;
    this.index = index;
    this.claims = claims;
    this.traces = traces;
    this.clock = clock;
    this.outstanding = new Outstanding(new Deference(elected));
  }

  /** Looks now and again, and when a standing has changed. */
  public void start(Lifecycle lifecycle) {
    Periodic loop = lifecycle.add("held", Periodic.start("held", Duration.ofMillis(500), Duration.ofMillis(5), () -> runOnce(clock.instant())));
    replica.onChange(
        records.keys().standings(),
        (key, before, after) -> {
          onChange(key, before, after);
          loop.wakeUp();
        });
  }

  @Override
  public void onChange(String key, Optional<Entry> before, Optional<Entry> after) {
    touched.add(new SwarmId(Keys.idOf(key)));
  }

  /** Looks at what stopped swarms hold; answers of how many tasks it began to do something about. */
  public int runOnce(Instant now) {
    for (SwarmId swarm : touched) {
      touched.remove(swarm);
      if (records.standing(replica, swarm).filter(HeldDuty::isStopped).isPresent()) {
        stopped.add(swarm);
      } else {
        stopped.remove(swarm);
      }
    }
    Map<TaskId, Supplier<? extends CompletionStage<?>>> steps = new HashMap<>();
    if (records.policy(replica).breaker().openClaims() != OpenClaims.OPEN_CLAIMS_FINISH) {
      stopped.forEach(swarm -> index.heldBy(swarm).keySet().forEach(task -> look(swarm, task, steps)));
    }
    index.stopped().holders().forEach(swarm -> index.stopped().of(swarm).forEach(task -> look(swarm, task, steps)));
    return outstanding.begin(steps, now);
  }

  private static boolean isStopped(Standing standing) {
    return standing.getStopsCount() > 0 || standing.getBreaker() != BreakerState.BREAKER_STATE_CLOSED;
  }

  private void look(SwarmId swarm, TaskId id, Map<TaskId, Supplier<? extends CompletionStage<?>>> steps) {
    Optional<Task> task = records.task(replica, id).map(StoredTask::task);
    Optional<Claimed> claim = task.flatMap(TaskStates::claim).filter(held -> held.getSwarmId().equals(swarm.value()));
    if (claim.isEmpty()) {
      return;
    }
    boolean lives = SessionRules.covers(records.session(replica, swarm), records.sessionRevision(replica, swarm), claim.get().getSessionRevision());
    switch (HeldRules.next(task.get(), records.standing(replica, swarm), lives, records.policy(replica).breaker())) {
      case HeldRules.Next.Park park -> steps.put(id, () -> change(id, swarm, "park"));
      case HeldRules.Next.Resume resume -> steps.put(id, () -> change(id, swarm, "resume"));
      case HeldRules.Next.Revoke(String why) -> steps.put(id, () -> claims.revoke(new EndDecision.Report("", id, swarm, claim.get().getFence()), why));
      case HeldRules.Next.Rest rest -> {}
    }
  }

  private CompletionStage<?> change(TaskId task, SwarmId swarm, String what) {
    StepSpan span = traces.internal(what);
    return replica.decide(new HeldDecision(records, task, swarm, span, clock)).whenComplete((done, failure) -> span.end(failure));
  }
}
