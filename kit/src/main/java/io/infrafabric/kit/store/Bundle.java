package io.infrafabric.kit.store;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Mutations that become one transaction: one, or several where each writes a shared key after the other. It takes effect
 * whole or not at all, so that none of them can rest on a write of another that did not happen.
 */
final class Bundle {
  /** Compares of one bundle; leaves room for others in etcd's limit for the group. */
  static final int MOST_OPERATIONS = 48;

  private static final long NOT_WRITTEN_YET = -1;

  final List<Mutation<?>> members = new ArrayList<>();
  final Set<String> reads = new HashSet<>();
  final Set<String> writes = new HashSet<>();
  private final Set<String> shared = new HashSet<>();
  private final Map<String, Txn.Compare> compares = new LinkedHashMap<>();
  private final Map<String, Txn.Write> effects = new LinkedHashMap<>();
  private final boolean alone;
  private Txn txn;

  Bundle(Mutation<?> first, Txn txn) {
    shared.addAll(first.shared);
    alone = first.alone;
    add(first, txn);
  }

  /** Adds a mutation that was asked with {@link #over}. */
  void add(Mutation<?> mutation, Txn its) {
    members.add(mutation);
    reads.addAll(mutation.reads);
    writes.addAll(mutation.writes);
    for (Txn.Compare compare : its.compares()) {
      // What this bundle writes itself has the compare of the first that did.
      if (!effects.containsKey(compare.key())) {
        compares.putIfAbsent(compare.key(), compare);
      }
    }
    its.writes().forEach(write -> effects.put(write.key(), write));
    txn = null;
  }

  /** Whether another mutation may join that meets this bundle in these keys. */
  boolean shares(Mutation<?> mutation, Set<String> meeting) {
    return !alone && !mutation.alone && shared.containsAll(meeting) && mutation.shared.containsAll(meeting);
  }

  /** The view with what this bundle will have written. */
  View over(View base) {
    return key -> {
      Txn.Write effect = effects.get(key);
      return switch (effect) {
        case null -> base.get(key);
        case Txn.Write.Put put -> Optional.of(new Entry(key, put.value(), NOT_WRITTEN_YET, NOT_WRITTEN_YET, put.lease()));
        case Txn.Write.Delete delete -> Optional.empty();
      };
    };
  }

  Txn txn() {
    if (txn == null) {
      txn = new Txn(List.copyOf(compares.values()), List.copyOf(effects.values()));
    }
    return txn;
  }

  /** True when it must have a group to itself. */
  boolean isAlone() {
    return alone;
  }
}
