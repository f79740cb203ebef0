package io.infrafabric.governor.escalation;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;
import io.infrafabric.governor.books.Books;
import io.infrafabric.governor.books.Unregistered;
import io.infrafabric.governor.escalation.EscalationRules.Command;
import io.infrafabric.governor.input.Findings;
import io.infrafabric.governor.v1.Escalation;
import io.infrafabric.governor.v1.EscalationType;
import io.infrafabric.governor.v1.GetEscalationRequest;
import io.infrafabric.governor.v1.ListEscalationsRequest;
import io.infrafabric.governor.v1.ListEscalationsResponse;
import io.infrafabric.governor.v1.RequestBudgetRequest;
import io.infrafabric.names.EscalationId;
import io.infrafabric.names.Ids;
import io.infrafabric.names.Limits;
import io.infrafabric.names.SwarmId;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Tells of escalations and decides about them. Failures are {@link io.infrafabric.error.RefusedException}s. */
final class Escalations {
  /** How long a caller waits for the coordinator to carry out what was decided; after that it hears that it is pending. */
  private static final Duration EFFECT_PATIENCE = Duration.ofSeconds(3);

  private final ReplicaEscalations escalations;
  private final Effects effects;
  private final Terms terms;
  private final int most;
  private final int lowPercent;
  private final InstantSource clock;

  Escalations(ReplicaEscalations escalations, Effects effects, Terms terms, int most, int lowPercent, InstantSource clock) {
    this.escalations = escalations;
    this.effects = effects;
    this.terms = terms;
    this.most = most;
    this.lowPercent = lowPercent;
    this.clock = clock;
  }

  /** A page of them by id, as far as they are known here. */
  CompletableFuture<ListEscalationsResponse> list(ListEscalationsRequest request) {
    if (!request.getPageToken().isEmpty() && !Ids.isId(request.getPageToken())) {
      return refused(
          Refusal.of(ErrorCode.ERROR_CODE_INVALID_ARGUMENT, "page_token is not one that this method answered: begin without one")
              .withField("page_token", "the next_page_token of the page before, or nothing"));
    }
    int size = pageSize(request.getPageSize());
    List<Escalation> found =
        escalations.after(request.getPageToken()).filter(one -> ListRules.matches(one, request)).limit(size + 1L).toList();
    ListEscalationsResponse.Builder page = ListEscalationsResponse.newBuilder();
    if (found.size() > size) {
      found = found.subList(0, size);
      page.setNextPageToken(found.getLast().getEscalationId());
    }
    return CompletableFuture.completedFuture(page.addAllEscalations(found).build());
  }

  /** One as it is in the store now. */
  CompletableFuture<Escalation> get(GetEscalationRequest request) {
    Optional<Refusal> refusal = new Findings("no escalation is shown").id("escalation_id", request.getEscalationId()).refusal();
    return refusal.isPresent() ? refused(refusal.get()) : fresh(new EscalationId(request.getEscalationId()));
  }

  private CompletableFuture<Escalation> fresh(EscalationId id) {
    return escalations.refresh(id).thenApply(done -> escalations.get(id).orElseThrow(() -> EscalationRules.notFound(id).asException()));
  }

  /**
   * Decides, and waits a while for what that asks of the coordinator.
   *
   * @param mayMoveMoney whether the caller may reset breakers and grant money
   */
  CompletableFuture<Escalation> decide(String escalationId, Command command, boolean mayMoveMoney) {
    Optional<Refusal> refusal = CommandRules.validate(escalationId, command);
    if (refusal.isPresent()) {
      return refused(refusal.get());
    }
    EscalationId id = new EscalationId(escalationId);
    return fresh(id)
        .thenCompose(
            known ->
                CommandRules.refused(known, command, mayMoveMoney)
                    .<CompletableFuture<Escalation>>map(Escalations::refused)
                    .orElseGet(() -> decideIfItCounts(id, known, command)))
        .thenCompose(this::carriedOut);
  }

  /** An approval of a gate counts only of who may approve the task, and once; that is said before it is decided. */
  private CompletableFuture<Escalation> decideIfItCounts(EscalationId id, Escalation known, Command command) {
    boolean gate = known.getType() == EscalationType.ESCALATION_TYPE_APPROVAL_GATE && command.approve() && Stage.of(known) instanceof Stage.Open;
    return gate
        ? effects
            .cannotApprove(known, command.principal())
            .thenCompose(refusal -> refusal.<CompletableFuture<Escalation>>map(Escalations::refused).orElseGet(() -> decide(id, known, command)))
        : decide(id, known, command);
  }

  private CompletableFuture<Escalation> decide(EscalationId id, Escalation known, Command command) {
    CompletableFuture<Optional<Escalation>> decided;
    if (!MoneyRules.concerns(known.getType())) {
      decided = escalations.change(id, now -> now.map(one -> decideTask(one, command)).orElseGet(() -> notFound(id)));
    } else if (command.approve()) {
      decided = escalations.changeWithBooks(id, new SwarmId(known.getSwarmId()), (now, books) -> approve(id, now, books, command));
    } else {
      decided = escalations.change(id, now -> now.<Turn>map(one -> MoneyRules.reject(one, command, clock.instant())).orElseGet(() -> notFound(id)));
    }
    return decided.thenApply(Optional::orElseThrow);
  }

  private Turn decideTask(Escalation known, Command command) {
    Instant now = clock.instant();
    return EscalationRules.decide(known, command, EffectRules.atFirst(known, command.approve(), now), now);
  }

  private Turn approve(EscalationId id, Optional<Escalation> known, Optional<Books> books, Command command) {
    if (known.isEmpty()) {
      return notFound(id);
    }
    return books
        .map(found -> MoneyRules.approve(known.get(), found, command, clock.instant()))
        .orElseGet(() -> new Turn.Refuse(Unregistered.swarm(known.get().getSwarmId())));
  }

  private static Turn notFound(EscalationId id) {
    return new Turn.Refuse(EscalationRules.notFound(id));
  }

  private CompletableFuture<Escalation> carriedOut(Escalation decided) {
    if (!(Stage.of(decided) instanceof Stage.Decided)) {
      return CompletableFuture.completedFuture(decided);
    }
    return effects
        .carryOut(new EscalationId(decided.getEscalationId()))
        .thenApply(after -> after.orElse(decided))
        .completeOnTimeout(decided, EFFECT_PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
        // It was decided, whatever keeps it from being carried out now; that is tried again.
        .exceptionally(failure -> decided);
  }

  /** Puts the question whether a swarm gets more money, or adds to it. */
  CompletableFuture<Escalation> requestBudget(RequestBudgetRequest request) {
    Optional<Refusal> refusal = CommandRules.validate(request);
    if (refusal.isPresent()) {
      return refused(refusal.get());
    }
    SwarmId swarm = new SwarmId(request.getSwarmId());
    BudgetRequests requests = new BudgetRequests(escalations, terms, lowPercent, clock);
    return requests.ask(swarm, request, escalations.open() < most);
  }

  private static int pageSize(int asked) {
    if (asked == 0) {
      return Limits.PAGE_SIZE_DEFAULT;
    }
    return Integer.compareUnsigned(asked, Limits.PAGE_SIZE) > 0 ? Limits.PAGE_SIZE : asked;
  }

  private static <T> CompletableFuture<T> refused(Refusal refusal) {
    return CompletableFuture.failedFuture(refusal.asException());
  }
}
