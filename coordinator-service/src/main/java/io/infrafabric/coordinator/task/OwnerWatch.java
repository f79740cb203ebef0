package io.infrafabric.coordinator.task;

import io.infrafabric.coordinator.record.Records;
import io.infrafabric.coordinator.v1.Ownership;
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
 * Gives ready tasks to anyone when none of their owners has had a session for too long. How long is measured by the elected coordinator; another
 * one that takes over measures anew.
 */
public final class OwnerWatch {
  private static final Duration EVERY = Duration.ofSeconds(1);

  /** Tasks of one kind that are given away in one pass. */
  private static final int MOST = 500;

  private final Replica replica;
  private final Records records;
  private final TaskIndex index;
  private final Duration patience;
  private final BooleanSupplier elected;
  private final InstantSource clock;
  private final Map<SwarmId, Instant> absentSince = new HashMap<>();
  private final Set<TaskId> underWay = ConcurrentHashMap.newKeySet();

  /**
   * @param patience how long none of the owners may have a session
   */
  public OwnerWatch(Replica replica, Records records, TaskIndex index, Duration patience, BooleanSupplier elected, InstantSource clock) {
    this.replica = replica;
    this.records = records;
    this.index = index;
    this.patience = patience;
    this.elected = elected;
    this.clock = clock;
  }

  /** Begins to look. */
  public void start(Lifecycle lifecycle) {
    lifecycle.add("owners", Periodic.start("owners", EVERY, () -> runOnce(clock.instant())));
  }

  /** One look at the owners of ready tasks; answers how many tasks it began to give away. */
  public int runOnce(Instant now) {
    Set<SwarmId> seen = new HashSet<>();
    int given = 0;
    for (Requirement requirement : index.requirements()) {
      List<SwarmId> owners = requirement.owners().stream().map(SwarmId::new).toList();
      seen.addAll(owners);
      boolean gone = !owners.isEmpty();
      for (SwarmId owner : owners) {
        gone &= isGone(owner, now);
      }
      if (gone && elected.getAsBoolean()) {
        given += give(requirement, owners);
      }
    }
    absentSince.keySet().retainAll(seen);
    return given;
  }

  private boolean isGone(SwarmId owner, Instant now) {
    if (records.session(replica, owner).isPresent()) {
      absentSince.remove(owner);
      return false;
    }
    return !absentSince.computeIfAbsent(owner, first -> now).plus(patience).isAfter(now);
  }

  private int give(Requirement requirement, List<SwarmId> owners) {
    String who = owners.size() == 1 ? "its owner " + owners.getFirst() + " has not" : "none of its owners has";
    Ownership anyone = Ownership.newBuilder().setPrincipal("fabric").setReason(who + " had a session for " + patience).build();
    int given = 0;
    for (ReadyTask task : index.readyOf(requirement)) {
      if (given == MOST) {
        break;
      }
      if (underWay.add(task.id())) {
        given++;
        replica
            .decide(new ReassignDecision(records, task.id(), anyone, Set.copyOf(owners), clock))
            .whenComplete((done, failure) -> underWay.remove(task.id()));
      }
    }
    return given;
  }
}
