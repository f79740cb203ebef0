package io.infrafabric.coordinator.blocker;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import io.infrafabric.coordinator.record.Records;
import io.infrafabric.coordinator.v1.BlockerEvent;
import io.infrafabric.coordinator.v1.BlockerEventType;
import io.infrafabric.coordinator.v1.BlockerRecord;
import io.infrafabric.kit.nats.EventHeaders;
import io.infrafabric.kit.relay.OutboundMessage;
import io.infrafabric.kit.relay.RelaySource;
import io.infrafabric.kit.store.Change;
import io.infrafabric.kit.store.Entry;
import io.infrafabric.kit.store.Prefix;
import io.infrafabric.kit.store.RecordShape;
import io.infrafabric.kit.time.Times;
import io.infrafabric.names.BlockerId;
import io.infrafabric.names.Ids;
import io.infrafabric.names.Subjects;
import java.util.List;
import java.util.Locale;

/** Tells orchestrators of blockers: a fact for each change of one. Pure. */
public final class BlockerFacts {
  private static final JsonFormat.Printer JSON = JsonFormat.printer().omittingInsignificantWhitespace();

  private BlockerFacts() {}

  /** What a relay of its own publishes, so that many blockers do not hold up the facts of tasks. */
  public static RelaySource source(Records records) {
    return new RelaySource(
        "blockers",
        List.of(Prefix.of(records.keys().blockers())),
        change -> change instanceof Change.Written written ? messages(written.entry(), false) : List.of(),
        entry -> messages(entry, true));
  }

  static List<OutboundMessage> messages(Entry entry, boolean reconciled) {
    return RecordShape.read(entry, BlockerRecord.parser())
        .filter(record -> Ids.isId(record.getBlocker().getBlockerId()))
        .map(record -> messages(entry, record, reconciled))
        .orElse(List.of());
  }

  private static List<OutboundMessage> messages(Entry entry, BlockerRecord record, boolean reconciled) {
    BlockerEventType type = record.getEvent();
    if (type == BlockerEventType.BLOCKER_EVENT_TYPE_UNSPECIFIED || type == BlockerEventType.UNRECOGNIZED) {
      return List.of(); // written by a newer version
    }
    BlockerEvent event =
        BlockerEvent.newBuilder()
            .setType(type)
            .setBlocker(record.getBlocker())
            .setRevision(entry.modRevision())
            .setAt(record.getAt())
            .setTrace(record.getTrace())
            .setReconciled(reconciled)
            .build();
    String id = entry.key() + ":" + entry.modRevision();
    String word = type.name().substring("BLOCKER_EVENT_TYPE_".length()).toLowerCase(Locale.ROOT);
    BlockerId blocker = new BlockerId(record.getBlocker().getBlockerId());
    var headers =
        new EventHeaders(id, "infrafabric.blocker." + word + ".v1", "/coordinator", Times.toInstant(record.getAt()), blocker.value(), record.getTrace());
    return List.of(new OutboundMessage(Subjects.blockerEvent(type, blocker), id, headers.toMap(), json(event)));
  }

  private static ByteString json(BlockerEvent event) {
    try {
      return ByteString.copyFromUtf8(JSON.print(event));
    } catch (InvalidProtocolBufferException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
