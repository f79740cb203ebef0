package io.infrafabric.governor.escalation;

import io.infrafabric.error.Refusal;
import io.infrafabric.governor.books.Books;
import io.infrafabric.governor.v1.Escalation;

/** What a rule decides about an escalation. */
public sealed interface Turn {
  /** It becomes this. */
  record Write(Escalation next) implements Turn {}

  /** It becomes this, and the books of its swarm change, in one transaction. */
  record WriteWithBooks(Escalation next, Books before, Books after) implements Turn {}

  /** It is forgotten. */
  record Delete() implements Turn {}

  /** Nothing changes, for instance because it is done. */
  record Keep() implements Turn {}

  /** Nothing changes because it must not. */
  record Refuse(Refusal refusal) implements Turn {}
}
