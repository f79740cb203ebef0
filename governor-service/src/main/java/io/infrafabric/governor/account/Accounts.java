package io.infrafabric.governor.account;

import io.infrafabric.error.Refusal;
import io.infrafabric.governor.books.Books;
import io.infrafabric.governor.books.ReplicaBooks;
import io.infrafabric.governor.books.Ruling;
import io.infrafabric.governor.books.Unregistered;
import io.infrafabric.governor.v1.GrantRequest;
import io.infrafabric.governor.v1.GrantResponse;
import io.infrafabric.names.SwarmId;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** Grants credit to swarms. Failures are {@link io.infrafabric.error.RefusedException}s. */
public final class Accounts {
  private final ReplicaBooks books;
  private final InstantSource clock;

  public Accounts(ReplicaBooks books, InstantSource clock) {
    this.books = books;
    this.clock = clock;
  }

  /** Adds credit; once per request id. */
  public CompletableFuture<GrantResponse> grant(GrantRequest request) {
    Optional<Refusal> refusal = GrantRules.validate(request);
    if (refusal.isPresent()) {
      return CompletableFuture.failedFuture(refusal.get().asException());
    }
    return books
        .change(new SwarmId(request.getAccountId()), known -> grant(known, request))
        .thenApply(changed -> GrantResponse.newBuilder().setAccount(changed.books().account()).build());
  }

  private Ruling<Void> grant(Optional<Books> known, GrantRequest request) {
    return known
        .map(found -> GrantRules.grant(found, request, clock.instant()))
        .orElseGet(() -> new Ruling.Refuse<>(Unregistered.account(request.getAccountId())));
  }
}
