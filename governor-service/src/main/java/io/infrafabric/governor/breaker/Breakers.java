package io.infrafabric.governor.breaker;

import io.infrafabric.error.Refusal;
import io.infrafabric.governor.books.Books;
import io.infrafabric.governor.books.ReplicaBooks;
import io.infrafabric.governor.books.Ruling;
import io.infrafabric.governor.books.Unregistered;
import io.infrafabric.governor.input.Findings;
import io.infrafabric.governor.v1.GetBreakerRequest;
import io.infrafabric.governor.v1.GetBreakerResponse;
import io.infrafabric.governor.v1.ListBreakersRequest;
import io.infrafabric.governor.v1.ListBreakersResponse;
import io.infrafabric.governor.v1.ResetRequest;
import io.infrafabric.governor.v1.ResetResponse;
import io.infrafabric.governor.v1.TripRequest;
import io.infrafabric.governor.v1.TripResponse;
import io.infrafabric.kit.store.Replica;
import io.infrafabric.names.Keys;
import io.infrafabric.names.SwarmId;
import io.infrafabric.policy.BreakerPolicy;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;

/** Opens and closes breakers by hand, and tells of them. Failures are {@link io.infrafabric.error.RefusedException}s. */
public final class Breakers {
  private final ReplicaBooks books;
  private final Supplier<BreakerPolicy> policy;
  private final InstantSource clock;
  private final BreakerFeed feed = new BreakerFeed();

  /**
   * @param policy the one in force, asked when a breaker is opened
   */
  public Breakers(ReplicaBooks books, Supplier<BreakerPolicy> policy, InstantSource clock) {
    this.books = books;
    this.policy = policy;
    this.clock = clock;
  }

  /** The same, which also tells those who watch of each change in the replica from now on. */
  public Breakers follow(Replica replica, Keys keys) {
    replica.onChange(keys.breakers(), (key, before, after) -> feed.changed(Keys.idOf(key)));
    return this;
  }

  /** Opens a breaker; one that is open stays as it is. */
  public CompletableFuture<TripResponse> trip(TripRequest request) {
    Optional<Refusal> refusal = BreakerRules.validate(request);
    if (refusal.isPresent()) {
      return CompletableFuture.failedFuture(refusal.get().asException());
    }
    SwarmId swarm = new SwarmId(request.getSwarmId());
    // Looks at the store first: an open breaker here may have been reset elsewhere, and nothing would be written.
    return books
        .refresh(swarm)
        .thenCompose(done -> change(swarm, known -> BreakerRules.trip(known, request, policy.get(), clock.instant())))
        .thenApply(after -> TripResponse.newBuilder().setBreaker(after.breaker()).build());
  }

  /** Closes a breaker. */
  public CompletableFuture<ResetResponse> reset(ResetRequest request) {
    Optional<Refusal> refusal = BreakerRules.validate(request);
    if (refusal.isPresent()) {
      return CompletableFuture.failedFuture(refusal.get().asException());
    }
    return change(new SwarmId(request.getSwarmId()), known -> BreakerRules.reset(known, request, clock.instant()))
        .thenApply(after -> ResetResponse.newBuilder().setBreaker(after.breaker()).build());
  }

  /** The breakers of a swarm as they are in the store now. */
  public CompletableFuture<GetBreakerResponse> get(GetBreakerRequest request) {
    Optional<Refusal> refusal = new Findings("no breaker is shown").id("swarm_id", request.getSwarmId()).refusal();
    if (refusal.isPresent()) {
      return CompletableFuture.failedFuture(refusal.get().asException());
    }
    SwarmId swarm = new SwarmId(request.getSwarmId());
    return books
        .refresh(swarm)
        .thenApply(done -> books.get(swarm).orElseThrow(() -> Unregistered.swarm(swarm.value()).asException()))
        .thenApply(found -> GetBreakerResponse.newBuilder().setBreaker(found.breaker()).build());
  }

  /** Where they are. */
  ReplicaBooks books() {
    return books;
  }

  /** Tells of those that change. */
  BreakerFeed feed() {
    return feed;
  }

  /** All breakers, or those of swarms of which one is not closed, by swarm, as far as they are known here. */
  public CompletableFuture<ListBreakersResponse> list(ListBreakersRequest request) {
    ListBreakersResponse.Builder response = ListBreakersResponse.newBuilder();
    books.breakers()
        .filter(breaker -> !request.getOpenOnly() || Books.isAnyOpen(breaker))
        .forEach(response::addBreakers);
    return CompletableFuture.completedFuture(response.build());
  }

  private CompletableFuture<Books> change(SwarmId swarm, Function<Books, Ruling<Void>> rule) {
    return books
        .change(
            swarm,
            known -> known.map(rule).orElseGet(() -> new Ruling.Refuse<>(Unregistered.swarm(swarm.value()))))
        .thenApply(changed -> changed.books());
  }
}
