package io.infrafabric.kit.store;

import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

/** A decision on its way to an answer. Belongs to the mailbox's thread. */
final class Mutation<T> {
  final Decision<T> decision;
  final Set<String> reads;
  final Set<String> writes;
  final Set<String> shared;
  final CompletableFuture<T> answer = new CompletableFuture<>();
  final long deadlineNanos;

  /** How often it was asked. */
  int asked;

  private Set<String> unread;

  /** What was read for it at keys that the replica does not copy. */
  private Map<String, Optional<Entry>> beside;

  /** True when a transaction of it may have reached the store without an answer. */
  boolean sent;

  /** True while a transaction of it is under way. */
  boolean flying;

  /** True when it must have a group to itself, because a group with it was invalid. */
  boolean alone;

  /** What it wants, while that is under way. */
  Step.Commit<T> commit;

  Mutation(Decision<T> decision, long deadlineNanos) {
    this.decision = decision;
    this.reads = decision.reads();
    this.writes = decision.writes();
    this.shared = decision.shared();
    this.deadlineNanos = deadlineNanos;
  }

  /** Its keys that have not been read from the store for it. */
  Set<String> unread() {
    if (unread == null) {
      unread = new LinkedHashSet<>(reads);
      unread.addAll(writes);
    }
    return unread;
  }

  /** Keeps what was read at a key that the replica does not copy, for when it is asked again. */
  void learn(String key, Optional<Entry> entry) {
    if (beside == null) {
      beside = new HashMap<>();
    }
    beside.put(key, entry);
  }

  /** The copy, and what was read for it beside the copy. */
  View over(View copy) {
    return beside == null
        ? copy
        : key -> {
          Optional<Entry> read = beside.get(key);
          return read == null ? copy.get(key) : read;
        };
  }

  /** Asks the decision, unless one of its records cannot be read: nothing is decided about what nobody knows. */
  Step<T> ask(View over, Replica replica) {
    if (replica.readsAll() || decision.meetsUnreadable()) {
      return decision.decide(over);
    }
    return Stream.concat(writes.stream(), reads.stream())
        .flatMap(key -> replica.unreadable(key).stream())
        .findFirst()
        .map(found -> Step.<T>refuse(UnreadableRefusal.of(found)))
        .orElseGet(() -> decision.decide(over));
  }

  boolean isLate() {
    return System.nanoTime() >= deadlineNanos;
  }
}
