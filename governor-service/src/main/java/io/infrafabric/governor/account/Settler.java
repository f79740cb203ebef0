package io.infrafabric.governor.account;

import io.infrafabric.coordinator.v1.CommitmentsRecord;
import io.infrafabric.governor.books.Books;
import io.infrafabric.governor.books.Changed;
import io.infrafabric.governor.books.ReplicaBooks;
import io.infrafabric.governor.books.Ruling;
import io.infrafabric.names.SwarmId;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Books what is due, one transaction a swarm at a time; what ends meanwhile goes into the next one. It may be rung as often
 * as anybody likes, and any number of settlers may work on the same store.
 */
public final class Settler {
  private static final Logger log = LoggerFactory.getLogger(Settler.class);

  private final ReplicaBooks books;
  private final int failureThreshold;
  private final InstantSource clock;
  private final Executor executor;
  private final Consumer<List<Booking>> booked;
  private final Set<SwarmId> rung = ConcurrentHashMap.newKeySet();
  private final Set<SwarmId> underWay = ConcurrentHashMap.newKeySet();

  /**
   * @param failureThreshold failures in a row that open the breaker
   * @param executor where rings are answered and bookings are told; may block
   * @param booked hears of every booking of this settler, at least once unless the process ends
   */
  Settler(ReplicaBooks books, int failureThreshold, InstantSource clock, Executor executor, Consumer<List<Booking>> booked) {
    this.books = books;
    this.failureThreshold = failureThreshold;
    this.clock = clock;
    this.executor = executor;
    this.booked = booked;
  }

  /**
   * Books what is due for the swarm, as far as it is known here.
   *
   * @return the number of claims booked; 0 when nothing is due or this settler is at it already
   */
  public CompletableFuture<Integer> settle(SwarmId swarm) {
    if (!isDue(swarm) || !underWay.add(swarm)) {
      return CompletableFuture.completedFuture(0);
    }
    return books
        .changeWithCommitments(swarm, this::rule)
        .handle((changed, failure) -> finish(swarm, changed, failure))
        .thenCompose(count -> count == 0 ? CompletableFuture.completedFuture(0) : settle(swarm).thenApply(more -> count + more));
  }

  /** Settles soon, on another thread; rung twice before that, it looks once. */
  void ring(SwarmId swarm) {
    if (rung.add(swarm)) {
      executor.execute(
          () -> {
            rung.remove(swarm);
            settle(swarm);
          });
    }
  }

  /** Looks at every swarm with commitments: what no message and no change told of. */
  void runOnce() {
    books.committed().forEach(this::settle);
  }

  /** Looks at the store itself first: for a message that knows more than the copy here. */
  CompletableFuture<Integer> settleAfterRefresh(SwarmId swarm) {
    return books.refresh(swarm).thenCompose(done -> settle(swarm));
  }

  private boolean isDue(SwarmId swarm) {
    CommitmentsRecord commitments = books.commitments(swarm);
    return commitments.getCommitmentsCount() > 0
        && books.get(swarm).filter(known -> SettlementRules.isDue(known.standing(), commitments)).isPresent();
  }

  private Ruling<List<Booking>> rule(Optional<Books> known, CommitmentsRecord commitments) {
    return known
        .map(found -> SettlementRules.settle(found, commitments, failureThreshold, clock.instant()))
        .orElseGet(() -> new Ruling.Keep<>(null, List.of()));
  }

  private int finish(SwarmId swarm, Changed<List<Booking>> changed, Throwable failure) {
    underWay.remove(swarm);
    if (failure != null) {
      log.atWarn().addKeyValue("swarm", swarm.value()).addKeyValue("cause", failure.toString()).log("not booked, tried again at the next look");
      return 0;
    }
    List<Booking> bookings = changed.answer();
    if (!bookings.isEmpty()) {
      executor.execute(() -> booked.accept(bookings));
    }
    return bookings.size();
  }
}
