package io.infrafabric.kit.store;

import io.infrafabric.error.Refusal;
import java.util.function.LongFunction;

/** What a decision wants. */
public sealed interface Step<T> {
  /** Commit this; the answer is made of the revision. */
  record Commit<T>(Txn txn, LongFunction<T> answer) implements Step<T> {}

  /** Nothing to write: done already. */
  record Answer<T>(T value) implements Step<T> {}

  /**
   * It may not be.
   *
   * @param certain true when a newer view could not change it; otherwise the keys are read from the store and the
   *     decision is asked once more before it stands
   */
  record Refuse<T>(Refusal refusal, boolean certain) implements Step<T> {}

  static <T> Step<T> commit(Txn txn, LongFunction<T> answer) {
    return new Commit<>(txn, answer);
  }

  static <T> Step<T> answer(T value) {
    return new Answer<>(value);
  }

  /** A refusal that a fresh look could lift. */
  static <T> Step<T> refuse(Refusal refusal) {
    return new Refuse<>(refusal, false);
  }

  /** A refusal that stands whatever happened meanwhile. */
  static <T> Step<T> refuseCertainly(Refusal refusal) {
    return new Refuse<>(refusal, true);
  }
}
