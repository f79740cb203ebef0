package io.infrafabric.coordinator.dispatch;

import io.infrafabric.coordinator.claim.Admission;
import io.infrafabric.coordinator.claim.Askers;
import io.infrafabric.coordinator.claim.ClaimRules;
import io.infrafabric.coordinator.claim.ReadyAdmission;
import io.infrafabric.coordinator.commitment.CommitmentRules;
import io.infrafabric.coordinator.record.Records;
import io.infrafabric.coordinator.task.ReadyTask;
import io.infrafabric.kit.store.Replica;
import io.infrafabric.names.Keys;
import io.infrafabric.names.SwarmId;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * How much each swarm can still take. What is known of a swarm is kept until the copy tells of a change of its records, because
 * passes look at the same swarms again and again. Used by one thread.
 */
final class Rooms {
  private static final int MOST = 20_000;

  private final Replica replica;
  private final Records records;
  private final OfferBook book;
  private final Askers askers;
  private final Map<SwarmId, Room> rooms = new HashMap<>();
  /** Swarms whose records have changed since the last pass; filled by the copy's thread. */
  private final Set<SwarmId> changed = ConcurrentHashMap.newKeySet();

  private volatile boolean policyMoved;

  private record Room(Admission admission, int capacity) {}

  Rooms(Replica replica, Records records, OfferBook book, Askers askers) {
    this.replica = replica;
    this.records = records;
    this.book = book;
    this.askers = askers;
    replica.onChange(records.keys().policies(), (key, before, after) -> policyMoved = true);
    for (String prefix : List.of(records.keys().sessions(), records.keys().standings(), records.keys().commitments())) {
      replica.onChange(prefix, (key, before, after) -> changed.add(new SwarmId(Keys.idOf(key))));
    }
  }

  /** From here on swarms that changed are looked at anew. */
  void beginPass() {
    Iterator<SwarmId> each = changed.iterator();
    while (each.hasNext()) {
      SwarmId swarm = each.next();
      each.remove(); // before it is forgotten: what changes from here on is told again
      rooms.remove(swarm);
    }
    if (rooms.size() > MOST || policyMoved) {
      policyMoved = false; // before they are forgotten: what moves from here on is told again
      rooms.clear();
    }
  }

  /** Whether the swarm is alive, could take one more, and will not ask for it by itself. */
  boolean free(SwarmId swarm) {
    return room(swarm).capacity > book.outstanding(swarm) && !askers.isAboutToAsk(swarm);
  }

  /** Whether the swarm is alive, could take a filler, and has nothing else to look at. */
  boolean idle(SwarmId swarm) {
    return room(swarm).capacity > 0 && book.outstanding(swarm) == 0 && !askers.isAboutToAsk(swarm);
  }

  /** Whether a claim of this task would be admitted. */
  boolean admits(SwarmId swarm, ReadyTask task) {
    return ReadyAdmission.admits(records, replica, task, room(swarm).admission);
  }

  private Room room(SwarmId swarm) {
    return rooms.computeIfAbsent(
        swarm,
        unknown -> {
          Admission admission = records.admission(replica, swarm);
          return new Room(admission, capacity(admission));
        });
  }

  private static int capacity(Admission admission) {
    if (!admission.isOffered()) {
      return 0;
    }
    return ClaimRules.capacity(admission.standing().get()) - CommitmentRules.atWork(admission.commitments());
  }
}
