package io.infrafabric.kit.store;

import java.util.Set;

/**
 * One mutation: what it looks at, and what it does then. It may be asked more than once, always on the replica's own
 * thread, and must be pure and quick. Keys that the replica does not copy look absent at first: a transaction that compares
 * them, or a refusal, reads them, and the decision is asked again.
 *
 * @param <T> the answer
 */
public interface Decision<T> {
  /** Keys it looks at and never writes. */
  Set<String> reads();

  /** Keys it may write. */
  Set<String> writes();

  /**
   * Those of the written keys that several decisions of one group may write one after the other, in one transaction: each
   * sees what the one before wants to write. For records that many mutations touch, such as a book. A decision must not
   * take the revision of such an entry for anything.
   */
  default Set<String> shared() {
    return Set.of();
  }

  /**
   * Whether it is asked although a value at one of its keys cannot be read; any other is refused as RECORD_UNREADABLE then, because what
   * looks absent is not. Only for what deals with such values.
   */
  default boolean meetsUnreadable() {
    return false;
  }

  /** What to do, given the entries of its keys. */
  Step<T> decide(View view);
}
