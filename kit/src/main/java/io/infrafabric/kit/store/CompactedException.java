package io.infrafabric.kit.store;

/** The changes asked for have been forgotten by the store: a new snapshot is needed. */
public final class CompactedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final long compactedRevision;

  public CompactedException(long compactedRevision) {
    super("compacted up to revision " + compactedRevision);
    this.compactedRevision = compactedRevision;
  }

  /** Changes after this revision may still be told. */
  public long compactedRevision() {
    return compactedRevision;
  }
}
