package io.infrafabric.kit.quarantine;

import io.infrafabric.common.v1.QuarantinedRecord;
import io.infrafabric.kit.store.Decision;
import io.infrafabric.kit.store.Replica;
import io.infrafabric.kit.store.Step;
import io.infrafabric.kit.store.Txn;
import io.infrafabric.kit.store.View;
import io.infrafabric.names.Keys;
import java.util.Set;

/** Deletes the copy of a kept value that does not stand at its key any more; answers whether it did. */
record Forget(Keys keys, Replica replica, QuarantinedRecord record) implements Decision<Boolean> {
  @Override
  public Set<String> reads() {
    return Set.of(record.getKey());
  }

  @Override
  public Set<String> writes() {
    return Set.of(keys.quarantined(record.getKey(), record.getRevision()));
  }

  @Override
  public boolean meetsUnreadable() {
    return true;
  }

  @Override
  public Step<Boolean> decide(View view) {
    String copy = keys.quarantined(record.getKey(), record.getRevision());
    boolean stands = replica.unreadable(record.getKey()).filter(now -> now.entry().modRevision() == record.getRevision()).isPresent();
    if (stands || view.get(copy).isEmpty()) {
      return Step.answer(false);
    }
    Txn.Builder txn = Txn.builder().delete(view, copy);
    // Another value that cannot be read says as well that this one does not stand there.
    return Step.commit((replica.isUnreadable(record.getKey()) ? txn : txn.unchanged(view, record.getKey())).build(), revision -> true);
  }
}
