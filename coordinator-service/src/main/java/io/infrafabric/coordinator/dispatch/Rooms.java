package io.infrafabric.coordinator.dispatch;

import io.infrafabric.coordinator.claim.Admission;
import io.infrafabric.coordinator.claim.ClaimRules;
import io.infrafabric.coordinator.commitment.CommitmentRules;
import io.infrafabric.coordinator.record.Records;
import io.infrafabric.coordinator.task.ReadyTask;
import io.infrafabric.kit.store.Entry;
import io.infrafabric.kit.store.Replica;
import io.infrafabric.names.SwarmId;
import java.util.HashMap;
import java.util.Map;

/**
 * How much each swarm can still take. What is parsed of a swarm's records is kept until one of them changes, because a pass
 * looks at the same swarms again and again. Used by one thread.
 */
final class Rooms {
  private static final int MOST = 20_000;

  private final Replica replica;
  private final Records records;
  private final OfferBook book;
  private final Map<SwarmId, Room> rooms = new HashMap<>();
  private long pass;

  private static final class Room {
    Admission admission;
    long session;
    long standing;
    long commitments;
    int capacity;
    int free;
    long pass = -1;
  }

  Rooms(Replica replica, Records records, OfferBook book) {
    this.replica = replica;
    this.records = records;
    this.book = book;
  }

  /** From here on every swarm is looked at anew. */
  void beginPass() {
    pass++;
    if (rooms.size() > MOST) {
      rooms.clear();
    }
  }

  /** Whether the swarm is alive and could take one more. */
  boolean free(SwarmId swarm) {
    return room(swarm).free > 0;
  }

  /** Whether a claim of this task would be admitted. */
  boolean admits(SwarmId swarm, ReadyTask task) {
    Admission admission = room(swarm).admission;
    return ClaimRules.admit(task.spec(), admission.standing().orElseThrow(), admission.commitments()).isEmpty();
  }

  /** One more is offered to the swarm. */
  void take(SwarmId swarm) {
    room(swarm).free--;
  }

  private Room room(SwarmId swarm) {
    Room room = rooms.computeIfAbsent(swarm, s -> new Room());
    if (room.pass != pass) {
      room.pass = pass;
      look(swarm, room);
      room.free = room.capacity - book.outstanding(swarm);
    }
    return room;
  }

  private void look(SwarmId swarm, Room room) {
    long session = revision(records.keys().session(swarm));
    long standing = revision(records.keys().standing(swarm));
    long commitments = revision(records.keys().commitments(swarm));
    if (room.admission != null && session == room.session && standing == room.standing && commitments == room.commitments) {
      return;
    }
    room.session = session;
    room.standing = standing;
    room.commitments = commitments;
    room.admission = records.admission(replica, swarm);
    room.capacity = capacity(room.admission);
  }

  private static int capacity(Admission admission) {
    if (admission.session().isEmpty() || admission.standing().isEmpty()) {
      return 0;
    }
    return ClaimRules.capacity(admission.standing().get()) - CommitmentRules.open(admission.commitments());
  }

  private long revision(String key) {
    return replica.get(key).map(Entry::modRevision).orElse(0L);
  }
}
