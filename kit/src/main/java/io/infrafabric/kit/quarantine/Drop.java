package io.infrafabric.kit.quarantine;

import io.infrafabric.common.v1.QuarantinedRecord;
import io.infrafabric.kit.store.Decision;
import io.infrafabric.kit.store.Entry;
import io.infrafabric.kit.store.Step;
import io.infrafabric.kit.store.Txn;
import io.infrafabric.kit.store.View;
import java.util.Optional;
import java.util.Set;

/** Deletes a copy for good; answers what it was, if there was one. */
record Drop(String copy) implements Decision<Optional<QuarantinedRecord>> {
  @Override
  public Set<String> reads() {
    return Set.of();
  }

  @Override
  public Set<String> writes() {
    return Set.of(copy);
  }

  @Override
  public boolean meetsUnreadable() {
    return true;
  }

  @Override
  public Step<Optional<QuarantinedRecord>> decide(View view) {
    Optional<Entry> there = view.get(copy);
    return there.isEmpty()
        ? Step.answer(Optional.empty())
        : Step.commit(Txn.builder().delete(view, copy).build(), revision -> there.flatMap(QuarantineRules::read));
  }
}
