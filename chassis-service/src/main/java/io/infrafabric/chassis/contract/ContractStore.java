package io.infrafabric.chassis.contract;

import io.infrafabric.chassis.contract.ContractRules.Ruling;
import io.infrafabric.chassis.v1.Contract;
import io.infrafabric.chassis.v1.ContractRecord;
import io.infrafabric.kit.store.Decision;
import io.infrafabric.kit.store.Entry;
import io.infrafabric.kit.store.RecordShape;
import io.infrafabric.kit.store.Replica;
import io.infrafabric.kit.store.Step;
import io.infrafabric.kit.store.Txn;
import io.infrafabric.kit.store.View;
import io.infrafabric.names.Keys;
import io.infrafabric.names.SwarmId;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/** The contracts in a replica of the store that copies {@link Keys#contracts()}. */
public final class ContractStore {
  private final Replica replica;
  private final Keys keys;

  public ContractStore(Replica replica, Keys keys) {
    this.replica = replica;
    this.keys = keys;
  }

  /** All contracts by swarm, as far as they are known here. */
  public List<Contract> all() {
    return replica.scan(keys.contracts()).values().stream().map(ContractStore::record).map(ContractRecord::getContract).toList();
  }

  /** Calls back, on the replica's thread, whenever a contract was written or deleted. */
  public void onChange(Runnable hint) {
    replica.onChange(keys.contracts(), (key, before, after) -> hint.run());
  }

  /** Writes what the rule says; it may be asked again with a newer record. */
  CompletableFuture<ContractRecord> load(SwarmId swarm, Function<Optional<ContractRecord>, Ruling> rule) {
    return replica.decide(new Change<>(keys.contract(swarm), (key, view) -> loading(key, view, rule)));
  }

  /** Deletes the contract; CONTRACT_NOT_FOUND when there is none. */
  CompletableFuture<Void> unload(SwarmId swarm) {
    return replica.decide(new Change<>(keys.contract(swarm), ContractStore::unloading));
  }

  private static Step<ContractRecord> loading(String key, View view, Function<Optional<ContractRecord>, Ruling> rule) {
    return switch (rule.apply(view.get(key).map(ContractStore::record))) {
      case Ruling.Keep(ContractRecord known) -> Step.answer(known);
      case Ruling.Refuse(var refusal) -> Step.refuse(refusal);
      case Ruling.Write(ContractRecord next) ->
          Step.commit(Txn.builder().put(view, key, next.toByteString()).build(), revision -> next);
    };
  }

  private static Step<Void> unloading(String key, View view) {
    if (view.get(key).isEmpty()) {
      return Step.refuse(ContractRules.notFound(Keys.idOf(key)));
    }
    return Step.commit(Txn.builder().delete(view, key).build(), revision -> null);
  }

  private static ContractRecord record(Entry entry) {
    return RecordShape.read(entry, ContractRecord.parser()).orElseThrow(() -> new IllegalStateException("not a contract record: " + entry.key()));
  }

  private interface Deciding<T> {
    Step<T> decide(String key, View view);
  }

  private record Change<T>(String key, Deciding<T> deciding) implements Decision<T> {
    @Override
    public Set<String> reads() {
      return Set.of();
    }

    @Override
    public Set<String> writes() {
      return Set.of(key);
    }

    @Override
    public Step<T> decide(View view) {
      return deciding.decide(key, view);
    }
  }
}
