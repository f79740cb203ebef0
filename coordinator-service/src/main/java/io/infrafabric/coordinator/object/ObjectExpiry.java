package io.infrafabric.coordinator.object;

import io.infrafabric.chassis.v1.ContractRecord;
import io.infrafabric.coordinator.record.Records;
import io.infrafabric.coordinator.task.ObjectUses;
import io.infrafabric.coordinator.task.StoredTask;
import io.infrafabric.error.RefusedException;
import io.infrafabric.kit.nats.Bus;
import io.infrafabric.kit.nats.ObjectBucket;
import io.infrafabric.kit.store.Entry;
import io.infrafabric.kit.store.RecordShape;
import io.infrafabric.kit.store.Replica;
import io.infrafabric.kit.store.Store;
import io.infrafabric.names.Keys;
import io.infrafabric.names.Subjects;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes objects away that are older than their retention and that nothing names: no task, no archived task whose record is still kept, no
 * contract of the chassis. The elected coordinator does it; two at once do no harm, because an object is only taken away as it was seen.
 *
 * <p>Nothing that is named is lost to a race: {@link NamedObjects} has seen each object that a task begins to name when it was at most
 * half its retention old, or has made it young then. So either the task was stored half a retention ago, far longer than copies lag, or
 * the object is not as it was seen here any more.
 */
public final class ObjectExpiry {
  private static final Logger log = LoggerFactory.getLogger(ObjectExpiry.class);
  private static final int BATCH = 20_000;
  private static final long PATIENCE_SECONDS = 30;

  private final Store store;
  private final Replica replica;
  private final Records records;
  private final Bus bus;
  private final ObjectSettings settings;
  private final BooleanSupplier elected;

  public ObjectExpiry(Store store, Replica replica, Records records, Bus bus, ObjectSettings settings, BooleanSupplier elected) {
    this.store = store;
    this.replica = replica;
    this.records = records;
    this.bus = bus;
    this.settings = settings;
    this.elected = elected;
  }

  /** Takes away what may go; answers how many objects went. */
  public int runOnce(Instant now) {
    if (!elected.getAsBoolean() || !replica.reachable()) {
      return 0;
    }
    Instant before = now.minus(settings.retention());
    try {
      ObjectBucket bucket = bus.bucket(Subjects.OBJECTS_BUCKET);
      bucket.dropUnfinished(before);
      return sweep(bucket, before);
    } catch (RefusedException away) {
      log.atDebug().addKeyValue("cause", away.getMessage()).log("objects are not looked through now");
      return 0;
    }
  }

  private int sweep(ObjectBucket bucket, Instant before) {
    int gone = 0;
    Map<String, ObjectBucket.Kept> old = new HashMap<>();
    for (Optional<ObjectBucket.Kept> next = bucket.next(0); next.isPresent(); next = bucket.next(next.get().sequence())) {
      if (next.get().modified().isBefore(before)) {
        old.put(next.get().sha256(), next.get());
      }
      if (old.size() == BATCH) {
        gone += drop(bucket, old);
        old.clear();
      }
    }
    return gone + drop(bucket, old);
  }

  private int drop(ObjectBucket bucket, Map<String, ObjectBucket.Kept> old) {
    // Tasks before archived tasks: one that is archived meanwhile is found in one place or the other.
    if (!old.isEmpty()) {
      replica.scan(records.keys().tasks()).values().forEach(task -> old.keySet().removeAll(ObjectUses.of(StoredTask.of(task).task())));
    }
    if (!old.isEmpty()) {
      list(records.keys().contracts(), ObjectExpiry::module, old);
    }
    // What cannot be read may name objects all the same: they stay for as long as somebody may repair it. First where it stands, then its copy.
    replica.unreadable().forEach(found -> old.keySet().removeAll(ObjectRules.digestsIn(found.entry().value())));
    replica.scan(records.keys().quarantine()).values().forEach(copy -> old.keySet().removeAll(ObjectRules.digestsIn(copy.value())));
    Set<String> shards = old.keySet().stream().map(sha256 -> sha256.substring(0, 2)).collect(Collectors.toCollection(TreeSet::new));
    shards.forEach(shard -> list(records.keys().objectUses(shard), entry -> Set.of(Keys.objectOf(entry.key())), old));
    int gone = 0;
    for (ObjectBucket.Kept object : old.values()) {
      if (bucket.delete(object)) {
        gone++;
        log.atInfo().addKeyValue("sha256", object.sha256()).addKeyValue("bytes", object.sizeBytes()).log("object expired");
      }
    }
    return gone;
  }

  private static Set<String> module(Entry contract) {
    return RecordShape.read(contract, ContractRecord.parser())
        .map(record -> Set.of(record.getContract().getModuleSha256()))
        .orElseGet(() -> ObjectRules.digestsIn(contract.value()));
  }

  private interface Naming {
    Set<String> of(Entry entry);
  }

  /** Strikes out what the entries under a prefix name, by the store itself. */
  private void list(String prefix, Naming naming, Map<String, ObjectBucket.Kept> old) {
    store.list(List.of(prefix)).orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS).join().entries().forEach(entry -> old.keySet().removeAll(naming.of(entry)));
  }
}
