package io.infrafabric.governor.spend;

import io.infrafabric.governor.v1.SpendRecord;
import io.infrafabric.kit.store.Entry;
import io.infrafabric.kit.store.RecordShape;
import io.infrafabric.kit.store.Txn;
import io.infrafabric.kit.store.View;
import io.infrafabric.names.Keys;
import io.infrafabric.names.SwarmId;
import java.util.Optional;

/** The records of what was booked as entries of the store. */
public record SpendCodec(Keys keys) {
  /** What was booked to a swarm in a slot; an empty record when nothing was. */
  public SpendRecord read(View view, SwarmId swarm, String slot) {
    return view.get(keys.spend(swarm, slot))
        .map(SpendCodec::record)
        .orElseGet(() -> SpendRecord.newBuilder().setSlot(slot).setSwarmId(swarm.value()).build());
  }

  /** Writes a record into a transaction. */
  public void write(Txn.Builder txn, View view, SpendRecord record) {
    txn.put(view, keys.spend(new SwarmId(record.getSwarmId()), record.getSlot()), record.toByteString());
  }

  /** The record in an entry. */
  public static SpendRecord record(Entry entry) {
    return RecordShape.read(entry, SpendRecord.parser())
        .orElseThrow(() -> new IllegalStateException("malformed record at " + entry.key() + " of revision " + entry.modRevision()));
  }

  /** What is wrong with an entry, if anything. */
  public Optional<String> fault(Entry entry) {
    return RecordShape.fault(
        entry,
        SpendRecord.parser(),
        SpendRecord::getSlot,
        record -> entry.key().equals(keys.spend() + record.getSwarmId() + "/" + record.getSlot()) ? Optional.empty() : Optional.of("it is another swarm's"));
  }
}
