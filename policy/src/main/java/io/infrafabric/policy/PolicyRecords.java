package io.infrafabric.policy;

import io.infrafabric.governor.v1.PolicyLimits;
import io.infrafabric.governor.v1.PolicyRecord;
import io.infrafabric.kit.store.Entry;
import io.infrafabric.kit.store.RecordShape;
import io.infrafabric.kit.store.View;
import io.infrafabric.names.Keys;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The policies in the records of a view. A record is read once for each of its versions, because every claim asks; safe for any thread.
 */
public final class PolicyRecords {
  private final Keys keys;
  private final Map<String, Read> read = new ConcurrentHashMap<>();

  private record Read(long modRevision, ActivePolicy policy) {}

  public PolicyRecords(Keys keys) {
    this.keys = keys;
  }

  /** The policy in force. */
  public ActivePolicy inForce(View view) {
    return at(view, keys.policyInForce()).orElseGet(ActivePolicy::first);
  }

  /** The policy that is evaluated beside it, if there is one that can be read. */
  public Optional<ActivePolicy> shadow(View view) {
    return at(view, keys.policyShadow()).filter(ActivePolicy::isReadable);
  }

  private Optional<ActivePolicy> at(View view, String key) {
    if (view.isUnreadable(key)) {
      return Optional.of(ActivePolicy.unreadable());
    }
    return view.get(key)
        .map(
            entry -> {
              Read known = read.get(key);
              if (known == null || known.modRevision() != entry.modRevision()) {
                known = new Read(entry.modRevision(), ActivePolicy.of(record(entry).getPolicy()));
                read.put(key, known);
              }
              return known.policy();
            });
  }

  /** The record in an entry that {@link #fault} finds no fault with. */
  public static PolicyRecord record(Entry entry) {
    return RecordShape.read(entry, PolicyRecord.parser()).orElseThrow(() -> new IllegalStateException("not a record: " + entry.key()));
  }

  /** Why an entry is no policy, if so. */
  public static Optional<String> fault(Entry entry) {
    return RecordShape.fault(
        entry,
        PolicyRecord.parser(),
        PolicyRecord::getSlot,
        record -> {
          PolicyLimits limits = record.getPolicy().getTerms().getLimits();
          boolean whole = record.getPolicy().getRevision() > 0 && limits.getMaxSwarmsPerTask() > 0 && limits.getFailureThreshold() > 0;
          return whole ? Optional.empty() : Optional.of("it has no revision or no limits");
        });
  }
}
