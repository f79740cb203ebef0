package io.infrafabric.kit.store;

import java.util.Optional;

/** The entries a decision may look at. */
public interface View {
  /** The entry of a key, as far as it is known here. */
  Optional<Entry> get(String key);

  /** Whether a value stands at the key that cannot be read; {@link #get} has nothing there. */
  default boolean isUnreadable(String key) {
    return false;
  }
}
