package io.infrafabric.kit.store;

import io.infrafabric.testkit.store.ForwardingStore;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * A store that answers when the test lets it. A list is read when it is asked for and answered later; a commit is done and
 * answered later.
 */
final class SlowStore extends ForwardingStore {
  private final CompletableFuture<Void> commits;
  private final CompletableFuture<Void> lists;

  SlowStore(Store store, CompletableFuture<Void> commits, CompletableFuture<Void> lists) {
    super(store);
    this.commits = commits;
    this.lists = lists;
  }

  @Override
  public CompletableFuture<List<Outcome>> commit(List<Txn> batch) {
    return commits.thenCompose(now -> store.commit(batch));
  }

  @Override
  public CompletableFuture<Snapshot> list(List<String> prefixes) {
    CompletableFuture<Snapshot> read = store.list(prefixes);
    return lists.thenCompose(now -> read);
  }
}
