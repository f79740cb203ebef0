package io.infrafabric.governor.budget;

import io.infrafabric.governor.books.BooksCodec;
import io.infrafabric.governor.v1.Account;
import io.infrafabric.governor.v1.LedgerLine;
import io.infrafabric.kit.store.Decision;
import io.infrafabric.kit.store.RecordShape;
import io.infrafabric.kit.store.Step;
import io.infrafabric.kit.store.Txn;
import io.infrafabric.kit.store.View;
import io.infrafabric.names.SwarmId;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A ruling on accounts as one transaction of the store. It compares every account that the rule has looked at as one that may change, and the
 * promises of a swarm whose credit goes down, so that claims never promise what was given away; and the task of a claim that something is charged
 * for, so that the claim is held under its fence when it is booked. Lines live on a lease.
 */
record BudgetDecision<T>(BooksCodec codec, Scope scope, long lease, BudgetRule<T> rule) implements Decision<T> {

  @Override
  public Set<String> reads() {
    Set<String> reads = new LinkedHashSet<>();
    scope.unchanged().forEach(id -> reads.add(codec.keys().account(id)));
    scope.accounts().forEach(id -> reads.add(codec.keys().commitments(id)));
    scope.task().ifPresent(task -> reads.add(codec.keys().task(task)));
    return reads;
  }

  @Override
  public Set<String> writes() {
    Set<String> writes = new LinkedHashSet<>();
    scope.accounts().forEach(id -> writes.addAll(codec.keysOf(id)));
    writes.addAll(lineKeys());
    return writes;
  }

  private Set<String> lineKeys() {
    Set<String> keys = new LinkedHashSet<>();
    SwarmId first = scope.accounts().getFirst();
    keys.add(codec.keys().ledger(first, scope.requestId()));
    scope.charge().ifPresent(request -> keys.add(codec.keys().ledger(first, request)));
    scope.linesOf().forEach(id -> keys.add(codec.keys().ledger(id, scope.requestId())));
    return keys;
  }

  @Override
  public Step<T> decide(View view) {
    Sheet sheet = sheet(view);
    return switch (rule.decide(sheet)) {
      case BudgetRuling.Keep<T>(T answer) -> Step.answer(answer);
      case BudgetRuling.Refuse<T>(var refusal) -> Step.refuse(refusal);
      case BudgetRuling.Write<T> write ->
          Step.commit(txn(view, sheet, write), revision -> write.answer().apply(stamped(sheet, write, revision)));
    };
  }

  private Sheet sheet(View view) {
    Map<String, Holding> holdings = new HashMap<>();
    for (SwarmId id : scope.accounts()) {
      holding(codec, view, id).ifPresent(found -> holdings.put(id.value(), found));
    }
    Map<String, LedgerLine> lines = new HashMap<>();
    SwarmId first = scope.accounts().getFirst();
    line(view, codec.keys().ledger(first, scope.requestId())).ifPresent(line -> lines.put(scope.requestId(), line));
    scope.charge().ifPresent(request -> line(view, codec.keys().ledger(first, request)).ifPresent(line -> lines.put(request, line)));
    return new Sheet(
        holdings,
        lines,
        id -> view.get(codec.keys().account(new SwarmId(id))).map(BooksCodec::account),
        scope.task().flatMap(task -> view.get(codec.keys().task(task))).flatMap(HeldClaim::of));
  }

  /** An account as it is known: a swarm's only with all of its books. */
  static Optional<Holding> holding(BooksCodec codec, View view, SwarmId id) {
    Optional<Account> account = view.get(codec.keys().account(id)).map(BooksCodec::account);
    if (account.isEmpty() || !BooksCodec.isSwarms(account.get())) {
      return account.map(Holding.Own::new);
    }
    boolean whole = codec.keysOf(id).stream().allMatch(key -> view.get(key).isPresent());
    return whole ? codec.read(view, id).map(books -> new Holding.OfSwarm(books, codec.commitments(view, id))) : Optional.empty();
  }

  private static Optional<LedgerLine> line(View view, String key) {
    return view.get(key).flatMap(entry -> RecordShape.read(entry, LedgerLine.parser()));
  }

  private Txn txn(View view, Sheet sheet, BudgetRuling.Write<T> write) {
    Txn.Builder txn = Txn.builder();
    Set<String> promises = new LinkedHashSet<>();
    Map<String, Holding> next = new LinkedHashMap<>();
    write.next().forEach(holding -> next.put(holding.id(), holding));
    for (SwarmId id : scope.accounts()) {
      account(txn, view, id, sheet.at(id.value()), Optional.ofNullable(next.remove(id.value())), write.gone().contains(id.value()), promises);
    }
    if (!next.isEmpty()) {
      throw new IllegalStateException("accounts outside of the scope: " + next.keySet());
    }
    scope.unchanged().forEach(id -> txn.unchanged(view, codec.keys().account(id)));
    promises.forEach(key -> txn.unchanged(view, key));
    scope.task().ifPresent(task -> txn.unchanged(view, codec.keys().task(task)));
    Map<String, LedgerLine> lines = new HashMap<>();
    write.lines().forEach(line -> lines.put(codec.keys().ledger(new SwarmId(line.getAccountId()), line.getRequestId()), line));
    for (String key : lineKeys()) {
      LedgerLine line = lines.remove(key);
      if (line != null) {
        txn.put(view, key, line.toByteString(), lease);
      }
    }
    if (!lines.isEmpty()) {
      throw new IllegalStateException("lines outside of the scope: " + lines.keySet());
    }
    return txn.build();
  }

  private void account(
      Txn.Builder txn, View view, SwarmId id, Optional<Holding> before, Optional<Holding> after, boolean gone, Set<String> promises) {
    String key = codec.keys().account(id);
    if (gone) {
      txn.delete(view, key);
      return;
    }
    if (after.isEmpty()) {
      txn.unchanged(view, key);
      return;
    }
    switch (after.get()) {
      case Holding.Own(Account account) -> txn.put(view, key, BooksCodec.bytes(BooksCodec.told(before.map(Holding::account), account)));
      case Holding.OfSwarm swarm -> {
        Holding.OfSwarm was = (Holding.OfSwarm) before.orElseThrow();
        codec.write(txn, view, id, Optional.of(was.books()), swarm.books());
        if (swarm.account().getCreditMicros() < was.account().getCreditMicros()) {
          promises.add(codec.keys().commitments(id));
        }
      }
    }
  }

  /** The changed accounts with the revision of the change. */
  private Map<String, Account> stamped(Sheet sheet, BudgetRuling.Write<T> write, long revision) {
    Map<String, Account> accounts = new HashMap<>();
    for (Holding holding : write.next()) {
      Account told = BooksCodec.told(sheet.at(holding.id()).map(Holding::account), holding.account());
      accounts.put(holding.id(), told.toBuilder().setRevision(revision).build());
    }
    return accounts;
  }
}
