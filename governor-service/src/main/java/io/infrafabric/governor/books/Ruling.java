package io.infrafabric.governor.books;

import io.infrafabric.error.Refusal;

/**
 * What a rule decides about the books of a swarm.
 *
 * @param <T> what the caller learns beside the books
 */
public sealed interface Ruling<T> {
  /** The books become {@code next}, in one transaction. */
  record Write<T>(Books next, T answer) implements Ruling<T> {}

  /** Nothing changes, for instance because the request was done before. */
  record Keep<T>(Books books, T answer) implements Ruling<T> {}

  /** Nothing changes because it must not. */
  record Refuse<T>(Refusal refusal) implements Ruling<T> {}
}
