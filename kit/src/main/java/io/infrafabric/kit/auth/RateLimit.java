package io.infrafabric.kit.auth;

import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * So many calls a second for each caller, and as many at once (the generic cell rate algorithm, ITU-T I.371: one number for each caller). A
 * caller that has been quiet longest is forgotten when there are too many; it is given a full second then, as after any quiet second.
 */
public final class RateLimit {
  private static final long SECOND = Duration.ofSeconds(1).toNanos();

  private final long interval;
  private final LongSupplier nanos;
  private final Cache<String, AtomicLong> nextFree;

  /**
   * @param nanos a monotonic clock
   */
  public RateLimit(int callsPerSecond, int callers, LongSupplier nanos) {
    this.interval = SECOND / callsPerSecond;
    this.nanos = nanos;
    this.nextFree = CacheBuilder.newBuilder().maximumSize(callers).build();
  }

  /** Takes one call; when there is none left, after which time to come again. */
  public Optional<Duration> take(String caller) {
    long now = nanos.getAsLong();
    AtomicLong next = nextFree.getIfPresent(caller);
    if (next == null) {
      AtomicLong fresh = new AtomicLong(now);
      AtomicLong other = nextFree.asMap().putIfAbsent(caller, fresh);
      next = other == null ? fresh : other;
    }
    while (true) {
      long was = next.get();
      long from = was - now > 0 ? was : now;
      long over = from + interval - now - SECOND;
      if (over > 0) {
        return Optional.of(Duration.ofNanos(over));
      }
      if (next.compareAndSet(was, from + interval)) {
        return Optional.empty();
      }
    }
  }

  /** Callers that are counted now. */
  public long callers() {
    return nextFree.size();
  }
}
