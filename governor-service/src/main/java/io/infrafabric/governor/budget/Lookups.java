package io.infrafabric.governor.budget;

import io.infrafabric.error.Refusal;
import io.infrafabric.governor.books.Unregistered;
import io.infrafabric.governor.input.Findings;
import io.infrafabric.governor.money.Allowance;
import io.infrafabric.governor.money.ForecastRules;
import io.infrafabric.governor.money.Outlook;
import io.infrafabric.governor.money.TokenPrices;
import io.infrafabric.governor.v1.Account;
import io.infrafabric.governor.v1.AccountKind;
import io.infrafabric.governor.v1.GetAccountRequest;
import io.infrafabric.governor.v1.GetAccountResponse;
import io.infrafabric.governor.v1.GetForecastRequest;
import io.infrafabric.governor.v1.GetForecastResponse;
import io.infrafabric.governor.v1.ListAccountsRequest;
import io.infrafabric.governor.v1.ListAccountsResponse;
import io.infrafabric.governor.v1.ListTokenPricesRequest;
import io.infrafabric.governor.v1.ListTokenPricesResponse;
import io.infrafabric.kit.time.Times;
import io.infrafabric.names.Ids;
import io.infrafabric.names.Limits;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** Tells of accounts. Failures are {@link io.infrafabric.error.RefusedException}s. */
final class Lookups {
  private static final int SUBTREE = 20_000;

  private final ReplicaAccounts accounts;
  private final TokenPrices prices;
  private final InstantSource clock;

  Lookups(ReplicaAccounts accounts, TokenPrices prices, InstantSource clock) {
    this.accounts = accounts;
    this.prices = prices;
    this.clock = clock;
  }

  /** An account as it is in the store now, with what is promised or not yet booked. */
  CompletableFuture<GetAccountResponse> get(GetAccountRequest request) {
    Findings wrong = new Findings("no account is shown").id("account_id", request.getAccountId());
    if (!request.getSwarmId().isEmpty()) {
      wrong.id("swarm_id", request.getSwarmId());
    }
    Optional<Refusal> refusal = wrong.refusal();
    if (refusal.isPresent()) {
      return CompletableFuture.failedFuture(refusal.get().asException());
    }
    String id = request.getAccountId();
    return inReach(request.getSwarmId(), id)
        .thenApply(read -> shown(accounts.get(id).orElseThrow(() -> Unregistered.account(id).asException())));
  }

  /** Done when the account is known here as it is in the store now; refused when a swarm asks about what does not stand beneath its own. */
  private CompletableFuture<Void> inReach(String swarm, String id) {
    return accounts
        .refresh(List.of(id))
        .thenCompose(
            read ->
                TreeRules.outOfReach(swarm, id, accounts::look)
                    .map(refusal -> CompletableFuture.<Void>failedFuture(refusal.asException()))
                    .orElseGet(() -> CompletableFuture.completedFuture(null)));
  }

  private GetAccountResponse shown(Holding holding) {
    GetAccountResponse.Builder response =
        GetAccountResponse.newBuilder().setAccount(holding.account()).addAllPath(TreeRules.path(holding.id(), accounts::look));
    return holding instanceof Holding.OfSwarm swarm ? response.setCommittedMicros(swarm.promised()).build() : response.build();
  }

  /** A page of accounts by id, as far as they are known here. */
  CompletableFuture<ListAccountsResponse> list(ListAccountsRequest request) {
    Findings wrong = new Findings("no accounts are listed");
    wrong.require(request.getPageToken().isEmpty() || Ids.isId(request.getPageToken()), "page_token", "the next_page_token of the page before, or nothing");
    if (!request.getParentId().isEmpty()) {
      wrong.id("parent_id", request.getParentId());
    }
    if (!request.getUnderId().isEmpty()) {
      wrong.id("under_id", request.getUnderId());
    }
    Optional<Refusal> refusal = wrong.refusal();
    if (refusal.isPresent()) {
      return CompletableFuture.failedFuture(refusal.get().asException());
    }
    int size = request.getPageSize() <= 0 ? Limits.PAGE_SIZE_DEFAULT : Math.min(request.getPageSize(), Limits.PAGE_SIZE);
    List<String> ids =
        accounts
            .after(request.getPageToken())
            .filter(account -> isAsked(account, request))
            .map(Account::getAccountId)
            .limit(size + 1L)
            .toList();
    ListAccountsResponse.Builder page = ListAccountsResponse.newBuilder();
    if (ids.size() > size) {
      ids = ids.subList(0, size);
      page.setNextPageToken(ids.getLast());
    }
    ids.forEach(id -> accounts.get(id).map(this::shown).map(Lookups::brief).ifPresent(page::addAccounts));
    return CompletableFuture.completedFuture(page.build());
  }

  private boolean isAsked(Account account, ListAccountsRequest request) {
    boolean kind = request.getKind() == AccountKind.ACCOUNT_KIND_UNSPECIFIED || TreeRules.kindOf(account) == request.getKind();
    boolean parent = request.getParentId().isEmpty() || account.getParentId().equals(request.getParentId());
    return kind && parent && (request.getUnderId().isEmpty() || TreeRules.path(account.getAccountId(), accounts::look).contains(request.getUnderId()));
  }

  /** A page tells how accounts are, and not what led to it. */
  private static GetAccountResponse brief(GetAccountResponse shown) {
    return shown.toBuilder().setAccount(shown.getAccount().toBuilder().clearGrants().clearSpendHours()).build();
  }

  /** What comes, from what is recorded here of an account and all beneath it. */
  CompletableFuture<GetForecastResponse> forecast(GetForecastRequest request) {
    Instant now = clock.instant();
    Findings wrong = new Findings("nothing is forecast").id("account_id", request.getAccountId());
    Optional<Instant> end = request.hasPeriodEnd() ? Optional.of(Times.toInstant(request.getPeriodEnd())) : Optional.empty();
    if (!request.getSwarmId().isEmpty()) {
      wrong.id("swarm_id", request.getSwarmId());
    }
    end.ifPresent(at -> wrong.require(at.isAfter(now), "period_end", "a time to come"));
    Optional<Refusal> refusal = wrong.refusal();
    if (refusal.isPresent()) {
      return CompletableFuture.failedFuture(refusal.get().asException());
    }
    return inReach(request.getSwarmId(), request.getAccountId())
        .thenApply(read -> accounts.look(request.getAccountId()).map(account -> forecast(account, now, end)).orElseThrow(() -> Unregistered.account(request.getAccountId()).asException()));
  }

  private GetForecastResponse forecast(Account account, Instant now, Optional<Instant> end) {
    List<Account> subtree =
        accounts.index().deepestFirst(account.getAccountId(), SUBTREE).stream().flatMap(id -> accounts.look(id).stream()).toList();
    boolean unlimited = subtree.stream().anyMatch(Account::getUnlimited);
    Allowance left = unlimited ? new Allowance.Unlimited() : Allowance.of(subtree.stream().mapToLong(Account::getCreditMicros).sum());
    GetForecastResponse.Builder response =
        GetForecastResponse.newBuilder().setAccountId(account.getAccountId()).setSpentMicros(ForecastRules.spentBy(subtree)).setObservedTo(Times.toProto(now));
    if (left instanceof Allowance.Limited(long amount)) {
      response.setLeftMicros(amount);
    }
    switch (ForecastRules.of(subtree, left, now, end)) {
      case Outlook.Unknown(String because) -> response.setUnknownBecause(because).clearObservedTo();
      case Outlook.Known known -> known(response, known);
    }
    return response.build();
  }

  private static void known(GetForecastResponse.Builder response, Outlook.Known known) {
    response.setObservedFrom(Times.toProto(known.from())).setObservedMicros(known.observedMicros()).setMicrosPerHour(known.microsPerHour());
    known.lasts().ifPresent(time -> response.setLasts(Times.toProto(time)));
    known.exhaustedAt().ifPresent(at -> response.setExhaustedAt(Times.toProto(at)));
    known.periodSpendMicros().ifPresent(response::setPeriodSpendMicros);
  }

  /** What tokens cost. */
  CompletableFuture<ListTokenPricesResponse> prices(ListTokenPricesRequest request) {
    return CompletableFuture.completedFuture(ListTokenPricesResponse.newBuilder().addAllPrices(prices.list(request.getModel())).build());
  }
}
