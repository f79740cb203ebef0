package io.infrafabric.governor.budget;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.CommitmentsRecord;
import io.infrafabric.error.Refusal;
import io.infrafabric.governor.books.Books;
import io.infrafabric.governor.books.BooksFixture;
import io.infrafabric.governor.money.Purses;
import io.infrafabric.governor.money.TokenPrices;
import io.infrafabric.governor.v1.Account;
import io.infrafabric.governor.v1.AccountKind;
import io.infrafabric.governor.v1.AccountOperation;
import io.infrafabric.governor.v1.Breaker;
import io.infrafabric.governor.v1.ChargeRequest;
import io.infrafabric.governor.v1.ChargeResponse;
import io.infrafabric.governor.v1.CloseAccountRequest;
import io.infrafabric.governor.v1.CreateAccountRequest;
import io.infrafabric.governor.v1.CreateAccountResponse;
import io.infrafabric.governor.v1.LedgerLine;
import io.infrafabric.governor.v1.PlaceAccountRequest;
import io.infrafabric.governor.v1.RefundRequest;
import io.infrafabric.governor.v1.RefundResponse;
import io.infrafabric.governor.v1.TransferRequest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Accounts and a ledger, on which rules are carried out one after the other. */
final class TreeBench {
  static final Instant NOW = BooksFixture.NOW;

  final Map<String, Holding> holdings = new TreeMap<>();
  final Map<String, LedgerLine> lines = new HashMap<>();
  Optional<HeldClaim> held = Optional.empty();
  private int requests;

  /** What became of a rule. */
  record Done<T>(Optional<T> answer, Optional<Refusal> refusal) {
    T orThrow() {
      return answer.orElseThrow(() -> new AssertionError(refusal.toString()));
    }

    ErrorCode code() {
      return refusal.map(Refusal::code).orElseThrow(() -> new AssertionError("it was done: " + answer));
    }
  }

  String request() {
    return "r-" + requests++;
  }

  /** Books of a swarm with money of its own. */
  TreeBench swarm(String id, long micros) {
    Books books = BooksFixture.granted(micros);
    Books named =
        new Books(
            books.registration().toBuilder().setManifest(books.registration().getManifest().toBuilder().setSwarmId(id)).build(),
            books.standing().toBuilder().setSwarmId(id).build(),
            books.account().toBuilder().setAccountId(id).setKind(AccountKind.ACCOUNT_KIND_SWARM).build(),
            Breaker.newBuilder(books.breaker()).setSwarmId(id).build());
    holdings.put(id, new Holding.OfSwarm(named, CommitmentsRecord.getDefaultInstance()));
    return this;
  }

  TreeBench promises(String swarm, CommitmentsRecord promises) {
    holdings.computeIfPresent(swarm, (id, holding) -> new Holding.OfSwarm(((Holding.OfSwarm) holding).books(), promises));
    return this;
  }

  TreeBench organisation(String id, String parent, long micros) {
    create(id, parent, AccountKind.ACCOUNT_KIND_ORGANISATION, micros).orThrow();
    return this;
  }

  TreeBench place(String id, String parent) {
    placed(id, parent).orThrow();
    return this;
  }

  Done<?> placed(String id, String parent) {
    return run(request(), "", sheet -> PlaceRules.place(sheet, PlaceAccountRequest.newBuilder().setRequestId("p-" + requests).setAccountId(id).setParentId(parent).build(), NOW));
  }

  Done<?> create(String id, String parent, AccountKind kind, long micros) {
    return create(CreateAccountRequest.newBuilder().setRequestId(request()).setAccountId(id).setParentId(parent).setKind(kind).setAmountMicros(micros).build());
  }

  Done<CreateAccountResponse> create(CreateAccountRequest request) {
    return run(request.getRequestId(), "", sheet -> CreateRules.create(sheet, request, NOW));
  }

  Done<?> transfer(String from, String to, long micros) {
    return transfer(TransferRequest.newBuilder().setRequestId(request()).setFromAccountId(from).setToAccountId(to).setAmountMicros(micros).build());
  }

  Done<?> transfer(TransferRequest request) {
    return run(request.getRequestId(), "", sheet -> TransferRules.transfer(sheet, request, AccountOperation.ACCOUNT_OPERATION_TRANSFERRED, NOW));
  }

  Done<ChargeResponse> charge(String id, long micros) {
    return charge(ChargeRequest.newBuilder().setRequestId(request()).setAccountId(id).setAmountMicros(micros).build());
  }

  Done<ChargeResponse> charge(ChargeRequest request) {
    Optional<Cost> cost = ChargeRules.cost(request, TokenPrices.defaults(), NOW);
    return run(request.getRequestId(), "", sheet -> ChargeRules.charge(sheet, request, cost.orElseThrow(), NOW));
  }

  Done<RefundResponse> refund(RefundRequest request) {
    return run(request.getRequestId(), request.getChargeRequestId(), sheet -> RefundRules.refund(sheet, request, NOW));
  }

  /** All steps of a close. */
  Done<CloseRules.Step> close(String id) {
    return close(id, "");
  }

  /** The same, by a swarm. */
  Done<CloseRules.Step> close(String id, String swarm) {
    CloseAccountRequest request = CloseAccountRequest.newBuilder().setRequestId(request()).setAccountId(id).setSwarmId(swarm).build();
    return run(request.getRequestId(), "", sheet -> CloseRules.step(sheet, request, deepestFirst(id), NOW));
  }

  List<String> deepestFirst(String id) {
    List<String> order = new ArrayList<>();
    holdings.values().stream().filter(child -> child.account().getParentId().equals(id)).forEach(child -> order.addAll(deepestFirst(child.id())));
    order.add(id);
    return order;
  }

  <T> Done<T> run(String requestId, String charge, BudgetRule<T> rule) {
    Map<String, LedgerLine> known = new HashMap<>();
    Optional.ofNullable(lines.get(requestId)).ifPresent(line -> known.put(requestId, line));
    Optional.ofNullable(lines.get(charge)).ifPresent(line -> known.put(charge, line));
    Sheet sheet =
        new Sheet(
            Map.copyOf(holdings),
            known,
            id -> Optional.ofNullable(holdings.get(id)).map(Holding::account),
            held);
    return switch (rule.decide(sheet)) {
      case BudgetRuling.Keep<T>(T answer) -> new Done<>(Optional.of(answer), Optional.empty());
      case BudgetRuling.Refuse<T>(Refusal refusal) -> new Done<>(Optional.empty(), Optional.of(refusal));
      case BudgetRuling.Write<T> write -> {
        write.next().forEach(holding -> holdings.put(holding.id(), holding));
        write.gone().forEach(holdings::remove);
        write.lines().forEach(line -> lines.put(line.getRequestId(), line));
        check();
        Map<String, Account> written = new HashMap<>();
        write.next().forEach(holding -> written.put(holding.id(), holding.account()));
        yield new Done<>(Optional.of(write.answer().apply(written)), Optional.empty());
      }
    };
  }

  Account account(String id) {
    return holdings.get(id).account();
  }

  long credit(String id) {
    return account(id).getCreditMicros();
  }

  /** Every amount adds up, and what parents gave is what children drew (X13). */
  void check() {
    for (Holding holding : holdings.values()) {
      Account account = holding.account();
      Optional<String> fault = Purses.fault(account);
      List<Account> beneath = holdings.values().stream().map(Holding::account).filter(child -> child.getParentId().equals(account.getAccountId())).toList();
      boolean family =
          beneath.size() == account.getChildren()
              && beneath.stream().mapToLong(Account::getDrawnMicros).sum() == account.getAllottedMicros()
              && beneath.stream().mapToLong(child -> child.getTokens().getDrawn()).sum() == account.getTokens().getAllotted();
      boolean standing = !(holding instanceof Holding.OfSwarm swarm) || swarm.books().standing().getCreditMicros() == account.getCreditMicros();
      if (fault.isPresent() || !family || !standing) {
        throw new AssertionError(account + " " + fault + " with " + beneath);
      }
    }
  }
}
