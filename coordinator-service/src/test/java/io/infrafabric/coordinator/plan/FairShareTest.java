package io.infrafabric.coordinator.plan;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.infrafabric.coordinator.Samples;
import io.infrafabric.coordinator.record.Records;
import io.infrafabric.coordinator.task.ReadyTask;
import io.infrafabric.coordinator.task.StoredTask;
import io.infrafabric.coordinator.task.TaskIndex;
import io.infrafabric.coordinator.v1.LastChange;
import io.infrafabric.coordinator.v1.PlanPlace;
import io.infrafabric.coordinator.v1.SessionRecord;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.SharesRecord;
import io.infrafabric.coordinator.v1.Taken;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.governor.v1.BreakerState;
import io.infrafabric.governor.v1.Standing;
import io.infrafabric.kit.store.Outcome;
import io.infrafabric.kit.store.Replica;
import io.infrafabric.kit.store.ReplicaSettings;
import io.infrafabric.kit.store.Txn;
import io.infrafabric.names.Keys;
import io.infrafabric.names.PlanId;
import io.infrafabric.names.SwarmId;
import io.infrafabric.names.TaskId;
import io.infrafabric.testkit.store.MemoryStore;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** For whom a task is kept, and for how long. */
class FairShareTest {
  private static final Keys KEYS = new Keys();
  private static final Duration PATIENCE = Duration.ofSeconds(3);
  private static final SwarmId FOX = new SwarmId("fox");
  private static final SwarmId OWL = new SwarmId("owl");

  private final MemoryStore store = new MemoryStore();
  private final Records records = new Records(KEYS);
  private final Replica replica = Replica.open("shares", store, records.prefixes(), ReplicaSettings.defaults());
  private final TaskIndex index = new TaskIndex();
  private final PlanIndex plans = new PlanIndex();
  private Instant now = Samples.NOW;
  private final FairShare shares = new FairShare(replica, records, plans, () -> now, PATIENCE);

  @BeforeEach
  void start() {
    index.setMembers(plans);
    replica.onChange(KEYS.tasks(), index);
    replica.ready().join();
    for (int i = 0; i < 4; i++) {
      task(i, false);
    }
  }

  @AfterEach
  void close() {
    replica.close();
  }

  private void put(String key, ByteString value) {
    long seen = replica.get(key).map(entry -> entry.modRevision()).orElse(0L);
    Txn txn = new Txn(List.of(new Txn.Compare(key, seen)), List.of(new Txn.Write.Put(key, value, 0)));
    assertThat(store.commit(List.of(txn)).join().getFirst()).isInstanceOf(Outcome.Committed.class);
    CompletableFuture<Void> told = new CompletableFuture<>();
    replica.execute(() -> told.complete(null));
    told.orTimeout(5, TimeUnit.SECONDS).join();
  }

  private void task(int number, boolean claimedByFox) {
    TaskSpec spec = Samples.spec("t" + number, "a:b").setPlanId("p1").build();
    Task task = claimedByFox ? Samples.claimed(spec, "fox", 1) : Samples.ready(spec);
    PlanPlace place = PlanPlace.newBuilder().setPhase("map").setFair(true).build();
    put(KEYS.task(new TaskId("t" + number)), StoredTask.bytes(task.toBuilder().setPlanPlace(place).build(), LastChange.getDefaultInstance(), "r"));
  }

  private void swarm(Standing.Builder standing) {
    SwarmId swarm = new SwarmId(standing.getSwarmId());
    put(KEYS.standing(swarm), standing.build().toByteString());
    put(KEYS.session(swarm), SessionRecord.newBuilder().setSwarmId(swarm.value()).build().toByteString());
  }

  private ReadyTask next() {
    return index.walk().next().orElseThrow();
  }

  /** The fox takes as many as it gets, and is answered how many. */
  private int foxTakes() {
    int taken = 0;
    while (index.walk().next().isPresent() && shares.take(next(), FOX).may()) {
      ReadyTask task = next();
      task(Integer.parseInt(task.id().value().substring(1)), true);
      shares.settled(task, FOX);
      taken++;
    }
    return taken;
  }

  @Test
  void aloneItTakesAll() {
    swarm(Samples.standing("fox", "a:b"));
    assertThat(foxTakes()).isEqualTo(4);
  }

  @Test
  void halfIsKeptForTheOther_butNotForLongWhenItDoesNotCome() {
    swarm(Samples.standing("fox", "a:b"));
    swarm(Samples.standing("owl", "a:b"));
    assertThat(foxTakes()).isEqualTo(2);
    now = now.plus(PATIENCE.minusMillis(1));
    assertThat(shares.mayTake(next(), FOX)).isFalse();
    now = now.plusMillis(1);
    assertThat(foxTakes()).isEqualTo(2);
  }

  @Test
  void whoComesAgain_isCountedAgain() {
    swarm(Samples.standing("fox", "a:b"));
    swarm(Samples.standing("owl", "a:b"));
    assertThat(foxTakes()).isEqualTo(2);
    now = now.plus(PATIENCE);
    assertThat(shares.mayTake(next(), FOX)).isTrue();
    assertThat(shares.mayTake(next(), OWL)).isTrue();
    assertThat(foxTakes()).isZero();
  }

  @Test
  void nothingIsKeptForThoseWhoMayNotHaveIt() {
    swarm(Samples.standing("fox", "a:b"));
    swarm(Samples.standing("other", "c:d"));
    swarm(Samples.standing("broken", "a:b").setBreaker(BreakerState.BREAKER_STATE_OPEN));
    put(KEYS.standing(new SwarmId("away")), Samples.standing("away", "a:b").build().toByteString());
    assertThat(foxTakes()).isEqualTo(4);
  }

  @Test
  void whatIsBeingClaimed_countsAlready() {
    swarm(Samples.standing("fox", "a:b"));
    swarm(Samples.standing("owl", "a:b"));
    assertThat(shares.take(next(), FOX).may()).isTrue();
    assertThat(shares.take(next(), FOX).may()).isTrue();
    assertThat(shares.take(next(), FOX).may()).isFalse();
    shares.settled(next(), FOX);
    assertThat(shares.take(next(), FOX).may()).as("one was lost to another").isTrue();
  }

  @Test
  void whatOthersHaveJustClaimed_counts_thoughThisCopyHasYetToSeeIt() {
    swarm(Samples.standing("fox", "a:b"));
    swarm(Samples.standing("owl", "a:b"));
    SharesRecord.Builder record = SharesRecord.newBuilder().setPlanId("p1");
    for (int i = 0; i < 2; i++) {
      record.addTaken(Taken.newBuilder().setTaskId("t" + i).setSwarmId("fox").setRevision(replica.get(KEYS.task(new TaskId("t" + i))).orElseThrow().modRevision()));
    }
    put(KEYS.shares(new PlanId("p1")), record.build().toByteString());
    assertThat(shares.mayTake(next(), FOX)).as("two are the fox's, and two are kept for the owl").isFalse();
    FairShare.Grant grant = shares.take(next(), OWL);
    LastOnes last = grant.last().orElseThrow();
    assertThat(last.mayTake(replica)).isTrue();
    assertThat(new LastOnes(records, plans, replica, next(), FOX, Set.of("fox", "owl")).mayTake(replica)).isFalse();
    task(0, true);
    task(1, true);
    assertThat(new LastOnes(records, plans, replica, next(), FOX, Set.of("fox", "owl")).mayTake(replica)).as("and not twice").isFalse();
    assertThat(last.mayTake(replica)).isTrue();
    shares.settled(next(), OWL);
    assertThat(shares.divide(next()).had(FOX)).isEqualTo(2);
  }

  @Test
  void recordOfTheLastOnes_hasTheNewestOnly() throws Exception {
    SharesRecord.Builder record = SharesRecord.newBuilder();
    IntStream.range(0, LastOnes.MARGIN).forEach(i -> record.addTaken(Taken.newBuilder().setTaskId("x" + i)));
    put(KEYS.shares(new PlanId("p1")), record.build().toByteString());
    SharesRecord next = SharesRecord.parseFrom(new LastOnes(records, plans, replica, next(), FOX, Set.of()).next(replica));
    assertThat(next.getTakenList()).hasSize(LastOnes.MARGIN).startsWith(record.getTaken(1));
    assertThat(next.getTaken(LastOnes.MARGIN - 1).getTaskId()).isEqualTo("t0");
    assertThat(next.getTaken(LastOnes.MARGIN - 1).getRevision()).isEqualTo(next().revision());
  }

  @Test
  void division_countsWhatIsGiven() {
    swarm(Samples.standing("fox", "a:b"));
    swarm(Samples.standing("owl", "a:b"));
    FairShare.Division division = shares.divide(next());
    division.give(FOX);
    division.give(FOX);
    assertThat(division.mayTake(FOX)).isFalse();
    assertThat(division.mayTake(OWL)).isTrue();
    division.give(OWL);
    assertThat(division.mayTake(FOX)).as("the last one is the owl's").isFalse();
    division.give(OWL);
    assertThat(division.mayTake(OWL)).as("none is left").isFalse();
    assertThat(division.mayTakeInstead(OWL)).isTrue();
    assertThat(shares.mayTake(next(), FOX)).as("nothing was taken by it").isTrue();
  }

  /** What is only looked at does not make a swarm one that comes. */
  @Test
  void division_doesNotKeepATaskForAnybody() {
    swarm(Samples.standing("fox", "a:b"));
    swarm(Samples.standing("owl", "a:b"));
    assertThat(foxTakes()).isEqualTo(2);
    now = now.plus(PATIENCE);
    assertThat(shares.divide(next()).mayTake(OWL)).isTrue();
    assertThat(foxTakes()).isEqualTo(2);
  }
}
