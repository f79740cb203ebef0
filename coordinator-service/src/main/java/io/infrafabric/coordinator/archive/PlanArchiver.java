package io.infrafabric.coordinator.archive;

import io.infrafabric.coordinator.plan.PlanIndex;
import io.infrafabric.coordinator.record.Records;
import io.infrafabric.coordinator.v1.PlanRecord;
import io.infrafabric.kit.store.Decision;
import io.infrafabric.kit.store.Replica;
import io.infrafabric.kit.store.Step;
import io.infrafabric.kit.store.Store;
import io.infrafabric.kit.store.Txn;
import io.infrafabric.kit.store.View;
import io.infrafabric.kit.time.Times;
import io.infrafabric.names.PlanId;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Puts the record of a plan whose tasks have all left etcd on a lease: it is told for as long as the tasks' lines are, and then goes
 * by itself. The elected coordinator does it; two at once do no harm.
 */
public final class PlanArchiver {
  private static final int PLANS = 100;
  private static final long PATIENCE_SECONDS = 10;

  private final Replica replica;
  private final Records records;
  private final PlanIndex plans;
  private final Duration retention;
  private final BooleanSupplier elected;
  private final Leases leases;

  public PlanArchiver(Store store, Replica replica, Records records, PlanIndex plans, ArchiveSettings settings, BooleanSupplier elected) {
    this.replica = replica;
    this.records = records;
    this.plans = plans;
    this.retention = settings.retention();
    this.elected = elected;
    this.leases = new Leases(store, settings.keep());
  }

  /** Lets plans go; answers how many began to. */
  public int runOnce(Instant now) {
    if (!elected.getAsBoolean()) {
      return 0;
    }
    List<PlanId> left = plans.leftBehind(now.minus(retention)).stream().limit(PLANS).toList();
    CompletableFuture<?>[] going = left.stream().map(plan -> letGo(plan, now)).toArray(CompletableFuture[]::new);
    CompletableFuture.allOf(going).orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS).join();
    return left.size();
  }

  private CompletableFuture<Boolean> letGo(PlanId plan, Instant now) {
    return leases
        .next(now)
        .thenCompose(lease -> replica.decide(new LetGo(records, plan, lease, now)))
        .whenComplete(
            (done, failure) -> {
              if (failure != null) {
                leases.drop(); // it may have ended
              }
            });
  }

  private record LetGo(Records records, PlanId plan, long lease, Instant now) implements Decision<Boolean> {
    @Override
    public Set<String> reads() {
      return Set.of();
    }

    @Override
    public Set<String> writes() {
      return Set.of(records.keys().plan(plan), records.keys().shares(plan));
    }

    @Override
    public Step<Boolean> decide(View view) {
      Optional<PlanRecord> there = records.plan(view, plan).filter(found -> found.hasOverAt() && !found.hasArchivedAt());
      return there
          .map(
              found -> {
                Txn.Builder txn =
                    Txn.builder()
                        .put(view, records.keys().plan(plan), Records.bytes(found.toBuilder().setArchivedAt(Times.toProto(now)).build()), lease);
                if (view.get(records.keys().shares(plan)).isPresent()) {
                  txn.delete(view, records.keys().shares(plan)); // nothing of it is left to be shared out
                }
                return Step.commit(txn.build(), done -> true);
              })
          .orElseGet(() -> Step.answer(false));
    }
  }
}
