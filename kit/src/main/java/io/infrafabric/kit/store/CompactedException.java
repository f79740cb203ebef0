package io.infrafabric.kit.store;

/** The changes asked for have been forgotten by the store: a new snapshot is needed. */
public final class CompactedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** @param compactedRevision the oldest revision whose changes the store may still tell */
  public CompactedException(long compactedRevision) {
    super("compacted up to revision " + compactedRevision);
  }
}
