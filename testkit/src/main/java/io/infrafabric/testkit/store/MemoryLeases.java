package io.infrafabric.testkit.store;

import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The leases of a memory store; guarded by it. */
final class MemoryLeases {
  private final Map<Long, Lease> leases = new HashMap<>();
  private long last = 7_587_000;

  private static final class Lease {
    final Duration ttl;
    final Set<String> keys = new HashSet<>();
    long endsNanos;

    Lease(Duration ttl) {
      this.ttl = ttl;
    }
  }

  long grant(Duration ttl, long now) {
    Lease lease = new Lease(Duration.ofSeconds(Math.max(1, ttl.toSeconds())));
    lease.endsNanos = now + lease.ttl.toNanos();
    leases.put(++last, lease);
    return last;
  }

  boolean has(long id) {
    return leases.containsKey(id);
  }

  Optional<Duration> renew(long id, long now) {
    Lease lease = leases.get(id);
    if (lease == null) {
      return Optional.empty();
    }
    lease.endsNanos = now + lease.ttl.toNanos();
    return Optional.of(lease.ttl);
  }

  void attach(long id, String key) {
    if (id != 0) {
      leases.get(id).keys.add(key);
    }
  }

  void detach(long id, String key) {
    Lease lease = leases.get(id);
    if (lease != null) {
      lease.keys.remove(key);
    }
  }

  List<Long> expired(long now) {
    return leases.entrySet().stream().filter(lease -> lease.getValue().endsNanos - now <= 0).map(Map.Entry::getKey).sorted().toList();
  }

  /** Forgets the lease; its keys. */
  List<String> remove(long id) {
    Lease lease = leases.remove(id);
    return lease == null ? List.of() : lease.keys.stream().sorted().toList();
  }
}
