package io.infrafabric.names;

/** The etcd revision of a claim: unique per claim of a task and strictly increasing. A report with an older one is stale. */
public record Fence(long revision) {
  /** A fence that is known: a revision above 0. */
  public Fence {
    if (revision <= 0) {
      throw new IllegalArgumentException("a fence is an etcd revision above 0, not " + revision);
    }
  }

  @Override
  public String toString() {
    return Long.toString(revision);
  }
}
