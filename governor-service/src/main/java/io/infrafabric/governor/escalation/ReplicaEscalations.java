package io.infrafabric.governor.escalation;

import io.infrafabric.governor.books.Books;
import io.infrafabric.governor.books.BooksCodec;
import io.infrafabric.governor.v1.Escalation;
import io.infrafabric.governor.v1.EscalationState;
import io.infrafabric.kit.store.Replica;
import io.infrafabric.names.EscalationId;
import io.infrafabric.names.Keys;
import io.infrafabric.names.SwarmId;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * All escalations in a replica of the store: reads them, and lets rules change them, each in one transaction. Each version is parsed once, when
 * it comes in, because all of them are looked through often.
 */
public final class ReplicaEscalations {
  private final Replica replica;
  private final EscalationCodec codec;
  private final NavigableMap<String, Escalation> known = new ConcurrentSkipListMap<>();

  public ReplicaEscalations(Replica replica, Keys keys) {
    this.replica = replica;
    this.codec = new EscalationCodec(keys);
    replica.onChange(
        keys.escalations(),
        (key, before, after) -> {
          if (after.isPresent()) {
            known.put(Keys.idOf(key), EscalationCodec.escalation(after.get()));
          } else {
            known.remove(Keys.idOf(key));
          }
        });
  }

  /** One as far as it is known here. */
  public Optional<Escalation> get(EscalationId id) {
    return Optional.ofNullable(known.get(id.value()));
  }

  /** All by id, as far as they are known here. */
  public Stream<Escalation> all() {
    return known.values().stream();
  }

  /** Those after one by id, or all when it is empty, as far as they are known here. */
  Stream<Escalation> after(String id) {
    return known.tailMap(id, false).values().stream();
  }

  /** How many are open, as far as is known here. */
  long open() {
    return all().filter(one -> one.getState() == EscalationState.ESCALATION_STATE_OPEN).count();
  }

  /** Runs the action soon after one changes, on the replica's thread; it must be quick. */
  public void onChange(Runnable action) {
    replica.onChange(keys().escalations(), (key, before, after) -> action.run());
  }

  /** Done when one is known here as it is in the store now. */
  CompletableFuture<Void> refresh(EscalationId id) {
    return replica.refresh(Set.of(keys().escalation(id))).thenApply(read -> null);
  }

  /**
   * Changes one as the rule says; the rule may be asked again with a newer one.
   *
   * @return the escalation afterwards, empty when there is none; or the failures of {@link Replica#decide}
   */
  public CompletableFuture<Optional<Escalation>> change(EscalationId id, Function<Optional<Escalation>, Turn> rule) {
    return replica.decide(new TurnDecision(codec, id, Set.of(), Optional.empty(), (view, known) -> rule.apply(known)));
  }

  /** Looks at one and at its cause in one transaction. */
  CompletableFuture<Optional<Escalation>> review(EscalationId id, Source source, Review review) {
    return replica.decide(
        new TurnDecision(
            codec,
            id,
            source.reads(),
            Optional.empty(),
            (view, known) -> review.turn(known, source.cause(view, known).filter(cause -> cause.id().equals(id)), source.whyOver(view))));
  }

  /** What {@link #review} would do as far as is known here. */
  Turn preview(EscalationId id, Source source, Review review) {
    Optional<Escalation> known = get(id);
    return review.turn(known, source.cause(replica, known).filter(cause -> cause.id().equals(id)), source.whyOver(replica));
  }

  /** A rule about an escalation and its cause. */
  @FunctionalInterface
  interface Review {
    /**
     * @param whyOver what became of the cause when it is empty
     */
    Turn turn(Optional<Escalation> known, Optional<Cause> cause, String whyOver);
  }

  /** Changes one with the books of its swarm in one transaction. */
  CompletableFuture<Optional<Escalation>> changeWithBooks(EscalationId id, SwarmId swarm, WithBooks rule) {
    BooksCodec books = new BooksCodec(keys());
    return replica.decide(
        new TurnDecision(codec, id, Set.of(), Optional.of(swarm), (view, known) -> rule.turn(known, books.read(view, swarm))));
  }

  /** A rule about an escalation and the books of its swarm. */
  @FunctionalInterface
  interface WithBooks {
    Turn turn(Optional<Escalation> known, Optional<Books> books);
  }

  Replica replica() {
    return replica;
  }

  Keys keys() {
    return codec.keys();
  }
}
