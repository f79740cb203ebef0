package io.infrafabric.governor;

import com.google.protobuf.InvalidProtocolBufferException;
import io.infrafabric.coordinator.v1.ClaimEnd;
import io.infrafabric.coordinator.v1.Commitment;
import io.infrafabric.coordinator.v1.CommitmentsRecord;
import io.infrafabric.governor.books.BooksCodec;
import io.infrafabric.kit.store.Entry;
import io.infrafabric.kit.store.Outcome;
import io.infrafabric.kit.store.Store;
import io.infrafabric.kit.store.Txn;
import io.infrafabric.names.Keys;
import io.infrafabric.names.SwarmId;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;

/** Writes commitments as the coordinator does. */
public record CommitmentsHand(Store store, Keys keys) {

  /** A claim that ends at once. */
  public void end(String swarm, String claim, ClaimEnd end, long cost) {
    change(
        swarm,
        record -> {
          long number = record.getEndedCount() + 1;
          return record
              .setEndedCount(number)
              .addCommitments(
                  Commitment.newBuilder()
                      .setClaimId(claim)
                      .setTaskId("t-" + claim)
                      .setMaxCostMicros(cost)
                      .setCostMicros(cost)
                      .setEnd(end)
                      .setEndedNumber(number));
        });
  }

  /** A claim that stays open. */
  public void open(String swarm, String claim, long maxCost) {
    change(swarm, record -> record.addCommitments(Commitment.newBuilder().setClaimId(claim).setTaskId("t-" + claim).setMaxCostMicros(maxCost)));
  }

  /** Replaces the commitments of a swarm as the coordinator would. */
  public void change(String swarm, UnaryOperator<CommitmentsRecord.Builder> change) {
    String key = keys.commitments(new SwarmId(swarm));
    Outcome outcome;
    do {
      Optional<Entry> known = find(keys.commitments(), key);
      CommitmentsRecord.Builder record = CommitmentsRecord.newBuilder().setSwarmId(swarm);
      known.ifPresent(entry -> merge(record, entry));
      Txn txn =
          Txn.builder().put(asked -> known, key, change.apply(record).build().toByteString()).build();
      outcome = store.commit(List.of(txn)).join().getFirst();
    } while (!(outcome instanceof Outcome.Committed));
  }

  private static void merge(CommitmentsRecord.Builder record, Entry entry) {
    try {
      record.clear().mergeFrom(entry.value());
    } catch (InvalidProtocolBufferException malformed) {
      throw new AssertionError(malformed);
    }
  }

  /** Drops the claims that the standing lists as booked. */
  public void dropBooked(String swarm) {
    Set<String> booked = new HashSet<>();
    find(keys.standings(), keys.standing(new SwarmId(swarm)))
        .ifPresent(entry -> booked.addAll(BooksCodec.standing(entry).getSettledClaimIdsList()));
    change(
        swarm,
        record -> {
          List<Commitment> kept =
              record.getCommitmentsList().stream().filter(claim -> !booked.contains(claim.getClaimId())).toList();
          return record.clearCommitments().addAllCommitments(kept);
        });
  }

  private Optional<Entry> find(String prefix, String key) {
    return store.list(List.of(prefix)).join().entries().stream().filter(entry -> entry.key().equals(key)).findFirst();
  }
}
