package io.infrafabric.coordinator.dispatch;

import io.infrafabric.coordinator.task.ReadyTask;
import io.infrafabric.coordinator.task.Requirement;
import io.infrafabric.coordinator.task.TaskIndex;
import io.infrafabric.names.SwarmId;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The fillers of a plan for a swarm that a blocker has stopped in it: as long as there is one for it, it is not rung for what has nothing to do with
 * that plan (O3). Used by one thread.
 */
final class StoppedFillers {
  /** Fillers of a kind that are looked at for one that nobody is rung for. */
  private static final int LOOKS = 64;

  private final TaskIndex index;
  private final OfferBook book;
  private final Rooms rooms;
  private final int fanOut;
  /** Of this pass. */
  private final Map<SwarmId, Boolean> waiting = new HashMap<>();

  StoppedFillers(TaskIndex index, OfferBook book, Rooms rooms, int fanOut) {
    this.index = index;
    this.book = book;
    this.rooms = rooms;
    this.fanOut = fanOut;
  }

  /** From here on what was rung for since is gone. */
  void beginPass() {
    waiting.clear();
  }

  /** Whether a filler goes before this task for the swarm. */
  boolean goBefore(ReadyTask task, SwarmId swarm, Instant now) {
    Set<String> plans = index.blocked().plansOf(swarm);
    return !plans.isEmpty()
        && index.blocked().orderOf(swarm).isAfterFillers(task)
        && waiting.computeIfAbsent(swarm, each -> next(each, now).isPresent());
  }

  /** A filler for a swarm that has room and is stopped. */
  Optional<ReadyTask> next(SwarmId swarm, Instant now) {
    for (String plan : index.blocked().plansOf(swarm)) {
      for (Requirement kind : index.kinds().fillersOf(plan)) {
        int looks = 0;
        for (ReadyTask filler : index.readyOf(kind)) {
          boolean free = !book.isRinging(filler) && book.mayRing(filler, fanOut, now) && !book.tried(filler).contains(swarm);
          if (free && rooms.admits(swarm, filler)) {
            return Optional.of(filler);
          }
          if (++looks == LOOKS) {
            break;
          }
        }
      }
    }
    return Optional.empty();
  }
}
