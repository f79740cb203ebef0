package io.infrafabric.kit.store;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** Which keys the groups under way read and write; a mutation that meets one of them waits for the next group. */
final class KeyLocks {
  private final Set<String> written = new HashSet<>();
  private final Map<String, Integer> read = new HashMap<>();

  /** True when nothing under way writes what is read, or reads or writes what is written. */
  boolean free(Set<String> reads, Set<String> writes) {
    for (String key : writes) {
      if (written.contains(key) || read.containsKey(key)) {
        return false;
      }
    }
    for (String key : reads) {
      if (written.contains(key)) {
        return false;
      }
    }
    return true;
  }

  void lock(Set<String> reads, Set<String> writes) {
    written.addAll(writes);
    for (String key : reads) {
      read.merge(key, 1, Integer::sum);
    }
  }

  void unlock(Set<String> reads, Set<String> writes) {
    written.removeAll(writes);
    for (String key : reads) {
      read.computeIfPresent(key, (k, n) -> n == 1 ? null : n - 1);
    }
  }
}
