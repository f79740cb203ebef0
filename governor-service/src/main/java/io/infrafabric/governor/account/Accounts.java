package io.infrafabric.governor.account;

import io.infrafabric.error.Refusal;
import io.infrafabric.governor.books.Books;
import io.infrafabric.governor.books.Commitments;
import io.infrafabric.governor.books.ReplicaBooks;
import io.infrafabric.governor.books.Ruling;
import io.infrafabric.governor.books.Unregistered;
import io.infrafabric.governor.input.Findings;
import io.infrafabric.governor.v1.GetAccountRequest;
import io.infrafabric.governor.v1.GetAccountResponse;
import io.infrafabric.governor.v1.GrantRequest;
import io.infrafabric.governor.v1.GrantResponse;
import io.infrafabric.names.SwarmId;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** Grants credit and tells what became of it. Failures are {@link io.infrafabric.error.RefusedException}s. */
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

  /** An account as it is in the store now, with what is promised or not yet booked. */
  public CompletableFuture<GetAccountResponse> get(GetAccountRequest request) {
    Optional<Refusal> refusal = new Findings("no account is shown").id("account_id", request.getAccountId()).refusal();
    if (refusal.isPresent()) {
      return CompletableFuture.failedFuture(refusal.get().asException());
    }
    SwarmId swarm = new SwarmId(request.getAccountId());
    return books.refresh(swarm).thenApply(done -> shown(swarm));
  }

  private Ruling<Void> grant(Optional<Books> known, GrantRequest request) {
    return known
        .map(found -> GrantRules.grant(found, request, clock.instant()))
        .orElseGet(() -> new Ruling.Refuse<>(Unregistered.account(request.getAccountId())));
  }

  private GetAccountResponse shown(SwarmId swarm) {
    Books found = books.get(swarm).orElseThrow(() -> Unregistered.account(swarm.value()).asException());
    return GetAccountResponse.newBuilder()
        .setAccount(found.account())
        .setCommittedMicros(Commitments.committedMicros(books.commitments(swarm), found.standing()))
        .build();
  }
}
