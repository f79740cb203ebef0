package io.infrafabric.coordinator;

import static io.infrafabric.coordinator.CoordinatorFixture.KEYS;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.infrafabric.coordinator.commitment.CommitmentRules;
import io.infrafabric.coordinator.record.Records;
import io.infrafabric.coordinator.v1.Commitment;
import io.infrafabric.coordinator.v1.CommitmentsRecord;
import io.infrafabric.governor.v1.Standing;
import io.infrafabric.kit.store.Change;
import io.infrafabric.kit.store.Entry;
import io.infrafabric.names.SwarmId;
import io.infrafabric.testkit.history.HistoryRules;
import io.infrafabric.testkit.history.Version;
import io.infrafabric.testkit.Stalls;
import io.infrafabric.testkit.store.Faults;
import io.infrafabric.testkit.store.FaultyStore;
import io.infrafabric.testkit.store.MemoryStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Swarms that do whatever comes to mind, at two coordinators, over a store between which and them things go wrong. Then the
 * whole history is judged: I1 to I6 by the task records, I7 by the books, and that no call was done twice.
 */
class InvariantsUnderFaultsTest {
  private static final int SWARMS = 5;
  private static final long GRANTED = 40_000;

  private final MemoryStore memory = new MemoryStore();
  private final HaphazardSwarm.Acknowledged acknowledged = new HaphazardSwarm.Acknowledged();

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 2})
  void invariants_holdOverTheWholeHistory(long given) throws Exception {
    long seed = given == 0 ? System.nanoTime() : given;
    FaultyStore here = new FaultyStore(memory, seed);
    FaultyStore there = new FaultyStore(memory, seed + 1);
    try (CoordinatorFixture one = new CoordinatorFixture(memory, here);
        CoordinatorFixture other = new CoordinatorFixture(memory, there);
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < SWARMS; i++) {
        one.standing(Samples.standing("s" + i).setMaxConcurrent(3).setCreditMicros(GRANTED).build());
      }
      List<SwarmId> all = IntStream.range(0, SWARMS).mapToObj(i -> new SwarmId("s" + i)).toList();
      List.of(one, other).forEach(coordinator -> coordinator.ranking.put("help:any", all));
      here.set(Faults.MIXED);
      there.set(Faults.MIXED);
      List<Future<?>> swarms = new ArrayList<>();
      for (int i = 0; i < SWARMS; i++) {
        HaphazardSwarm swarm = new HaphazardSwarm("s" + i, new Random(seed + 10 + i), List.of(one, other), acknowledged);
        swarms.add(threads.submit(swarm::live));
      }
      Future<?> governor = threads.submit(() -> govern(one, other, swarms));
      for (Future<?> swarm : swarms) {
        swarm.get();
      }
      governor.get();
      here.set(Faults.NONE);
      there.set(Faults.NONE);
      Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> one.replica.reachable() && other.replica.reachable());
      one.advance(Duration.ofMinutes(10));
      other.advance(Duration.ofMinutes(10));
      converged(one);
      one.settle();
      converged(one);
      converged(other);
      judge(seed);
    }
  }

  /** The loops of both coordinators, the governor's bookings, and now and then a lost connection, while the swarms live. */
  private void govern(CoordinatorFixture one, CoordinatorFixture other, List<Future<?>> swarms) {
    while (swarms.stream().anyMatch(swarm -> !swarm.isDone())) {
      for (CoordinatorFixture coordinator : List.of(one, other)) {
        coordinator.readiness.runOnce(coordinator.now());
        coordinator.expiry.runOnce(coordinator.now());
        coordinator.booked.runOnce();
        coordinator.duty.runOnce(coordinator.now());
        coordinator.caughtUp();
      }
      for (int i = 0; i < SWARMS; i++) {
        book("s" + i);
      }
      memory.breakWatches();
      LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
    }
  }

  /** Books every ended claim once: lowers the credit by its cost and lists it, as long as the book lists it too. */
  private void book(String swarm) {
    CommitmentsRecord book = record(KEYS.commitments(new SwarmId(swarm))).map(e -> Records.parse(e, CommitmentsRecord.parser())).orElse(CommitmentsRecord.getDefaultInstance());
    Standing standing = Records.parse(record(KEYS.standing(new SwarmId(swarm))).orElseThrow(), Standing.parser());
    List<Commitment> ended = book.getCommitmentsList().stream().filter(c -> !CommitmentRules.isOpen(c)).toList();
    Set<String> settled = new HashSet<>(standing.getSettledClaimIdsList());
    long cost = ended.stream().filter(c -> !settled.contains(c.getClaimId())).mapToLong(Commitment::getCostMicros).sum();
    List<String> listed = ended.stream().map(Commitment::getClaimId).toList();
    if (!listed.equals(standing.getSettledClaimIdsList())) {
      ByteString next = standing.toBuilder().setCreditMicros(standing.getCreditMicros() - cost).clearSettledClaimIds().addAllSettledClaimIds(listed).build().toByteString();
      CoordinatorFixture.put(memory, KEYS.standing(new SwarmId(swarm)), next);
    }
  }

  private Optional<Entry> record(String key) {
    return memory.entries(key).stream().filter(entry -> entry.key().equals(key)).findFirst();
  }

  private void judge(long seed) {
    List<Version> history =
        memory.changes(KEYS.tasks()).stream()
            .map(change -> new Version(change.revision(), change.key(), change instanceof Change.Written written ? Optional.of(written.entry().value()) : Optional.empty()))
            .toList();
    assertThat(HistoryRules.judgeQuiet(history, acknowledged.tasks())).as("seed %d", seed).isEmpty();
    assertThat(acknowledged.tasks()).as("seed %d: something was done", seed).isNotEmpty();
    assertThat(acknowledged.claimOfRequest()).as("seed %d: something was claimed", seed).isNotEmpty();
    BookJudge books = new BookJudge(memory, seed);
    books.money();
    books.blockers(acknowledged.blockers());
  }

  private Map<String, ByteString> truth() {
    Map<String, ByteString> truth = new HashMap<>();
    new Records(KEYS).prefixes().forEach(prefix -> memory.entries(prefix.path()).forEach(entry -> truth.put(entry.key(), entry.value())));
    return truth;
  }

  /** Invariant I10: within 5 s the copy is what the store has. */
  private void converged(CoordinatorFixture fixture) {
    boolean inTime =
        Stalls.within(
            Duration.ofSeconds(5),
            () -> {
              fixture.caughtUp();
              Map<String, ByteString> copy = new HashMap<>();
              fixture.replica.scan(KEYS.root()).values().forEach(entry -> copy.put(entry.key(), entry.value()));
              return copy.equals(truth());
            });
    assertThat(inTime).as("a copy that is what the store has").isTrue();
  }
}
