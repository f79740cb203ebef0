package io.infrafabric.governor;

import io.infrafabric.kit.store.Store;
import io.infrafabric.testkit.store.ForwardingStore;

/** A store whose watches never tell anything: what a replica over it knows, it has read or written itself. */
public final class DeafStore extends ForwardingStore {
  public DeafStore(Store store) {
    super(store);
  }

  @Override
  public Watch watch(String prefix, long afterRevision, WatchListener listener) {
    return () -> {};
  }
}
