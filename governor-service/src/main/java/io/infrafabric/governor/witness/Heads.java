package io.infrafabric.governor.witness;

import com.google.protobuf.InvalidProtocolBufferException;
import io.infrafabric.governor.v1.WitnessHead;
import io.infrafabric.kit.store.Entry;
import io.infrafabric.kit.store.Outcome;
import io.infrafabric.kit.store.Snapshot;
import io.infrafabric.kit.store.Store;
import io.infrafabric.kit.store.Txn;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** The head of the log in the store: read, and moved by compare-and-set. Waits for the store. */
final class Heads {
  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final Duration LIST_PATIENCE = Duration.ofSeconds(60);

  private final Store store;
  private final String key;

  /**
   * The head as it was read or written.
   *
   * @param storeRevision the store's newest revision then
   * @param modRevision of its record, 0 without one
   */
  record Position(Optional<WitnessHead> head, long storeRevision, long modRevision) {}

  Heads(Store store, String key) {
    this.store = store;
    this.key = key;
  }

  /**
   * Reads it.
   *
   * @throws IllegalStateException when the store does not answer
   */
  Position read() {
    // A compare that never holds: the else-branch reads.
    Outcome outcome = commit(new Txn(List.of(new Txn.Compare(key, -1)), List.of()));
    if (outcome instanceof Outcome.Rejected(long revision, var current)) {
      Optional<Entry> entry = current.get(key);
      return new Position(entry.map(Heads::parse), revision, entry.map(Entry::modRevision).orElse(0L));
    }
    throw new IllegalStateException("the head of the witness log cannot be read: " + outcome);
  }

  /** Moves it if it still is as it was read; empty when it is not, or nobody knows. */
  Optional<Position> move(Position from, WitnessHead to) {
    Txn txn = new Txn(List.of(new Txn.Compare(key, from.modRevision())), List.of(new Txn.Write.Put(key, to.toByteString(), 0)));
    return commit(txn) instanceof Outcome.Committed(long revision) ? Optional.of(new Position(Optional.of(to), revision, revision)) : Optional.empty();
  }

  /** Everything under a prefix; fails when the store does not answer. */
  Snapshot list(String prefix) {
    return wait(store.list(List.of(prefix)), LIST_PATIENCE);
  }

  private Outcome commit(Txn txn) {
    return wait(store.commit(List.of(txn)), PATIENCE).getFirst();
  }

  private static <T> T wait(CompletableFuture<T> asked, Duration patience) {
    return asked.orTimeout(patience.toMillis(), TimeUnit.MILLISECONDS).join();
  }

  private static WitnessHead parse(Entry entry) {
    try {
      return WitnessHead.parseFrom(entry.value());
    } catch (InvalidProtocolBufferException malformed) {
      throw new IllegalStateException("malformed record at " + entry.key(), malformed);
    }
  }
}
