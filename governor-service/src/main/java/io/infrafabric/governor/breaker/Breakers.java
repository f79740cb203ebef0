package io.infrafabric.governor.breaker;

import io.infrafabric.error.Refusal;
import io.infrafabric.governor.books.Books;
import io.infrafabric.governor.books.ReplicaBooks;
import io.infrafabric.governor.books.Ruling;
import io.infrafabric.governor.books.Unregistered;
import io.infrafabric.governor.v1.ListBreakersRequest;
import io.infrafabric.governor.v1.ListBreakersResponse;
import io.infrafabric.governor.v1.ResetRequest;
import io.infrafabric.governor.v1.ResetResponse;
import io.infrafabric.governor.v1.TripRequest;
import io.infrafabric.governor.v1.TripResponse;
import io.infrafabric.names.SwarmId;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/** Opens and closes breakers by hand. Failures are {@link io.infrafabric.error.RefusedException}s. */
public final class Breakers {
  private final ReplicaBooks books;
  private final InstantSource clock;

  public Breakers(ReplicaBooks books, InstantSource clock) {
    this.books = books;
    this.clock = clock;
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
        .thenCompose(done -> change(swarm, known -> BreakerRules.trip(known, request, clock.instant())))
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

  /** All breakers, or the open ones, by swarm, as far as they are known here. */
  public CompletableFuture<ListBreakersResponse> list(ListBreakersRequest request) {
    ListBreakersResponse.Builder response = ListBreakersResponse.newBuilder();
    books.breakers()
        .filter(breaker -> !request.getOpenOnly() || Books.isOpen(breaker))
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
