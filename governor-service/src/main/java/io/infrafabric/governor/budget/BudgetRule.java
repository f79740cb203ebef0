package io.infrafabric.governor.budget;

/**
 * What is decided about accounts; may be asked again with newer ones.
 *
 * @param <T> the answer
 */
interface BudgetRule<T> {
  /** Decides. */
  BudgetRuling<T> decide(Sheet sheet);
}
