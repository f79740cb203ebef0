package io.infrafabric.governor.budget;

import io.infrafabric.governor.books.BooksCheck;
import io.infrafabric.governor.books.BooksCodec;
import io.infrafabric.governor.books.Books;
import io.infrafabric.governor.relay.Facts;
import io.infrafabric.governor.v1.Account;
import io.infrafabric.kit.relay.OutboundMessage;
import io.infrafabric.kit.store.Change;
import io.infrafabric.kit.store.Prefix;
import io.infrafabric.kit.store.Replica;
import io.infrafabric.kit.store.ReplicaSettings;
import io.infrafabric.kit.store.Store;
import io.infrafabric.kit.store.Txn;
import io.infrafabric.names.Keys;
import io.infrafabric.names.SwarmId;
import io.infrafabric.testkit.history.HistoryJudge;
import io.infrafabric.testkit.history.Version;
import io.infrafabric.testkit.history.Violation;
import io.infrafabric.testkit.store.MemoryStore;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;

/** A store with accounts in it, whose history is judged as it is written, and governors' trees over it. */
final class TreeCell implements AutoCloseable {
  static final Keys KEYS = new Keys();

  final MemoryStore store = new MemoryStore(System::nanoTime);
  final List<OutboundMessage> published = new CopyOnWriteArrayList<>();
  private final HistoryJudge judge = new HistoryJudge(KEYS);
  private final List<AutoCloseable> open = new ArrayList<>();
  private final BudgetSettings settings;

  TreeCell(Duration remembered) {
    settings = new BudgetSettings(BudgetSettings.defaults().tokenPrices(), remembered, Duration.ofMillis(100));
    store.watch(
        KEYS.root(),
        0,
        new Store.WatchListener() {
          @Override
          public void onChanges(List<Change> changes) {
            see(changes);
          }

          @Override
          public void onBroken(Throwable reason) {
            throw new AssertionError("the history is not whole", reason);
          }
        });
  }

  private synchronized void see(List<Change> changes) {
    TreeMap<Long, List<Version>> revisions = new TreeMap<>();
    for (Change change : changes) {
      Version version =
          switch (change) {
            case Change.Written(var entry) -> new Version(entry.modRevision(), entry.key(), Optional.of(entry.value()));
            case Change.Deleted(String key, long revision) -> new Version(revision, key, Optional.empty());
          };
      revisions.computeIfAbsent(version.revision(), revision -> new ArrayList<>()).add(version);
    }
    revisions.values().forEach(judge::next);
  }

  /** What must not be in the history so far. */
  synchronized List<Violation> violations() {
    return judge.violations();
  }

  /** A governor's tree over a way to the store. */
  AccountTree tree(Store way) {
    List<Prefix> prefixes =
        List.of(
            Prefix.of(KEYS.swarms()), Prefix.of(KEYS.standings()), Prefix.of(KEYS.accounts()), Prefix.of(KEYS.breakers()), Prefix.of(KEYS.commitments()));
    Replica replica = Replica.open("tree-test", way, prefixes, ReplicaSettings.defaults(), new BooksCheck(KEYS));
    replica.ready().join();
    AccountTree tree =
        AccountTree.open(
            way,
            replica,
            new Facts(KEYS, InstantSource.system()),
            message -> {
              published.add(message);
              return CompletableFuture.completedFuture(null);
            },
            settings,
            20,
            () -> 0,
            Runnable::run,
            InstantSource.system());
    open.add(replica);
    open.add(tree);
    return tree;
  }

  /** Registers a swarm, without money. */
  void swarm(String id) {
    Books books = ((Holding.OfSwarm) new TreeBench().swarm(id, 0).holdings.get(id)).books();
    Txn txn = new BooksCodec(KEYS).write(key -> Optional.empty(), new SwarmId(id), Optional.empty(), books).build();
    store.commit(List.of(txn)).join();
  }

  /** Every account as it stands in the store. */
  List<Account> accounts() {
    return store.entries(KEYS.accounts()).stream().map(BooksCodec::account).toList();
  }

  /** One account as it stands in the store. */
  Account account(String id) {
    return accounts().stream().filter(account -> account.getAccountId().equals(id)).findFirst().orElseThrow();
  }

  @Override
  public void close() throws Exception {
    for (AutoCloseable one : open.reversed()) {
      one.close();
    }
  }
}
