package io.infrafabric.governor.budget;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;
import io.infrafabric.governor.money.Purses;
import io.infrafabric.governor.money.TokenPrices;
import io.infrafabric.governor.v1.Account;
import io.infrafabric.governor.v1.AccountOperation;
import io.infrafabric.governor.v1.ChargeRequest;
import io.infrafabric.governor.v1.ChargeResponse;
import io.infrafabric.governor.v1.CreateAccountRequest;
import io.infrafabric.governor.v1.CreateAccountResponse;
import io.infrafabric.governor.v1.GrantRequest;
import io.infrafabric.governor.v1.GrantResponse;
import io.infrafabric.governor.v1.PlaceAccountRequest;
import io.infrafabric.governor.v1.PlaceAccountResponse;
import io.infrafabric.governor.v1.RefundRequest;
import io.infrafabric.governor.v1.RefundResponse;
import io.infrafabric.governor.v1.TransferRequest;
import io.infrafabric.governor.v1.TransferResponse;
import io.infrafabric.names.SwarmId;
import io.infrafabric.names.TaskId;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** Opens, places and charges accounts and moves money between them. Failures are {@link io.infrafabric.error.RefusedException}s. */
final class Budgets {
  private static final int TRIES = 5;

  private final ReplicaAccounts accounts;
  private final TokenPrices prices;
  private final int lowPercent;
  private final Consumer<Account> low;
  private final InstantSource clock;

  /**
   * @param lowPercent share of what an account keeps for itself at which people are warned
   * @param low is told of an account that a charge has brought so far
   */
  Budgets(ReplicaAccounts accounts, TokenPrices prices, int lowPercent, Consumer<Account> low, InstantSource clock) {
    this.accounts = accounts;
    this.prices = prices;
    this.lowPercent = lowPercent;
    this.low = low;
    this.clock = clock;
  }

  /** Opens an account; once per request id. */
  CompletableFuture<CreateAccountResponse> create(CreateAccountRequest request) {
    return unless(
        CreateRules.validate(request),
        () -> {
          List<SwarmId> ids = new ArrayList<>(List.of(new SwarmId(request.getAccountId())));
          if (!request.getParentId().isEmpty()) {
            ids.add(new SwarmId(request.getParentId()));
          }
          return accounts.change(Scope.of(request.getRequestId(), ids), sheet -> CreateRules.create(sheet, request, clock.instant()));
        });
  }

  /** Grants to an account that is no swarm's, or tokens to any; once per request id. */
  CompletableFuture<GrantResponse> grant(GrantRequest request) {
    return unless(
        GrantToRules.validate(request),
        () ->
            accounts.change(
                Scope.of(request.getRequestId(), List.of(new SwarmId(request.getAccountId()))), sheet -> GrantToRules.grant(sheet, request, clock.instant())));
  }

  /** Moves money between an account and its parent; once per request id. */
  CompletableFuture<TransferResponse> transfer(TransferRequest request) {
    return unless(TransferRules.validate(request), () -> transfer(request, AccountOperation.ACCOUNT_OPERATION_TRANSFERRED));
  }

  /** Carries a transfer out that is known to be well. */
  CompletableFuture<TransferResponse> transfer(TransferRequest request, AccountOperation operation) {
    List<SwarmId> ids = List.of(new SwarmId(request.getFromAccountId()), new SwarmId(request.getToAccountId()));
    return accounts.change(Scope.of(request.getRequestId(), ids), sheet -> TransferRules.transfer(sheet, request, operation, clock.instant()));
  }

  /** Books a cost; once per request id. */
  CompletableFuture<ChargeResponse> charge(ChargeRequest request) {
    return unless(
        ChargeRules.validate(request),
        () -> {
          Instant now = clock.instant();
          Optional<Cost> cost = ChargeRules.cost(request, prices, now);
          Optional<Refusal> refusal = cost.isEmpty() ? Optional.of(ChargeRules.noPrice(request, now)) : ChargeRules.tooLarge(cost.get());
          return unless(refusal, () -> charge(request, cost.orElseThrow()));
        });
  }

  private CompletableFuture<ChargeResponse> charge(ChargeRequest request, Cost cost) {
    return request.getClaimId().isEmpty()
        ? charge(request, cost, Optional.empty())
        : accounts.taskOf(new SwarmId(ChargeRules.holder(request)), request.getClaimId()).thenCompose(task -> charge(request, cost, task));
  }

  private CompletableFuture<ChargeResponse> charge(ChargeRequest request, Cost cost, Optional<TaskId> task) {
    Scope scope = Scope.of(request.getRequestId(), List.of(new SwarmId(request.getAccountId()))).withTask(task);
    AtomicBoolean becameLow = new AtomicBoolean();
    return accounts
        .change(
            scope,
            sheet -> {
              BudgetRuling<ChargeResponse> ruling = ChargeRules.charge(sheet, request, cost, clock.instant());
              becameLow.set(ruling instanceof BudgetRuling.Write<ChargeResponse> write && becameLow(sheet, write));
              return ruling;
            })
        .whenComplete(
            (done, failure) -> {
              if (done != null && becameLow.get()) {
                low.accept(done.getAccount());
              }
            });
  }

  private boolean becameLow(Sheet sheet, BudgetRuling.Write<?> write) {
    return write.next().stream()
        .anyMatch(
            holding ->
                Purses.isLow(holding.account(), lowPercent)
                    && sheet.at(holding.id()).filter(before -> !Purses.isLow(before.account(), lowPercent)).isPresent());
  }

  /** Gives a charge back; once per request id. */
  CompletableFuture<RefundResponse> refund(RefundRequest request) {
    return unless(
        RefundRules.validate(request),
        () ->
            accounts.change(
                Scope.of(request.getRequestId(), List.of(new SwarmId(request.getAccountId()))).withCharge(request.getChargeRequestId()),
                sheet -> RefundRules.refund(sheet, request, clock.instant())));
  }

  /** Puts an account elsewhere; once per request id. The way to the top is compared too, so that two moves at once make no circle. */
  CompletableFuture<PlaceAccountResponse> place(PlaceAccountRequest request) {
    return unless(PlaceRules.validate(request), () -> place(request, TRIES));
  }

  private CompletableFuture<PlaceAccountResponse> place(PlaceAccountRequest request, int tries) {
    List<String> known = new ArrayList<>(List.of(request.getAccountId()));
    known.addAll(way(request.getParentId()));
    return accounts
        .refresh(known)
        .thenCompose(
            read -> {
              List<String> way = way(request.getParentId());
              List<SwarmId> ids = new ArrayList<>(List.of(new SwarmId(request.getAccountId())));
              accounts.look(request.getAccountId()).map(Account::getParentId).filter(id -> !id.isEmpty()).map(SwarmId::new).ifPresent(ids::add);
              if (!request.getParentId().isEmpty()) {
                ids.add(new SwarmId(request.getParentId()));
              }
              Set<SwarmId> above = way.stream().map(SwarmId::new).collect(Collectors.toCollection(LinkedHashSet::new));
              Scope scope = Scope.of(request.getRequestId(), ids).withUnchanged(above);
              return accounts.change(scope, sheet -> placed(sheet, request, way));
            })
        .exceptionallyCompose(
            failure ->
                tries > 1 && ReplicaAccounts.code(failure).filter(ErrorCode.ERROR_CODE_CONTENDED::equals).isPresent()
                    ? place(request, tries - 1)
                    : CompletableFuture.failedFuture(failure));
  }

  private BudgetRuling<PlaceAccountResponse> placed(Sheet sheet, PlaceAccountRequest request, List<String> way) {
    boolean same = request.getParentId().isEmpty() || TreeRules.path(request.getParentId(), sheet.look()).equals(way);
    return same ? PlaceRules.place(sheet, request, clock.instant()) : new BudgetRuling.Refuse<>(TreeRules.moved(request.getParentId()));
  }

  private List<String> way(String id) {
    return id.isEmpty() ? List.of() : TreeRules.path(id, accounts::look);
  }

  private static <T> CompletableFuture<T> unless(Optional<Refusal> refusal, Supplier<CompletableFuture<T>> call) {
    return refusal.isPresent() ? CompletableFuture.failedFuture(refusal.get().asException()) : call.get();
  }
}
