package io.infrafabric.governor.escalation;

import io.infrafabric.governor.books.Books;
import io.infrafabric.governor.books.BooksCodec;
import io.infrafabric.governor.v1.Escalation;
import io.infrafabric.kit.store.Decision;
import io.infrafabric.kit.store.Step;
import io.infrafabric.kit.store.Txn;
import io.infrafabric.kit.store.View;
import io.infrafabric.names.EscalationId;
import io.infrafabric.names.SwarmId;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;

/**
 * A turn of one escalation as a transaction of the store; answers the escalation afterwards, empty when there is none.
 *
 * @param reads keys that must be as the rule saw them
 * @param books the swarm whose books the rule may change, too
 */
record TurnDecision(
    EscalationCodec codec,
    EscalationId id,
    Set<String> reads,
    Optional<SwarmId> books,
    BiFunction<View, Optional<Escalation>, Turn> rule)
    implements Decision<Optional<Escalation>> {

  private BooksCodec booksCodec() {
    return new BooksCodec(codec.keys());
  }

  @Override
  public Set<String> writes() {
    Set<String> keys = new HashSet<>(Set.of(codec.keys().escalation(id)));
    books.ifPresent(swarm -> keys.addAll(booksCodec().keysOf(swarm)));
    return keys;
  }

  @Override
  public Step<Optional<Escalation>> decide(View view) {
    String key = codec.keys().escalation(id);
    Optional<Escalation> known = codec.read(view, id);
    return switch (rule.apply(view, known)) {
      case Turn.Keep keep -> Step.answer(known);
      case Turn.Refuse(var refusal) -> Step.refuse(refusal);
      case Turn.Delete delete -> Step.commit(unchanged(view, Txn.builder().delete(view, key)).build(), revision -> Optional.empty());
      case Turn.Write(Escalation next) -> {
        Txn.Builder txn = unchanged(view, Txn.builder().put(view, key, EscalationCodec.bytes(next)));
        books.ifPresent(swarm -> booksCodec().keysOf(swarm).forEach(book -> txn.unchanged(view, book)));
        yield Step.commit(txn.build(), revision -> Optional.of(stamped(next, revision)));
      }
      case Turn.WriteWithBooks(Escalation next, Books before, Books after) ->
          Step.commit(
              unchanged(view, booksCodec().write(view, books.orElseThrow(), Optional.of(before), after).put(view, key, EscalationCodec.bytes(next))).build(),
              revision -> Optional.of(stamped(next, revision)));
    };
  }

  private Txn.Builder unchanged(View view, Txn.Builder txn) {
    reads.forEach(read -> txn.unchanged(view, read));
    return txn;
  }

  private static Escalation stamped(Escalation escalation, long revision) {
    return escalation.toBuilder().setRevision(revision).build();
  }
}
