package io.infrafabric.coordinator.dispatch;

import io.infrafabric.coordinator.plan.FairShare;
import io.infrafabric.coordinator.task.ReadyTask;
import io.infrafabric.names.SwarmId;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;

/** Shares of equal tasks in what is offered: what a swarm is rung for counts as if it had it. Used by one thread. */
final class OfferShares {
  private final FairShare shares;
  private final OfferBook book;
  /** How the pools stand in this pass. */
  private final Map<String, FairShare.Division> divisions = new HashMap<>();

  OfferShares(FairShare shares, OfferBook book) {
    this.shares = shares;
    this.book = book;
  }

  /** From here on what was taken since is counted. */
  void beginPass() {
    divisions.clear();
    shares.tidy();
  }

  /** Whether the swarm's share leaves it room for the task. */
  boolean admits(SwarmId swarm, ReadyTask task) {
    if (!task.requirement().isShared()) {
      return true;
    }
    FairShare.Division division = division(task);
    return book.isRinging(task) ? division.mayTakeInstead(swarm) : division.mayTake(swarm);
  }

  /** Counts an offer that is about to be made. */
  void give(SwarmId swarm, ReadyTask task) {
    if (!task.requirement().isShared()) {
      return;
    }
    FairShare.Division division = division(task);
    if (book.isRinging(task)) {
      division.giveInstead(swarm);
    } else {
      division.give(swarm);
    }
  }

  private FairShare.Division division(ReadyTask task) {
    FairShare.Division known = divisions.get(task.requirement().pool());
    if (known != null) {
      return known;
    }
    FairShare.Division division = shares.divide(task);
    book.forEachRinging(
        (other, swarms) -> {
          if (other.requirement().isShared() && other.requirement().pool().equals(task.requirement().pool())) {
            Iterator<SwarmId> each = swarms.iterator();
            division.give(each.next());
            each.forEachRemaining(division::giveInstead);
          }
        });
    divisions.put(task.requirement().pool(), division);
    return division;
  }
}
