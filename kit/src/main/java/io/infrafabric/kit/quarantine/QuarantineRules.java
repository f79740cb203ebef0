package io.infrafabric.kit.quarantine;

import com.google.protobuf.ByteString;
import io.infrafabric.common.v1.QuarantinedRecord;
import io.infrafabric.kit.store.Entry;
import io.infrafabric.kit.store.RecordShape;
import io.infrafabric.kit.store.Txn;
import io.infrafabric.kit.store.Txn.Compare;
import io.infrafabric.kit.store.Txn.Write;
import io.infrafabric.kit.store.Unreadable;
import io.infrafabric.kit.time.Times;
import io.infrafabric.names.Keys;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** How values are set aside. Pure. */
final class QuarantineRules {
  private QuarantineRules() {}

  /** What is written about a value. */
  static QuarantinedRecord record(Unreadable found, Treatment treatment, String service, Instant now) {
    return QuarantinedRecord.newBuilder()
        .setKey(found.entry().key())
        .setValue(found.entry().value())
        .setRevision(found.entry().modRevision())
        .setFault(found.fault())
        .setAt(Times.toProto(now))
        .setKept(treatment == Treatment.KEEP)
        .setService(service)
        .build();
  }

  /**
   * The value as it was found gets its copy, and loses its place unless it is kept. The copy of a kept one is on its lease: it goes when the
   * value does.
   */
  static Txn setAside(Keys keys, Entry found, QuarantinedRecord record) {
    String copy = keys.quarantined(found.key(), found.modRevision());
    ByteString bytes = record.toByteString();
    List<Compare> compares = List.of(new Compare(found.key(), found.modRevision()), new Compare(copy, 0));
    return record.getKept()
        ? new Txn(compares, List.of(new Write.Put(copy, bytes, found.lease())))
        : new Txn(compares, List.of(new Write.Put(copy, bytes, 0), new Write.Delete(found.key())));
  }

  /** The record of a copy; empty when the copy itself cannot be read. */
  static Optional<QuarantinedRecord> read(Entry copy) {
    return RecordShape.read(copy, QuarantinedRecord.parser()).filter(record -> record.getRevision() > 0 && !record.getKey().isEmpty());
  }
}
