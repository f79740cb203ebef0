package io.infrafabric.governor.budget;

import io.infrafabric.governor.money.TokenPrices;
import io.infrafabric.governor.relay.Facts;
import io.infrafabric.governor.v1.AccountOperation;
import io.infrafabric.governor.v1.ChargeRequest;
import io.infrafabric.governor.v1.ChargeResponse;
import io.infrafabric.governor.v1.CloseAccountRequest;
import io.infrafabric.governor.v1.CloseAccountResponse;
import io.infrafabric.governor.v1.CreateAccountRequest;
import io.infrafabric.governor.v1.CreateAccountResponse;
import io.infrafabric.governor.v1.GetAccountRequest;
import io.infrafabric.governor.v1.GetAccountResponse;
import io.infrafabric.governor.v1.GetForecastRequest;
import io.infrafabric.governor.v1.GetForecastResponse;
import io.infrafabric.governor.v1.GrantRequest;
import io.infrafabric.governor.v1.GrantResponse;
import io.infrafabric.governor.v1.ListAccountsRequest;
import io.infrafabric.governor.v1.ListAccountsResponse;
import io.infrafabric.governor.v1.ListTokenPricesRequest;
import io.infrafabric.governor.v1.ListTokenPricesResponse;
import io.infrafabric.governor.v1.PlaceAccountRequest;
import io.infrafabric.governor.v1.PlaceAccountResponse;
import io.infrafabric.governor.v1.RefundRequest;
import io.infrafabric.governor.v1.RefundResponse;
import io.infrafabric.governor.v1.TransferRequest;
import io.infrafabric.governor.v1.TransferResponse;
import io.infrafabric.kit.lifecycle.Periodic;
import io.infrafabric.kit.relay.Publisher;
import io.infrafabric.kit.store.Replica;
import io.infrafabric.kit.store.Store;
import io.infrafabric.names.Ids;
import io.infrafabric.names.Keys;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The tree of accounts: what is asked of it, and what it does by itself. Failures are {@link io.infrafabric.error.RefusedException}s. */
public final class AccountTree implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(AccountTree.class);

  /** Between two looks, however much changes. */
  private static final Duration GAP = Duration.ofMillis(20);

  private final ReplicaAccounts accounts;
  private final Budgets budgets;
  private final Closes closes;
  private final Lookups lookups;
  private final LongSupplier mostATaskMicros;
  private final Periodic duty;

  private AccountTree(Store store, Replica replica, Facts facts, Publisher publisher, BudgetSettings settings, int lowPercent, LongSupplier mostATaskMicros, Executor slow, InstantSource clock) {
    TokenPrices prices = settings.prices();
    this.accounts = new ReplicaAccounts(store, replica, facts.keys(), settings.remembered());
    this.budgets = new Budgets(accounts, prices, lowPercent, account -> slow.execute(() -> publisher.publish(facts.low(account))), clock);
    this.closes = new Closes(accounts, clock);
    this.lookups = new Lookups(accounts, prices, clock);
    this.mostATaskMicros = mostATaskMicros;
    this.duty = Periodic.start("budget", settings.every(), GAP, this::runOnce);
    replica.onChange(facts.keys().commitments(), (key, before, after) -> wake(key));
    replica.onChange(facts.keys().accounts(), (key, before, after) -> wake(key));
  }

  /**
   * Begins to look after the accounts in a replica.
   *
   * @param publisher where people are warned that little is left
   * @param lowPercent the share of what an account keeps for itself at which they are
   * @param mostATaskMicros what the policy in force lets one task cost: who draws by itself keeps that much free
   * @param slow where they are told
   */
  public static AccountTree open(
      Store store, Replica replica, Facts facts, Publisher publisher, BudgetSettings settings, int lowPercent, LongSupplier mostATaskMicros, Executor slow, InstantSource clock) {
    return new AccountTree(store, replica, facts, publisher, settings, lowPercent, mostATaskMicros, slow, clock);
  }

  /** Whoever draws by itself does so when it claims or pays, and not at the next look. */
  private void wake(String key) {
    if (accounts.index().draws(Keys.idOf(key))) {
      duty.wakeUp();
    }
  }

  /** Draws what is due and goes on with closes. Every governor does it: a second one finds it done. */
  void runOnce() {
    for (String id : accounts.index().closing()) {
      accounts
          .look(id)
          .map(account -> CloseAccountRequest.newBuilder().setAccountId(id).setRequestId(account.getClosingRequestId()).build())
          .ifPresent(close -> closes.close(close).exceptionally(failure -> later("close", id, failure)));
    }
    for (String id : accounts.index().drawing()) {
      accounts
          .get(id)
          .filter(account -> !account.account().getParentId().isEmpty())
          .flatMap(account -> accounts.get(account.account().getParentId()).flatMap(parent -> DrawRules.due(account, parent, mostATaskMicros.getAsLong())))
          .ifPresent(draw -> budgets.transfer(draw, AccountOperation.ACCOUNT_OPERATION_DRAWN).exceptionally(failure -> later("draw", id, failure)));
    }
  }

  private static <T> T later(String what, String id, Throwable failure) {
    log.atDebug().addKeyValue("account", id).addKeyValue("what", what).addKeyValue("cause", failure.toString()).log("tried again at the next look");
    return null;
  }

  /** Whether a grant is for the tree: to an account that is no swarm's, or of tokens. */
  public CompletableFuture<Boolean> takes(GrantRequest request) {
    if (request.getTokens() != 0 || !Ids.isId(request.getAccountId())) {
      return CompletableFuture.completedFuture(request.getTokens() != 0);
    }
    if (accounts.look(request.getAccountId()).isPresent()) {
      return CompletableFuture.completedFuture(accounts.isOwn(request.getAccountId()));
    }
    return accounts.refresh(List.of(request.getAccountId())).thenApply(read -> accounts.isOwn(request.getAccountId()));
  }

  /** Adds money or tokens from outside. */
  public CompletableFuture<GrantResponse> grant(GrantRequest request) {
    return budgets.grant(request);
  }

  /** Opens an account. */
  public CompletableFuture<CreateAccountResponse> create(CreateAccountRequest request) {
    return budgets.create(request);
  }

  /** Puts an account elsewhere. */
  public CompletableFuture<PlaceAccountResponse> place(PlaceAccountRequest request) {
    return budgets.place(request);
  }

  /** Moves money between an account and its parent. */
  public CompletableFuture<TransferResponse> transfer(TransferRequest request) {
    return budgets.transfer(request);
  }

  /** Books a cost. */
  public CompletableFuture<ChargeResponse> charge(ChargeRequest request) {
    return budgets.charge(request);
  }

  /** Gives a charge back. */
  public CompletableFuture<RefundResponse> refund(RefundRequest request) {
    return budgets.refund(request);
  }

  /** Closes an account with all beneath it. */
  public CompletableFuture<CloseAccountResponse> close(CloseAccountRequest request) {
    return closes.close(request);
  }

  /** One account. */
  public CompletableFuture<GetAccountResponse> get(GetAccountRequest request) {
    return lookups.get(request);
  }

  /** A page of accounts. */
  public CompletableFuture<ListAccountsResponse> list(ListAccountsRequest request) {
    return lookups.list(request);
  }

  /** What comes. */
  public CompletableFuture<GetForecastResponse> forecast(GetForecastRequest request) {
    return lookups.forecast(request);
  }

  /** What tokens cost. */
  public CompletableFuture<ListTokenPricesResponse> prices(ListTokenPricesRequest request) {
    return lookups.prices(request);
  }

  @Override
  public void close() {
    duty.close();
  }
}
