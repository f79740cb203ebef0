package io.infrafabric.kit.store;

/** One key written or deleted. */
public sealed interface Change {
  String key();

  long revision();

  /** The key has this value now. */
  record Written(Entry entry) implements Change {
    @Override
    public String key() {
      return entry.key();
    }

    @Override
    public long revision() {
      return entry.modRevision();
    }
  }

  /** The key is gone, by a delete or with its lease. */
  record Deleted(String key, long revision) implements Change {}
}
