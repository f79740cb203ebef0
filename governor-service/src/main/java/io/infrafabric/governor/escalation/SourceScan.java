package io.infrafabric.governor.escalation;

import io.infrafabric.coordinator.v1.BlockerRecord;
import io.infrafabric.coordinator.v1.BlockerState;
import io.infrafabric.governor.account.BudgetRules;
import io.infrafabric.governor.books.Books;
import io.infrafabric.governor.books.BooksCodec;
import io.infrafabric.governor.v1.Escalation;
import io.infrafabric.kit.store.Entry;
import io.infrafabric.kit.store.RecordShape;
import io.infrafabric.kit.store.Replica;
import io.infrafabric.names.BlockerId;
import io.infrafabric.names.EscalationId;
import io.infrafabric.names.Keys;
import io.infrafabric.names.SwarmId;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Looks through the replica for what a person must decide. What cannot be read is left out: nothing is raised or ended by it. */
record SourceScan(Replica replica, BooksCodec codec, int lowPercent) {

  /** The causes that there are now, as far as is known here. */
  Map<EscalationId, Source> causes() {
    Map<EscalationId, Source> found = new HashMap<>();
    for (Entry entry : replica.scan(keys().breakers()).values()) {
      if (Books.isAnyOpen(BooksCodec.breaker(entry))) {
        SwarmId swarm = new SwarmId(Keys.idOf(entry.key()));
        add(found, new Source.Trip(codec, swarm, ""));
        BooksCodec.breaker(entry).getCapabilitiesList().forEach(one -> add(found, new Source.Trip(codec, swarm, one.getCapability())));
      }
    }
    for (Entry entry : replica.scan(keys().accounts()).values()) {
      if (BudgetRules.isLow(BooksCodec.account(entry), lowPercent)) {
        add(found, Source.Budget.of(codec, new SwarmId(Keys.idOf(entry.key())), BooksCodec.account(entry), lowPercent));
      }
    }
    for (Entry entry : replica.scan(keys().blockers()).values()) {
      if (RecordShape.read(entry, BlockerRecord.parser()).filter(SourceScan::isEscalated).isPresent()) {
        add(found, new Source.Help(keys(), new BlockerId(Keys.idOf(entry.key()))));
      }
    }
    return found;
  }

  private static boolean isEscalated(BlockerRecord record) {
    return record.getBlocker().getState() == BlockerState.BLOCKER_STATE_ESCALATED;
  }

  private void add(Map<EscalationId, Source> found, Source source) {
    if (isReadable(source)) {
      source.cause(replica, Optional.empty()).ifPresent(cause -> found.put(cause.id(), source));
    }
  }

  /** Where the cause of an escalation stood; empty where the coordinator tells it, and when it cannot be read. */
  Optional<Source> sourceOf(Escalation escalation) {
    Optional<Source> source =
        switch (escalation.getType()) {
          case ESCALATION_TYPE_BREAKER_RESET -> Optional.of(new Source.Trip(codec, new SwarmId(escalation.getSwarmId()), escalation.getCapability()));
          case ESCALATION_TYPE_BUDGET_REQUEST -> Optional.of(budget(new SwarmId(escalation.getSwarmId())));
          case ESCALATION_TYPE_NOBODY_QUALIFIED ->
              escalation.getBlockerId().isEmpty() ? Optional.empty() : Optional.of(new Source.Help(keys(), new BlockerId(escalation.getBlockerId())));
          case ESCALATION_TYPE_APPROVAL_GATE, ESCALATION_TYPE_TASK_QUARANTINED, ESCALATION_TYPE_UNSPECIFIED, UNRECOGNIZED -> Optional.empty();
        };
    return source.filter(this::isReadable);
  }

  private Source budget(SwarmId swarm) {
    return replica
        .get(keys().account(swarm))
        .map(entry -> Source.Budget.of(codec, swarm, BooksCodec.account(entry), lowPercent))
        .orElseGet(() -> new Source.Budget(codec, swarm, Optional.empty(), lowPercent));
  }

  /** The records of a swarm are watched one by one: until all of them have come nothing is known of it. */
  private boolean isReadable(Source source) {
    Set<String> keys = source.reads();
    long there = keys.stream().filter(key -> replica.get(key).isPresent()).count();
    return (there == 0 || there == keys.size()) && keys.stream().noneMatch(replica::isUnreadable);
  }

  private Keys keys() {
    return codec.keys();
  }
}
