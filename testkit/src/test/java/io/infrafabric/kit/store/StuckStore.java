package io.infrafabric.kit.store;

import io.infrafabric.testkit.store.ForwardingStore;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/** A store that answers nobody's commits that concern one key, and everybody else's at once. */
final class StuckStore extends ForwardingStore {
  private final String key;
  private final Function<List<Txn>, CompletableFuture<List<Outcome>>> instead;

  /**
   * @param instead what becomes of a commit that concerns the key
   */
  StuckStore(Store store, String key, Function<List<Txn>, CompletableFuture<List<Outcome>>> instead) {
    super(store);
    this.key = key;
    this.instead = instead;
  }

  @Override
  public CompletableFuture<List<Outcome>> commit(List<Txn> batch) {
    boolean concerned = batch.stream().anyMatch(txn -> txn.compares().stream().anyMatch(compare -> compare.key().equals(key)));
    return concerned ? instead.apply(batch) : store.commit(batch);
  }
}
