package io.infrafabric.governor.escalation;

import com.google.protobuf.ByteString;
import io.infrafabric.governor.v1.Escalation;
import io.infrafabric.kit.store.Entry;
import io.infrafabric.kit.store.RecordShape;
import io.infrafabric.kit.store.View;
import io.infrafabric.names.EscalationId;
import io.infrafabric.names.Keys;
import java.util.Optional;

/** Escalations as entries of the store. The revision is that of the entry and is not written into its value. */
record EscalationCodec(Keys keys) {

  Optional<Escalation> read(View view, EscalationId id) {
    return view.get(keys.escalation(id)).map(EscalationCodec::escalation);
  }

  static Escalation escalation(Entry entry) {
    return RecordShape.read(entry, Escalation.parser())
        .orElseThrow(() -> new IllegalStateException("malformed record at " + entry.key() + " of revision " + entry.modRevision()))
        .toBuilder()
        .setRevision(entry.modRevision())
        .build();
  }

  static ByteString bytes(Escalation escalation) {
    return escalation.toBuilder().clearRevision().build().toByteString();
  }
}
