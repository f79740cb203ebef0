package io.infrafabric.kit.store;

import java.util.concurrent.CompletableFuture;

/** The port to what keeps the store's database small. Futures fail when the store does not answer. */
public interface Upkeep {
  /** Of a store that is never full. */
  Upkeep UNLIMITED =
      new Upkeep() {
        @Override
        public CompletableFuture<Space> space() {
          return CompletableFuture.completedFuture(new Space(0, 0, false, 0));
        }

        @Override
        public CompletableFuture<Void> compact(long revision) {
          return CompletableFuture.completedFuture(null);
        }

        @Override
        public CompletableFuture<Void> defragment() {
          return CompletableFuture.completedFuture(null);
        }
      };

  /**
   * The database, where it is largest.
   *
   * @param sizeBytes of the file, which never shrinks by itself
   * @param usedBytes of it in use; the rest is taken for new writes first
   * @param alarm whether the store has stopped taking writes because of its quota
   * @param revision newest revision
   */
  record Space(long sizeBytes, long usedBytes, boolean alarm, long revision) {}

  /** Asks every member. */
  CompletableFuture<Space> space();

  /** Forgets every version of every key up to the revision but the newest; succeeds when it was done before. */
  CompletableFuture<Void> compact(long revision);

  /** Gives free space back and lifts the alarm, one member after the other; a member answers nobody meanwhile. */
  CompletableFuture<Void> defragment();
}
