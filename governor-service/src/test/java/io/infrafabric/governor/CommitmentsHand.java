package io.infrafabric.governor;

import com.google.protobuf.InvalidProtocolBufferException;
import io.infrafabric.coordinator.v1.ClaimEnd;
import io.infrafabric.coordinator.v1.Claimed;
import io.infrafabric.coordinator.v1.Commitment;
import io.infrafabric.coordinator.v1.CommitmentsRecord;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskRecord;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.governor.books.BooksCodec;
import io.infrafabric.kit.store.Entry;
import io.infrafabric.kit.store.Outcome;
import io.infrafabric.kit.store.Store;
import io.infrafabric.kit.store.Txn;
import io.infrafabric.names.Keys;
import io.infrafabric.names.SwarmId;
import io.infrafabric.names.TaskId;
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

  /**
   * A claim that stays open, of a task {@code t-<claim>} that is written as the coordinator writes it.
   *
   * @return its fence: the revision that made it, which its record does not hold
   */
  public long claim(String swarm, String claim, long maxCost) {
    open(swarm, claim, maxCost);
    return claimed(swarm, claim, 0);
  }

  /** The holder reports progress: from now on the record of the task holds the fence. */
  public void progress(String swarm, String claim, long fence) {
    claimed(swarm, claim, fence);
  }

  /**
   * A newer session goes on with a claim; the swarm's book stays as it is.
   *
   * @return its fence from now on
   */
  public long inherit(String swarm, String claim) {
    return claimed(swarm, claim, 0);
  }

  private long claimed(String swarm, String claim, long fence) {
    String task = "t-" + claim;
    Claimed held = Claimed.newBuilder().setSwarmId(swarm).setClaimId(claim).setFence(fence).build();
    TaskRecord record = TaskRecord.newBuilder().setTask(Task.newBuilder().setSpec(TaskSpec.newBuilder().setTaskId(task)).setAttempt(1).setClaimed(held)).build();
    String key = keys.task(new TaskId(task));
    Optional<Entry> known = find(keys.tasks(), key);
    Outcome outcome = store.commit(List.of(Txn.builder().put(asked -> known, key, record.toByteString()).build())).join().getFirst();
    if (!(outcome instanceof Outcome.Committed)) {
      throw new AssertionError(outcome);
    }
    return find(keys.tasks(), key).orElseThrow().modRevision();
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
