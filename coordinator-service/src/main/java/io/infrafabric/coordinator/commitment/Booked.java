package io.infrafabric.coordinator.commitment;

import io.infrafabric.coordinator.record.Records;
import io.infrafabric.coordinator.v1.CommitmentsRecord;
import io.infrafabric.kit.store.Decision;
import io.infrafabric.kit.store.Replica;
import io.infrafabric.kit.store.Step;
import io.infrafabric.kit.store.Txn;
import io.infrafabric.kit.store.View;
import io.infrafabric.names.SwarmId;
import java.util.Set;

/** Drops from a swarm's commitments what the governor has booked. Claims do it in passing; this is for swarms that rest. */
public final class Booked {
  private final Replica replica;
  private final Records records;
  private final Set<SwarmId> touched = java.util.concurrent.ConcurrentHashMap.newKeySet();

  public Booked(Replica replica, Records records) {
    this.replica = replica;
    this.records = records;
  }

  /** The governor has changed a swarm's standing. */
  public void onStanding(SwarmId swarm) {
    touched.add(swarm);
  }

  /** Looks at every swarm whose standing has changed; answers how many had something to drop. */
  public int runOnce() {
    int dropped = 0;
    for (SwarmId swarm : touched) {
      touched.remove(swarm);
      if (hasBooked(replica, swarm)) {
        dropped++;
        replica
            .decide(new Drop(swarm))
            .whenComplete((done, failure) -> {
              if (failure != null) {
                touched.add(swarm);
              }
            });
      }
    }
    return dropped;
  }

  private boolean hasBooked(View view, SwarmId swarm) {
    return records
        .settledBy(view, swarm)
        .map(standing -> {
          CommitmentsRecord record = records.commitments(view, swarm);
          return CommitmentRules.withoutSettled(record, standing).getCommitmentsCount() < record.getCommitmentsCount();
        })
        .orElse(false);
  }

  private final class Drop implements Decision<Boolean> {
    private final SwarmId swarm;

    Drop(SwarmId swarm) {
      this.swarm = swarm;
    }

    @Override
    public Set<String> reads() {
      return Set.of(records.keys().standing(swarm));
    }

    @Override
    public Set<String> writes() {
      return Set.of(records.keys().commitments(swarm));
    }

    @Override
    public Set<String> shared() {
      return Set.of(records.keys().commitments(swarm));
    }

    @Override
    public Step<Boolean> decide(View view) {
      if (!hasBooked(view, swarm)) {
        return Step.answer(false);
      }
      CommitmentsRecord left =
          CommitmentRules.withoutSettled(records.commitments(view, swarm), records.settledBy(view, swarm).orElseThrow());
      return Step.commit(
          Txn.builder()
              .put(view, records.keys().commitments(swarm), Records.bytes(left))
              .unchanged(view, records.keys().standing(swarm))
              .build(),
          revision -> true);
    }
  }
}
