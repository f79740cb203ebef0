package io.infrafabric.kit.store;

import java.util.Optional;

/** Hears of every change of the replica, on its thread and in order for each key. Must be quick and must not throw. */
@FunctionalInterface
public interface ReplicaListener {
  /**
   * @param key the key
   * @param before what it had, if anything
   * @param after what it has, empty when deleted
   */
  void onChange(String key, Optional<Entry> before, Optional<Entry> after);
}
