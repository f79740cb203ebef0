package io.infrafabric.kit.store;

import com.google.protobuf.ByteString;
import io.infrafabric.kit.lifecycle.Threads;
import io.infrafabric.names.Ids;
import io.infrafabric.names.Keys;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stands for a role that one instance has at a time: a key on a lease. An election only saves work and is no mutual
 * exclusion: a leader that is paused can act for a moment after another one was elected. So whatever a leader does must be
 * harmless when two do it (a compare-and-set, or a message with an id).
 */
public final class Election implements AutoCloseable {
  /** After a crash of the leader another one is elected within this time and a third. */
  public static final Duration DEFAULT_TTL = Duration.ofSeconds(5);

  private static final Logger log = LoggerFactory.getLogger(Election.class);
  private static final Duration RESIGN_PATIENCE = Duration.ofSeconds(2);

  /** Hears of the office, on the election's own thread; must be quick. */
  public interface Listener {
    /** Hears nothing: for who asks {@link Election#isLeader} alone. */
    Listener NONE =
        new Listener() {
          @Override
          public void onElected() {}

          @Override
          public void onDeposed() {}
        };

    /** This instance has the role now. */
    void onElected();

    /** This instance does not have the role any more; not called when it resigns by {@link Election#close}. */
    void onDeposed();
  }

  private final Store store;
  private final String key;
  private final ByteString instance;
  private final Executor thread;
  private final Listener listener;
  private final HeldLease lease;
  private volatile Office office = Office.NONE;
  private final AtomicBoolean closing = new AtomicBoolean();
  private boolean asking;
  /** Revision of a key of this process on a lease it has given up, 0 without one. */
  private long left;
  private boolean closed;

  private record Office(long lease, long revision) {
    static final Office NONE = new Office(0, 0);
  }

  private Election(
      Store store, Keys keys, String role, String instance, Duration ttl, Executor thread, LongSupplier nanos, Listener listener) {
    this.store = store;
    this.key = keys.election(role);
    // The same for this process only, so that it knows its own key again after it has lost the lease.
    this.instance = ByteString.copyFromUtf8(instance + "/" + Ids.ulid(System.currentTimeMillis()));
    this.thread = thread;
    this.listener = listener;
    this.lease = new HeldLease(store, ttl, thread, nanos, new Campaign());
  }

  private final class Campaign implements HeldLease.Listener {
    @Override
    public void onHeld(long held) {
      campaign();
    }

    @Override
    public void onLost(long lost) {
      depose("lease lost");
    }
  }

  /** Stands for the role from now on, with {@link #DEFAULT_TTL}. */
  public static Election open(Store store, Keys keys, String role, String instance, Listener listener) {
    return open(store, keys, role, instance, DEFAULT_TTL, listener);
  }

  /**
   * Stands for the role from now on.
   *
   * @param instance names this process, for people
   * @param ttl whole seconds: how long the role stays with an instance that has died
   */
  public static Election open(
      Store store, Keys keys, String role, String instance, Duration ttl, Listener listener) {
    ScheduledExecutorService thread = Threads.timer("election-" + role);
    Election election = new Election(store, keys, role, instance, ttl, thread, System::nanoTime, listener);
    long beat = Math.max(10, ttl.toMillis() / 20);
    thread.scheduleWithFixedDelay(election.lease::runOnce, 0, beat, TimeUnit.MILLISECONDS);
    long every = Math.max(20, ttl.toMillis() / 3);
    thread.scheduleWithFixedDelay(election::campaign, every, every, TimeUnit.MILLISECONDS);
    return election;
  }

  /** For tests: nothing happens but in {@link #runOnce}. */
  static Election stepwise(
      Store store, Keys keys, String role, String instance, Duration ttl, LongSupplier nanos, Listener listener) {
    return new Election(store, keys, role, instance, ttl, Runnable::run, nanos, listener);
  }

  /** True while this instance has the role, as far as it can know. */
  public boolean isLeader() {
    Office now = office;
    return now.lease() != 0 && now.lease() == lease.id();
  }

  /** Renews the lease if that is due, and campaigns. */
  void runOnce() {
    lease.runOnce();
    campaign();
  }

  /** Takes the role if nobody has it, and sees whether a role thought to be held still is. */
  private void campaign() {
    long held = lease.id();
    if (closed || asking || held == 0) {
      return;
    }
    asking = true;
    Txn txn =
        office.lease() == 0
            ? new Txn(List.of(new Txn.Compare(key, left)), List.of(new Txn.Write.Put(key, instance, held)))
            : Txn.read(Set.of(key));
    store
        .commit(List.of(txn))
        .whenComplete((outcomes, bug) -> thread.execute(() -> counted(held, bug == null ? outcomes.getFirst() : null)));
  }

  private void counted(long held, Outcome outcome) {
    asking = false;
    switch (outcome) {
      case Outcome.Committed(long revision) -> elect(held, revision);
      case Outcome.Rejected(long revision, var current) -> {
        Optional<Entry> holder = current.get(key);
        if (holder.isPresent() && holder.get().lease() == held) {
          elect(held, holder.get().modRevision());
        } else if (holder.isPresent() && holder.get().value().equals(instance) && office.lease() == 0 && left == 0) {
          // etcd gives every lease its full time again when it restarts: do not wait for the one given up.
          left = holder.get().modRevision();
          campaign();
        } else {
          left = 0;
          depose("the role is held by " + holder.map(entry -> entry.value().toStringUtf8()).orElse("nobody"));
        }
      }
      case Outcome.Unknown unknown -> {}
      case Outcome.Invalid invalid -> {}
      case null -> {}
    }
  }

  private void elect(long held, long revision) {
    if (closed || held != lease.id() || office.lease() == held) {
      return;
    }
    office = new Office(held, revision);
    left = 0;
    log.atInfo().addKeyValue("role", key).addKeyValue("revision", revision).log("elected");
    listener.onElected();
  }

  private void depose(String why) {
    if (office.lease() != 0) {
      office = Office.NONE;
      log.atInfo().addKeyValue("role", key).addKeyValue("cause", why).log("deposed");
      listener.onDeposed();
    }
  }

  /** Resigns, so that another instance need not wait for the TTL; waits at most 2 s for the store. */
  @Override
  public void close() {
    if (!closing.compareAndSet(false, true)) {
      return;
    }
    CountDownLatch resigned = new CountDownLatch(1);
    thread.execute(
        () -> {
          closed = true;
          Office left = office;
          office = Office.NONE;
          if (left.lease() == 0) {
            lease.close();
            resigned.countDown();
            return;
          }
          Txn resign = new Txn(List.of(new Txn.Compare(key, left.revision())), List.of(new Txn.Write.Delete(key)));
          store
              .commit(List.of(resign))
              .whenComplete(
                  (outcomes, bug) -> {
                    lease.close();
                    resigned.countDown();
                  });
        });
    try {
      resigned.await(RESIGN_PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
    if (thread instanceof ScheduledExecutorService scheduled) {
      scheduled.shutdown();
    }
  }
}
