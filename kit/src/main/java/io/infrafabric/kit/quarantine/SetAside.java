package io.infrafabric.kit.quarantine;

import io.infrafabric.common.v1.QuarantinedRecord;
import io.infrafabric.kit.store.Decision;
import io.infrafabric.kit.store.Entry;
import io.infrafabric.kit.store.Replica;
import io.infrafabric.kit.store.Step;
import io.infrafabric.kit.store.View;
import io.infrafabric.names.Keys;
import java.util.Set;

/** Sets one value aside, as long as it is the one that was found; answers whether it did. */
record SetAside(Keys keys, Replica replica, Entry found, QuarantinedRecord record) implements Decision<Boolean> {
  @Override
  public Set<String> reads() {
    return record.getKept() ? Set.of(found.key()) : Set.of();
  }

  @Override
  public Set<String> writes() {
    String copy = keys.quarantined(found.key(), found.modRevision());
    return record.getKept() ? Set.of(copy) : Set.of(copy, found.key());
  }

  @Override
  public boolean meetsUnreadable() {
    return true;
  }

  @Override
  public Step<Boolean> decide(View view) {
    boolean still = replica.unreadable(found.key()).filter(now -> now.entry().modRevision() == found.modRevision()).isPresent();
    boolean done = view.get(keys.quarantined(found.key(), found.modRevision())).isPresent();
    return still && !done ? Step.commit(QuarantineRules.setAside(keys, found, record), revision -> true) : Step.answer(false);
  }
}
