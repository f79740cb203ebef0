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
import java.util.stream.Collectors;

/**
 * Packs mutations into groups. All state belongs to the mailbox's thread. A mutation that meets a key of a group under way
 * waits; one whose records moved is asked again; one whose outcome is unknown is sent again as it was, because its compares
 * let it commit at most once.
 */
final class GroupCommit implements AutoCloseable {

  private static final long RESEND_MILLIS = 100;
  private static final Duration COME_AGAIN = Duration.ofSeconds(1);

  /** Keys read at once for a refusal; a decision about more of them reads again. */
  static final int READ_KEYS = 100;

  private final Store store;
  private final ReplicaSettings settings;
  private final Mailbox mailbox;
  private final Replica replica;
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(Thread.ofPlatform().daemon(true).name("group-commit-timer").factory());
  private final AtomicInteger queued = new AtomicInteger();
  private final ArrayDeque<Mutation<?>> pending = new ArrayDeque<>();
  /** Bundles without a known outcome whose time has come to be sent again as they were. */
  private final ArrayDeque<Bundle> resends = new ArrayDeque<>();
  private final KeyLocks locks = new KeyLocks();
  /** Every mutation that has no answer yet. */
  private final Set<Mutation<?>> open = new LinkedHashSet<>();
  private int underWay;
  private final SignsOfLife life;
  private volatile boolean closed;

  GroupCommit(Store store, ReplicaSettings settings, Mailbox mailbox, Replica replica) {
    this.store = store;
    this.settings = settings;
    this.mailbox = mailbox;
    this.replica = replica;
    this.life = new SignsOfLife(store, mailbox);
  }

  void start() {
    long every = settings.probe().toMillis();
    timer.scheduleAtFixedRate(() -> mailbox.execute(this::tick), every, every, TimeUnit.MILLISECONDS);
  }

  boolean reachable() {
    return life.reachable();
  }

  <T> CompletableFuture<T> submit(Decision<T> decision) {
    Mutation<T> mutation = new Mutation<>(decision, System.nanoTime() + settings.patience().toNanos());
    if (closed || !life.reachable()) {
      mutation.answer.completeExceptionally((closed ? stopped() : unavailable()).asException());
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
    while (underWay < settings.lanes() && !(pending.isEmpty() && resends.isEmpty())) {
      Group group = collect();
      if (group.isEmpty()) {
        return;
      }
      send(group.bundles());
    }
  }

  private Group collect() {
    Group group = new Group(settings);
    while (!resends.isEmpty() && group.fits(resends.peek())) {
      Bundle bundle = resends.poll();
      locks.unlock(bundle.reads, bundle.writes); // the group locks them again
      group.add(bundle);
    }
    Set<String> skipped = new HashSet<>();
    Iterator<Mutation<?>> waiting = pending.iterator();
    while (waiting.hasNext() && !group.isFull()) {
      Mutation<?> mutation = waiting.next();
      Fate fate =
          touches(mutation, skipped) || !locks.free(mutation.reads, mutation.writes) ? Fate.LATER : place(group, mutation);
      switch (fate) {
        case GONE -> waiting.remove();
        case LATER -> skipped.addAll(mutation.writes);
        case FULL -> {
          return locked(group);
        }
      }
    }
    return locked(group);
  }

  private Group locked(Group group) {
    group.bundles().forEach(bundle -> locks.lock(bundle.reads, bundle.writes));
    return group;
  }

  /** What becomes of a waiting mutation: it leaves the queue, waits for another group, or finds this one full. */
  private enum Fate {
    GONE,
    LATER,
    FULL
  }

  private Fate place(Group group, Mutation<?> mutation) {
    return switch (group.placeFor(mutation)) {
      case Group.Place.Nowhere() -> Fate.LATER;
      case Group.Place.Own() -> {
        Optional<Txn> txn = ask(mutation);
        if (txn.isEmpty()) {
          yield Fate.GONE;
        }
        Bundle bundle = new Bundle(mutation, txn.get());
        if (!group.fits(bundle)) {
          yield Fate.FULL;
        }
        group.add(bundle);
        yield Fate.GONE;
      }
      case Group.Place.After(Bundle bundle) -> join(group, bundle, mutation);
    };
  }

  /** Adds a mutation to a bundle, unless it wants no write: what rests on writes that may not happen is not answered. */
  private <T> Fate join(Group group, Bundle bundle, Mutation<T> mutation) {
    Step<T> step;
    try {
      step = mutation.ask(bundle.over(mutation.over(replica)), replica);
    } catch (RuntimeException bug) {
      return Fate.LATER;
    }
    if (!(step instanceof Step.Commit<T> commit) || !group.mayGrow(bundle, commit.txn())) {
      return Fate.LATER;
    }
    mutation.commit = commit;
    bundle.add(mutation, commit.txn());
    group.grew(bundle, commit.txn().sizeBytes());
    return Fate.GONE;
  }

  private static boolean touches(Mutation<?> mutation, Set<String> keys) {
    return !keys.isEmpty() && (mutation.writes.stream().anyMatch(keys::contains) || mutation.reads.stream().anyMatch(keys::contains));
  }

  /** Asks the decision; empty when it is answered already. */
  private <T> Optional<Txn> ask(Mutation<T> mutation) {
    if (mutation.asked++ >= settings.attempts()) {
      refuse(mutation, Refusal.of(ErrorCode.ERROR_CODE_CONTENDED, "the records moved " + settings.attempts() + " times under the call"));
      return Optional.empty();
    }
    Step<T> step;
    try {
      step = mutation.ask(mutation.over(replica), replica);
    } catch (RuntimeException bug) {
      fail(mutation, bug);
      return Optional.empty();
    }
    return switch (step) {
      case Step.Commit<T> commit -> {
        mutation.commit = commit;
        yield Optional.of(commit.txn());
      }
      case Step.Answer<T>(T value) -> {
        answer(mutation, value);
        yield Optional.empty();
      }
      case Step.Refuse<T>(Refusal refusal, boolean certain) -> {
        if (certain || mutation.unread().isEmpty()) {
          refuse(mutation, refusal);
          yield Optional.empty();
        }
        mutation.commit = null;
        yield Optional.of(Txn.read(mutation.unread().stream().limit(READ_KEYS).collect(Collectors.toSet())));
      }
    };
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

  private void send(List<Bundle> group) {
    underWay++;
    List<Txn> txns = new ArrayList<>(group.size());
    for (Bundle bundle : group) {
      txns.add(bundle.txn());
      bundle.members.forEach(mutation -> mutation.flying = mutation.commit != null);
    }
    store
        .commit(txns)
        .whenComplete(
            (outcomes, bug) -> {
              long cameNanos = System.nanoTime();
              mailbox.execute(() -> settle(group, outcomes, bug, cameNanos));
            });
  }

  private void settle(List<Bundle> group, List<Outcome> outcomes, Throwable bug, long cameNanos) {
    replica.hear(cameNanos);
    underWay--;
    boolean answered = false;
    for (int i = 0; i < group.size(); i++) {
      Outcome outcome = bug == null ? outcomes.get(i) : new Outcome.Unknown(bug, true);
      Bundle bundle = group.get(i);
      locks.unlock(bundle.reads, bundle.writes);
      bundle.members.forEach(mutation -> mutation.flying = false);
      settle(bundle, outcome, group.size() == 1);
      answered |= !(outcome instanceof Outcome.Unknown);
    }
    if (answered) {
      life.heard();
    }
  }

  private void settle(Bundle bundle, Outcome outcome, boolean byItself) {
    switch (outcome) {
      case Outcome.Committed(long revision) -> {
        bundle.txn().writes().forEach(write -> learn(write, revision));
        bundle.members.forEach(mutation -> committed(mutation, revision));
      }
      case Outcome.Rejected(long revision, Map<String, Optional<Entry>> current) -> {
        current.forEach((key, entry) -> replica.learn(key, entry, revision));
        for (Mutation<?> mutation : bundle.members.reversed()) {
          mutation.unread().removeAll(current.keySet());
          current.forEach(
              (key, entry) -> {
                if (!replica.copies(key)) {
                  mutation.learn(key, replica.beside(key, entry));
                }
              });
          again(mutation);
        }
      }
      case Outcome.Invalid(Throwable cause) -> {
        for (Mutation<?> mutation : bundle.members.reversed()) {
          if (byItself && bundle.members.size() == 1) {
            refuse(mutation, invalid(cause));
          } else {
            // One of the group is the cause: each goes again by itself.
            mutation.alone = true;
            again(mutation);
          }
        }
      }
      case Outcome.Unknown(Throwable cause, boolean sent) -> {
        bundle.members.forEach(mutation -> mutation.sent |= sent && mutation.commit != null);
        life.missed(cause);
        resend(bundle);
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
    replica.wrote(write.key(), now, revision);
  }

  /** Sends a bundle again as it was, as long as one of its members still waits; its keys stay locked meanwhile. */
  private void resend(Bundle bundle) {
    if (closed || bundle.members.stream().allMatch(Mutation::isLate)) {
      bundle.members.forEach(this::giveUp);
      return;
    }
    locks.lock(bundle.reads, bundle.writes);
    timer.schedule(() -> mailbox.execute(() -> release(bundle)), RESEND_MILLIS, TimeUnit.MILLISECONDS);
  }

  private void release(Bundle bundle) {
    if (closed || bundle.members.stream().allMatch(Mutation::isLate)) {
      locks.unlock(bundle.reads, bundle.writes);
      bundle.members.forEach(this::giveUp);
    } else {
      resends.add(bundle);
    }
  }

  /** Says the truth about a mutation that gets no other answer: what was never sent had no effect, whatever the store does. */
  private void giveUp(Mutation<?> mutation) {
    refuse(mutation, mutation.sent || mutation.flying ? unknown() : closed ? stopped() : life.answers() ? overloaded() : unavailable());
  }

  /** Looks for signs of life while the store is away, and answers those that waited too long for their turn. */
  private void tick() {
    // Later than what lies in the mailbox: after a stall of this machine the store's answers are opened before anybody is told of its silence.
    mailbox.execute(this::giveUpLate);
    if (!closed) {
      life.tick();
    }
  }

  private void giveUpLate() {
    pending.removeIf(
        mutation -> {
          boolean late = mutation.isLate();
          if (late) {
            giveUp(mutation);
          }
          return late;
        });
  }

  private static Refusal invalid(Throwable cause) {
    return cause instanceof LeaseGoneException
        ? Refusal.of(ErrorCode.ERROR_CODE_CONTENDED, "the lease ended before the write; nothing was written")
        : Refusal.of(ErrorCode.ERROR_CODE_INTERNAL, "etcd does not take the transaction: " + cause);
  }

  private static Refusal unavailable() {
    return Refusal.of(ErrorCode.ERROR_CODE_UNAVAILABLE, "etcd does not answer; nothing was written").retryAfter(COME_AGAIN);
  }

  /** The store answers, and others were first all the time. */
  private Refusal overloaded() {
    return Refusal.of(
            ErrorCode.ERROR_CODE_OVERLOADED, "the call waited %d ms for its turn behind others; nothing was written".formatted(settings.patience().toMillis()))
        .retryAfter(COME_AGAIN);
  }

  private static Refusal stopped() {
    return Refusal.of(ErrorCode.ERROR_CODE_UNAVAILABLE, "this process is stopping; nothing was written").retryAfter(COME_AGAIN);
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
          resends.clear();
          List.copyOf(open).forEach(this::giveUp);
        });
  }
}
