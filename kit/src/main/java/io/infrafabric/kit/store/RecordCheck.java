package io.infrafabric.kit.store;

import java.util.Optional;

/** Says what is wrong with a value, by the key that it stands at. Must be pure and quick, and must not throw. */
@FunctionalInterface
public interface RecordCheck {
  /** Finds fault with nothing. */
  RecordCheck NONE = entry -> Optional.empty();

  /** Why the value cannot be read; empty when it can. */
  Optional<String> fault(Entry entry);
}
