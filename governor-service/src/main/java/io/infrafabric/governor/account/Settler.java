package io.infrafabric.governor.account;

import io.infrafabric.coordinator.v1.CommitmentsRecord;
import io.infrafabric.governor.books.Books;
import io.infrafabric.governor.books.Changed;
import io.infrafabric.governor.books.ReplicaBooks;
import io.infrafabric.governor.books.Ruling;
import io.infrafabric.governor.spend.Spend;
import io.infrafabric.governor.spend.SpendRules;
import io.infrafabric.names.SwarmId;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Books what is due, one transaction a swarm at a time; what ends meanwhile goes into the next one. It may be asked as often
 * as anybody likes, and any number of settlers may work on the same store.
 */
public final class Settler {
  private static final Logger log = LoggerFactory.getLogger(Settler.class);

  private final ReplicaBooks books;
  private final Supplier<SettlementLimits> limits;
  private final InstantSource clock;
  private final Executor executor;
  private final BiConsumer<Books, Settled> told;
  private final Set<SwarmId> underWay = ConcurrentHashMap.newKeySet();

  /**
   * @param limits as they are at each booking
   * @param executor where bookings are told; may block
   * @param told hears of the books after every booking of this settler, at most once: whoever must know for certain reads
   *     the standing
   */
  Settler(ReplicaBooks books, Supplier<SettlementLimits> limits, InstantSource clock, Executor executor, BiConsumer<Books, Settled> told) {
    this.books = books;
    this.limits = limits;
    this.clock = clock;
    this.executor = executor;
    this.told = told;
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
        .book(swarm, SpendRules.slot(clock.instant()), this::rule, this::spends)
        .handle((changed, failure) -> finish(swarm, changed, failure))
        .thenCompose(count -> count == 0 ? CompletableFuture.completedFuture(0) : settle(swarm).thenApply(more -> count + more));
  }

  /** Looks at every swarm with commitments: what no message and no change told of. */
  void runOnce() {
    books.committed().forEach(this::settle);
  }

  /** Looks at the store itself first: for a message that knows more than the copy here. */
  CompletableFuture<Integer> settleAfterRefresh(SwarmId swarm) {
    return books.refresh(swarm).thenCompose(done -> settle(swarm));
  }

  /** What the claims that are due may cost before somebody waits for them to be booked; empty when somebody does, as far as it is known here. */
  OptionalLong mayLinger(SwarmId swarm) {
    return books
        .get(swarm)
        .map(known -> SettlementRules.mayLinger(known, books.account(known.account().getParentId()), books.commitments(swarm), limits.get()))
        .orElse(OptionalLong.empty());
  }

  /** Whether there is anything to book, as far as it is known here. */
  boolean isDue(SwarmId swarm) {
    CommitmentsRecord commitments = books.commitments(swarm);
    return commitments.getCommitmentsCount() > 0
        && books.get(swarm).filter(known -> SettlementRules.isDue(known.standing(), commitments)).isPresent();
  }

  private Ruling<Settled> rule(Optional<Books> known, CommitmentsRecord commitments) {
    return known
        .map(found -> SettlementRules.settle(found, commitments, limits.get(), clock.instant()))
        .orElseGet(() -> new Ruling.Keep<>(null, Settled.NOTHING));
  }

  /** What was booked, each at the price of whoever did the work: of a helper that is known here, or else of this swarm. */
  private List<Spend> spends(Books after, Settled settled) {
    long reference = limits.get().referenceMicrosPerHour();
    return settled.ended().stream()
        .map(line -> SpendRules.of(line, books.standing(line.getHelperSwarmId()).orElse(after.standing()), reference))
        .toList();
  }

  private int finish(SwarmId swarm, Changed<Settled> changed, Throwable failure) {
    underWay.remove(swarm);
    if (failure != null) {
      log.atWarn().addKeyValue("swarm", swarm.value()).addKeyValue("cause", failure.toString()).log("not booked, tried again at the next look");
      return 0;
    }
    int count = changed.answer().bookings().size();
    if (count > 0) {
      executor.execute(() -> told.accept(changed.books(), changed.answer()));
    }
    return count;
  }
}
