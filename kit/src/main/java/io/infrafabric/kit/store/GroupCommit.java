package io.infrafabric.kit.store;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Packs mutations into groups. All state belongs to the mailbox's thread. A mutation that meets a key of a group under way
 * waits; one whose records moved is asked again; one whose outcome is unknown is sent again as it was, because its compares
 * let it commit at most once.
 */
final class GroupCommit implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(GroupCommit.class);

  /** etcd's max-txn-ops: the members of a group and the operations of the largest one. */
  private static final int MAX_OPERATIONS = 128;

  private final Store store;
  private final ReplicaSettings settings;
  private final Mailbox mailbox;
  private final Replica replica;
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(Thread.ofPlatform().daemon(true).name("group-commit-timer").factory());
  private final AtomicInteger queued = new AtomicInteger();
  private final ArrayDeque<Mutation<?>> pending = new ArrayDeque<>();
  private final KeyLocks locks = new KeyLocks();
  /** Every mutation that has no answer yet. */
  private final Set<Mutation<?>> open = new LinkedHashSet<>();
  private int underWay;
  private volatile boolean reachable = true;
  private boolean probing;
  private volatile boolean closed;

  /** A decision on its way. */
  private static final class Mutation<T> {
    final Decision<T> decision;
    final Set<String> reads;
    final Set<String> writes;
    final CompletableFuture<T> answer = new CompletableFuture<>();
    final long deadlineNanos;
    int asked;
    boolean confirmed;
    boolean sent;
    boolean flying;
    boolean alone;
    Step.Commit<T> commit;
    Txn txn;

    Mutation(Decision<T> decision, long deadlineNanos) {
      this.decision = decision;
      this.reads = decision.reads();
      this.writes = decision.writes();
      this.deadlineNanos = deadlineNanos;
    }
  }

  GroupCommit(Store store, ReplicaSettings settings, Mailbox mailbox, Replica replica) {
    this.store = store;
    this.settings = settings;
    this.mailbox = mailbox;
    this.replica = replica;
  }

  void start() {
    long every = settings.probe().toMillis();
    timer.scheduleAtFixedRate(() -> mailbox.execute(this::tick), every, every, TimeUnit.MILLISECONDS);
  }

  boolean reachable() {
    return reachable;
  }

  <T> CompletableFuture<T> submit(Decision<T> decision) {
    Mutation<T> mutation = new Mutation<>(decision, System.nanoTime() + settings.patience().toNanos());
    if (closed || !reachable) {
      mutation.answer.completeExceptionally(unavailable().asException());
    } else if (queued.incrementAndGet() > settings.queue()) {
      queued.decrementAndGet();
      mutation.answer.completeExceptionally(
          Refusal.of(ErrorCode.ERROR_CODE_OVERLOADED, settings.queue() + " mutations wait already")
              .retryAfter(Duration.ofMillis(250))
              .asException());
    } else {
      mailbox.execute(() -> accept(mutation));
    }
    return mutation.answer;
  }

  private void accept(Mutation<?> mutation) {
    open.add(mutation);
    if (closed) {
      giveUp(mutation);
    } else {
      pending.add(mutation);
    }
  }

  /** Forms and sends groups while there is a lane and something to do. */
  void pump() {
    while (underWay < settings.lanes() && !pending.isEmpty()) {
      List<Mutation<?>> group = collect();
      if (group.isEmpty()) {
        return;
      }
      send(group);
    }
  }

  private List<Mutation<?>> collect() {
    List<Mutation<?>> group = new ArrayList<>();
    Set<String> skipped = new HashSet<>();
    int bytes = 0;
    int largest = 0;
    Iterator<Mutation<?>> waiting = pending.iterator();
    while (waiting.hasNext() && group.size() < settings.batchTransactions() && bytes < settings.batchBytes()) {
      Mutation<?> mutation = waiting.next();
      if (touches(mutation, skipped) || !locks.free(mutation.reads, mutation.writes)) {
        skipped.addAll(mutation.writes);
        continue;
      }
      if (mutation.txn == null && !ask(mutation)) {
        waiting.remove();
        continue;
      }
      if (mutation.alone && !group.isEmpty()) {
        skipped.addAll(mutation.writes);
        continue;
      }
      int size = mutation.txn.sizeBytes();
      largest = Math.max(largest, mutation.txn.operations());
      if (!group.isEmpty() && (bytes + size > settings.batchBytes() || group.size() + 1 + largest > MAX_OPERATIONS)) {
        break;
      }
      waiting.remove();
      bytes += size;
      locks.lock(mutation.reads, mutation.writes);
      group.add(mutation);
      if (mutation.alone) {
        break;
      }
    }
    return group;
  }

  private static boolean touches(Mutation<?> mutation, Set<String> keys) {
    if (keys.isEmpty()) {
      return false;
    }
    for (String key : mutation.writes) {
      if (keys.contains(key)) {
        return true;
      }
    }
    for (String key : mutation.reads) {
      if (keys.contains(key)) {
        return true;
      }
    }
    return false;
  }

  /** Asks the decision; false when it is answered already. */
  private <T> boolean ask(Mutation<T> mutation) {
    if (mutation.asked++ >= settings.attempts()) {
      refuse(mutation, Refusal.of(ErrorCode.ERROR_CODE_CONTENDED, "the records moved " + settings.attempts() + " times under the call"));
      return false;
    }
    Step<T> step;
    try {
      step = mutation.decision.decide(replica);
    } catch (RuntimeException bug) {
      fail(mutation, bug);
      return false;
    }
    switch (step) {
      case Step.Commit<T> commit -> {
        mutation.commit = commit;
        mutation.txn = commit.txn();
        return true;
      }
      case Step.Answer<T>(T value) -> {
        answer(mutation, value);
        return false;
      }
      case Step.Refuse<T>(Refusal refusal, boolean certain) -> {
        if (certain || mutation.confirmed) {
          refuse(mutation, refusal);
          return false;
        }
        Set<String> keys = new HashSet<>(mutation.reads);
        keys.addAll(mutation.writes);
        mutation.commit = null;
        mutation.txn = Txn.read(keys);
        return true;
      }
    }
  }

  private <T> void answer(Mutation<T> mutation, T value) {
    if (open.remove(mutation)) {
      queued.decrementAndGet();
      mutation.answer.complete(value);
    }
  }

  private void refuse(Mutation<?> mutation, Refusal refusal) {
    fail(mutation, refusal.asException());
  }

  private void fail(Mutation<?> mutation, RuntimeException failure) {
    if (open.remove(mutation)) {
      queued.decrementAndGet();
      mutation.answer.completeExceptionally(failure);
    }
  }

  private void send(List<Mutation<?>> group) {
    underWay++;
    List<Txn> txns = new ArrayList<>(group.size());
    for (Mutation<?> mutation : group) {
      txns.add(mutation.txn);
      mutation.flying = mutation.commit != null;
    }
    store.commit(txns).whenComplete((outcomes, bug) -> mailbox.execute(() -> settle(group, outcomes, bug)));
  }

  private void settle(List<Mutation<?>> group, List<Outcome> outcomes, Throwable bug) {
    underWay--;
    boolean answered = false;
    for (int i = 0; i < group.size(); i++) {
      Outcome outcome = bug == null ? outcomes.get(i) : new Outcome.Unknown(bug, true);
      Mutation<?> mutation = group.get(i);
      locks.unlock(mutation.reads, mutation.writes);
      mutation.flying = false;
      settle(mutation, outcome);
      answered |= !(outcome instanceof Outcome.Unknown);
    }
    if (answered) {
      reachable = true;
    }
  }

  private <T> void settle(Mutation<T> mutation, Outcome outcome) {
    switch (outcome) {
      case Outcome.Committed(long revision) -> {
        mutation.txn.writes().forEach(write -> learn(write, revision));
        committed(mutation, revision);
      }
      case Outcome.Rejected(long revision, Map<String, Optional<Entry>> current) -> {
        current.forEach((key, entry) -> replica.learn(key, entry, revision));
        mutation.confirmed |= current.keySet().containsAll(mutation.reads) && current.keySet().containsAll(mutation.writes);
        again(mutation);
      }
      case Outcome.Invalid(Throwable cause) -> {
        if (mutation.alone) {
          refuse(mutation, invalid(cause));
        } else {
          // One of the group is the cause: each goes again by itself.
          mutation.alone = true;
          again(mutation);
        }
      }
      case Outcome.Unknown(Throwable cause, boolean sent) -> {
        mutation.sent |= sent && mutation.commit != null;
        if (reachable) {
          reachable = false;
          log.atWarn().addKeyValue("cause", String.valueOf(cause)).log("the store does not answer");
        }
        if (System.nanoTime() >= mutation.deadlineNanos || closed) {
          giveUp(mutation);
        } else {
          resend(mutation);
        }
      }
    }
  }

  private <T> void committed(Mutation<T> mutation, long revision) {
    T value;
    try {
      value = mutation.commit.answer().apply(revision);
    } catch (RuntimeException bug) {
      fail(mutation, bug);
      return;
    }
    answer(mutation, value);
  }

  /** The decision is asked again, before all others. */
  private void again(Mutation<?> mutation) {
    mutation.txn = null;
    mutation.commit = null;
    if (closed) {
      giveUp(mutation);
    } else {
      pending.addFirst(mutation);
    }
  }

  private void learn(Txn.Write write, long revision) {
    Optional<Entry> now =
        switch (write) {
          case Txn.Write.Put put -> {
            long created = replica.get(put.key()).map(Entry::createRevision).orElse(revision);
            yield Optional.of(new Entry(put.key(), put.value(), created, revision, put.lease()));
          }
          case Txn.Write.Delete delete -> Optional.empty();
        };
    replica.learn(write.key(), now, revision);
  }

  private void resend(Mutation<?> mutation) {
    locks.lock(mutation.reads, mutation.writes);
    timer.schedule(
        () ->
            mailbox.execute(
                () -> {
                  locks.unlock(mutation.reads, mutation.writes);
                  if (System.nanoTime() >= mutation.deadlineNanos) {
                    giveUp(mutation);
                  } else {
                    pending.addFirst(mutation);
                  }
                }),
        100,
        TimeUnit.MILLISECONDS);
  }

  private void giveUp(Mutation<?> mutation) {
    refuse(mutation, mutation.sent || mutation.flying ? unknown() : unavailable());
  }

  /** Looks for signs of life while the store is away, and answers those that waited too long for their turn. */
  private void tick() {
    long now = System.nanoTime();
    pending.removeIf(
        mutation -> {
          boolean late = now >= mutation.deadlineNanos;
          if (late) {
            giveUp(mutation);
          }
          return late;
        });
    if (!reachable && !probing && !closed) {
      probing = true;
      store
          .commit(List.of(Txn.read(Set.of("/if/probe"))))
          .whenComplete(
              (outcomes, bug) ->
                  mailbox.execute(
                      () -> {
                        probing = false;
                        if (bug == null && !(outcomes.getFirst() instanceof Outcome.Unknown)) {
                          reachable = true;
                          log.atInfo().log("the store answers again");
                        }
                      }));
    }
  }

  private static Refusal invalid(Throwable cause) {
    return cause instanceof LeaseGoneException
        ? Refusal.of(ErrorCode.ERROR_CODE_CONTENDED, "the lease ended before the write; nothing was written")
        : Refusal.of(ErrorCode.ERROR_CODE_INTERNAL, "etcd does not take the transaction: " + cause);
  }

  private static Refusal unavailable() {
    return Refusal.of(ErrorCode.ERROR_CODE_UNAVAILABLE, "etcd does not answer; nothing was written")
        .retryAfter(Duration.ofSeconds(1));
  }

  private static Refusal unknown() {
    return Refusal.of(
        ErrorCode.ERROR_CODE_OUTCOME_UNKNOWN, "etcd did not answer in time; the call may or may not have been done");
  }

  @Override
  public void close() {
    closed = true;
    timer.shutdownNow();
    mailbox.execute(
        () -> {
          pending.clear();
          List.copyOf(open).forEach(this::giveUp);
        });
  }
}
