package io.infrafabric.kit.store;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A group in the making: bundles that do not touch each other's keys, within the limits of one request. */
final class Group {
  /** etcd's max-txn-ops: the members of a group and the operations of the largest one. */
  private static final int MAX_OPERATIONS = 128;

  private final ReplicaSettings settings;
  private final List<Bundle> bundles = new ArrayList<>();
  private final Map<String, Bundle> writers = new HashMap<>();
  private final Map<String, Set<Bundle>> readers = new HashMap<>();
  private int bytes;
  private int largest;

  Group(ReplicaSettings settings) {
    this.settings = settings;
  }

  /** Where a mutation would go. */
  sealed interface Place {
    /** Into a bundle of its own. */
    record Own() implements Place {}

    /** Into this one, after its members. */
    record After(Bundle bundle) implements Place {}

    /** Not into this group. */
    record Nowhere() implements Place {}
  }

  Place placeFor(Mutation<?> mutation) {
    Set<Bundle> met = new HashSet<>();
    Set<String> meeting = new HashSet<>();
    for (String key : mutation.writes) {
      Bundle writer = writers.get(key);
      Set<Bundle> reading = readers.getOrDefault(key, Set.of());
      if (writer != null || !reading.isEmpty()) {
        meeting.add(key);
        met.addAll(reading);
        if (writer != null) {
          met.add(writer);
        }
      }
    }
    for (String key : mutation.reads) {
      Bundle writer = writers.get(key);
      if (writer != null) {
        meeting.add(key);
        met.add(writer);
      }
    }
    if (met.isEmpty()) {
      return mutation.alone && !bundles.isEmpty() ? new Place.Nowhere() : new Place.Own();
    }
    Bundle only = met.iterator().next();
    return met.size() == 1 && only.shares(mutation, meeting) ? new Place.After(only) : new Place.Nowhere();
  }

  /** Whether a bundle fits into the request. */
  boolean fits(Bundle bundle) {
    return bundles.isEmpty()
        || (!bundle.isAlone()
            && bundles.size() < settings.batchTransactions()
            && bundles.size() + 1 + Math.max(largest, bundle.txn().operations()) <= MAX_OPERATIONS
            && bytes + bundle.txn().sizeBytes() <= settings.batchBytes());
  }

  /** Whether a bundle of this group may take one more transaction. */
  boolean mayGrow(Bundle bundle, Txn more) {
    int operations = bundle.txn().operations() + more.operations();
    return operations <= Bundle.MOST_OPERATIONS
        && bundles.size() + Math.max(largest, operations) <= MAX_OPERATIONS
        && bytes + more.sizeBytes() <= settings.batchBytes();
  }

  void add(Bundle bundle) {
    bundles.add(bundle);
    grew(bundle, bundle.txn().sizeBytes());
  }

  /** Notes that a bundle has got one more member. */
  void grew(Bundle bundle, int moreBytes) {
    bytes += moreBytes;
    largest = Math.max(largest, bundle.txn().operations());
    bundle.writes.forEach(key -> writers.put(key, bundle));
    bundle.reads.forEach(key -> readers.computeIfAbsent(key, k -> new HashSet<>()).add(bundle));
  }

  boolean isFull() {
    return bytes >= settings.batchBytes() || (bundles.size() == 1 && bundles.getFirst().isAlone());
  }

  boolean isEmpty() {
    return bundles.isEmpty();
  }

  List<Bundle> bundles() {
    return bundles;
  }
}
