package io.infrafabric.governor.escalation;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.RefusedException;
import io.infrafabric.governor.books.Books;
import io.infrafabric.governor.books.BooksCodec;
import io.infrafabric.governor.books.Unregistered;
import io.infrafabric.governor.v1.Escalation;
import io.infrafabric.governor.v1.RequestBudgetRequest;
import io.infrafabric.names.EscalationId;
import io.infrafabric.names.SwarmId;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** Requests for money. The id of the question depends on what was granted so far, so that it is looked up first. */
final class BudgetRequests {
  private static final int TRIES = 4;

  private final ReplicaEscalations escalations;
  private final Terms terms;
  private final int lowPercent;
  private final InstantSource clock;

  BudgetRequests(ReplicaEscalations escalations, Terms terms, int lowPercent, InstantSource clock) {
    this.escalations = escalations;
    this.terms = terms;
    this.lowPercent = lowPercent;
    this.clock = clock;
  }

  CompletableFuture<Escalation> ask(SwarmId swarm, RequestBudgetRequest request, boolean room) {
    return ask(swarm, request, room, TRIES);
  }

  private CompletableFuture<Escalation> ask(SwarmId swarm, RequestBudgetRequest request, boolean room, int tries) {
    BooksCodec codec = new BooksCodec(escalations.keys());
    return escalations
        .replica()
        .refresh(codec.keysOf(swarm))
        .thenCompose(
            read -> {
              EscalationId id = CauseRules.budgetId(registered(codec, swarm));
              return escalations.changeWithBooks(id, swarm, (known, books) -> turn(id, known, books, request, room));
            })
        .thenApply(Optional::orElseThrow)
        .exceptionallyCompose(
            failure -> tries > 1 && isContended(failure) ? ask(swarm, request, room, tries - 1) : CompletableFuture.failedFuture(failure));
  }

  private static boolean isContended(Throwable failure) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    return cause instanceof RefusedException refused && refused.refusal().code() == ErrorCode.ERROR_CODE_CONTENDED;
  }

  private Books registered(BooksCodec codec, SwarmId swarm) {
    return codec
        .read(escalations.replica(), swarm)
        .filter(books -> !books.standing().getUnregistered())
        .orElseThrow(() -> Unregistered.swarm(swarm.value()).asException());
  }

  private Turn turn(EscalationId id, Optional<Escalation> known, Optional<Books> books, RequestBudgetRequest request, boolean room) {
    Optional<Cause> cause = books.flatMap(now -> CauseRules.budget(now, Optional.empty(), lowPercent, true)).filter(now -> now.id().equals(id));
    if (cause.isEmpty()) {
      return books.filter(Books::isBreakerOpen).isPresent()
          ? new Turn.Refuse(CommandRules.stopped(request.getSwarmId()))
          : new Turn.Refuse(CommandRules.granted(request.getSwarmId()));
    }
    return EscalationRules.request(
        known, said(cause.get(), request), request.getRequestId(), request.getAmountMicros(), terms, room, clock.instant());
  }

  /** The cause with what the swarm says of it. */
  private static Cause said(Cause cause, RequestBudgetRequest request) {
    String amount = request.getAmountMicros() > 0 ? CauseRules.dollars(request.getAmountMicros()) : "more money";
    List<String> evidence = new ArrayList<>(List.of(cause.reason()));
    evidence.addAll(cause.evidence());
    return new Cause(
        cause.id(),
        cause.type(),
        cause.about(),
        "swarm %s asks for %s: %s".formatted(request.getSwarmId(), amount, request.getReason()),
        evidence,
        cause.returns(),
        cause.trace());
  }
}
