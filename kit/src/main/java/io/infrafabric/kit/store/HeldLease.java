package io.infrafabric.kit.store;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A lease that is kept alive, and replaced by a new one when it is lost. It is trusted until a margin before the moment at
 * which the store may end it at the earliest: the time at which the last renewal that was answered had been <em>sent</em>,
 * plus the TTL, on this machine's monotonic clock. So the holder knows before anybody else does.
 */
public final class HeldLease implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(HeldLease.class);

  /** Hears of the lease, on the lease's own thread; must be quick. */
  public interface Listener {
    /** A new lease is held; nothing lives on it yet. */
    void onHeld(long lease);

    /** The lease is not trusted any more; the store may have deleted what lived on it. */
    void onLost(long lease);
  }

  private final Store store;
  private final Duration ttl;
  private final long marginNanos;
  private final Executor thread;
  private final LongSupplier nanos;
  private final Listener listener;
  private volatile Held held = Held.NONE;
  private boolean asking;
  private long nextNanos;
  private boolean closed;

  private record Held(long lease, long untilNanos) {
    static final Held NONE = new Held(0, 0);
  }

  /** A lease whose callbacks and answers run on the thread, one at a time; nothing happens before {@link #runOnce}. */
  HeldLease(Store store, Duration ttl, Executor thread, LongSupplier nanos, Listener listener) {
    this.store = store;
    this.ttl = ttl;
    this.marginNanos = ttl.toNanos() / 10;
    this.thread = thread;
    this.nanos = nanos;
    this.listener = listener;
    this.nextNanos = nanos.getAsLong();
  }

  /**
   * Holds a lease from now on.
   *
   * @param ttl whole seconds, 1 at least
   * @param thread runs one task at a time; the callbacks and the loop are on it
   */
  public static HeldLease open(Store store, Duration ttl, ScheduledExecutorService thread, Listener listener) {
    HeldLease lease = new HeldLease(store, ttl, thread, System::nanoTime, listener);
    long every = Math.max(10, ttl.toMillis() / 20);
    thread.scheduleWithFixedDelay(lease::runOnce, 0, every, TimeUnit.MILLISECONDS);
    return lease;
  }

  /** The lease while it is trusted, else 0. */
  public long id() {
    Held now = held;
    return now.lease() != 0 && nanos.getAsLong() - now.untilNanos() < 0 ? now.lease() : 0;
  }

  /** Grants, renews or gives up, whichever is due. Called on the lease's thread. */
  void runOnce() {
    long now = nanos.getAsLong();
    if (closed) {
      return;
    }
    if (held.lease() != 0 && now - held.untilNanos() >= 0) {
      lose("not renewed in time");
    }
    if (asking || now - nextNanos < 0) {
      return;
    }
    asking = true;
    if (held.lease() == 0) {
      store.grantLease(ttl).whenComplete((lease, failure) -> thread.execute(() -> granted(now, lease, failure)));
    } else {
      long lease = held.lease();
      store.keepAlive(lease).whenComplete((left, failure) -> thread.execute(() -> renewed(now, lease, left, failure)));
    }
  }

  private void granted(long sentNanos, Long lease, Throwable failure) {
    asking = false;
    if (failure != null) {
      retry(failure);
      return;
    }
    if (closed) {
      store.revokeLease(lease);
      return;
    }
    hold(sentNanos, lease, ttl);
    listener.onHeld(lease);
  }

  private void renewed(long sentNanos, long lease, Optional<Duration> left, Throwable failure) {
    asking = false;
    if (failure != null) {
      retry(failure);
    } else if (held.lease() != lease) {
      nextNanos = nanos.getAsLong();
    } else if (left.isEmpty()) {
      lose("ended by the store");
      runOnce();
    } else {
      hold(sentNanos, lease, left.get().compareTo(ttl) < 0 ? left.get() : ttl);
    }
  }

  private void hold(long sentNanos, long lease, Duration left) {
    held = new Held(lease, sentNanos + left.toNanos() - marginNanos);
    nextNanos = sentNanos + ttl.toNanos() / 3;
  }

  private void retry(Throwable failure) {
    nextNanos = nanos.getAsLong() + ttl.toNanos() / 10;
    log.atDebug().addKeyValue("cause", failure.toString()).log("lease not granted or renewed, trying again");
  }

  private void lose(String why) {
    long lease = held.lease();
    held = Held.NONE;
    nextNanos = nanos.getAsLong();
    log.atInfo().addKeyValue("lease", lease).addKeyValue("cause", why).log("lease lost");
    listener.onLost(lease);
    store.revokeLease(lease);
  }

  /** Ends the lease, and with it the keys on it, without a callback; does not wait for the store. */
  @Override
  public void close() {
    thread.execute(
        () -> {
          closed = true;
          if (held.lease() != 0) {
            store.revokeLease(held.lease());
            held = Held.NONE;
          }
        });
  }
}
