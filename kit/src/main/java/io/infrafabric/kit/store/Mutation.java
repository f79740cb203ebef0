package io.infrafabric.kit.store;

import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

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

  boolean isLate() {
    return System.nanoTime() >= deadlineNanos;
  }
}
