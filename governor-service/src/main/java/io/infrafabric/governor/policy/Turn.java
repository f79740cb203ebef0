package io.infrafabric.governor.policy;

import io.infrafabric.error.Refusal;
import io.infrafabric.governor.v1.Policy;

/** What becomes of the policy. */
sealed interface Turn {
  /** This is the next revision, in force or in the shadow as its mode says. */
  record Next(Policy policy) implements Turn {}

  /** There is no shadow any more. */
  record NoShadow(Policy dropped) implements Turn {}

  /** Nothing: done before. */
  record Done(Policy policy) implements Turn {}

  /** It may not be. */
  record Refuse(Refusal refusal) implements Turn {}
}
