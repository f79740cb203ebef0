package io.infrafabric.chassis.contract;

import io.infrafabric.chassis.v1.ContractRecord;
import io.infrafabric.kit.quarantine.Treatment;
import io.infrafabric.kit.store.Entry;
import io.infrafabric.kit.store.RecordCheck;
import io.infrafabric.kit.store.RecordShape;
import io.infrafabric.names.Keys;
import java.util.Map;
import java.util.Optional;

/** What a record of a contract must hold. One that cannot be read is moved: nothing runs without a contract, and it can be loaded again. Pure. */
public record RecordRules(Keys keys) implements RecordCheck {

  /** What becomes of an unreadable record under the prefix that the chassis alone writes. */
  public Map<String, Treatment> owned() {
    return Map.of(keys.contracts(), Treatment.MOVE);
  }

  @Override
  public Optional<String> fault(Entry entry) {
    if (!entry.key().startsWith(keys.contracts())) {
      return Optional.empty();
    }
    return RecordShape.fault(
        entry,
        ContractRecord.parser(),
        record -> record.getContract().getSwarmId(),
        record -> record.getContract().getModuleSha256().matches("[0-9a-f]{64}") ? Optional.empty() : Optional.of("it names no module"));
  }
}
