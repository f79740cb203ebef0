package io.infrafabric.kit.relay;

import com.google.protobuf.ByteString;
import io.infrafabric.kit.store.Entry;
import io.infrafabric.kit.store.Outcome;
import io.infrafabric.kit.store.Store;
import io.infrafabric.kit.store.Txn;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;

/** Where a relay goes on after a restart: a revision as decimal text, written by compare-and-set and never lowered. */
final class RelayCursor {
  private final Store store;
  private final String key;

  /**
   * The cursor as it was read.
   *
   * @param storeRevision the store's revision then; a cursor above it is from another history (a restored backup)
   * @param modRevision of the cursor's record, 0 without one
   */
  record Position(long storeRevision, long modRevision, OptionalLong published) {}

  RelayCursor(Store store, String key) {
    this.store = store;
    this.key = key;
  }

  /** Reads it; fails when the store does not answer. */
  CompletableFuture<Position> read() {
    // A compare that never holds: the else-branch reads.
    return store
        .commit(List.of(new Txn(List.of(new Txn.Compare(key, -1)), List.of())))
        .thenCompose(outcomes -> position(outcomes.getFirst()));
  }

  /** Writes it if it still is as it was read; fails when the store does not answer. */
  CompletableFuture<Position> write(Position read, long published) {
    ByteString text = ByteString.copyFromUtf8(Long.toString(published));
    Txn txn =
        new Txn(List.of(new Txn.Compare(key, read.modRevision())), List.of(new Txn.Write.Put(key, text, 0)));
    return store
        .commit(List.of(txn))
        .thenCompose(
            outcomes ->
                outcomes.getFirst() instanceof Outcome.Committed(long revision)
                    ? CompletableFuture.completedFuture(new Position(revision, revision, OptionalLong.of(published)))
                    : position(outcomes.getFirst()));
  }

  private CompletableFuture<Position> position(Outcome outcome) {
    return switch (outcome) {
      case Outcome.Rejected(long revision, var current) ->
          CompletableFuture.completedFuture(
              new Position(
                  revision,
                  current.get(key).map(Entry::modRevision).orElse(0L),
                  current.get(key).map(RelayCursor::parse).orElse(OptionalLong.empty())));
      case Outcome.Unknown(Throwable cause, boolean sent) -> CompletableFuture.failedFuture(cause);
      case Outcome.Invalid(Throwable cause) -> CompletableFuture.failedFuture(cause);
      case Outcome.Committed committed -> CompletableFuture.failedFuture(new IllegalStateException("a read was committed"));
    };
  }

  private static OptionalLong parse(Entry entry) {
    Optional<String> digits = Optional.of(entry.value().toStringUtf8()).filter(text -> text.matches("[0-9]{1,18}"));
    return digits.map(text -> OptionalLong.of(Long.parseLong(text))).orElse(OptionalLong.empty());
  }
}
