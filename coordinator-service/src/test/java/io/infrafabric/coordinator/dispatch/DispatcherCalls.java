package io.infrafabric.coordinator.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import io.infrafabric.coordinator.claim.AskersHand;
import io.infrafabric.coordinator.Samples;
import io.infrafabric.coordinator.plan.FairShare;
import io.infrafabric.coordinator.plan.PlanIndex;
import io.infrafabric.coordinator.record.Records;
import io.infrafabric.coordinator.task.Requirement;
import io.infrafabric.coordinator.task.StoredTask;
import io.infrafabric.coordinator.task.TaskIndex;
import io.infrafabric.coordinator.v1.LastChange;
import io.infrafabric.coordinator.v1.PlanPlace;
import io.infrafabric.coordinator.v1.SessionRecord;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.governor.v1.Standing;
import io.infrafabric.kit.store.Outcome;
import io.infrafabric.kit.store.Replica;
import io.infrafabric.kit.store.ReplicaSettings;
import io.infrafabric.kit.store.Txn;
import io.infrafabric.kit.time.Times;
import io.infrafabric.names.Keys;
import io.infrafabric.names.SwarmId;
import io.infrafabric.names.TaskId;
import io.infrafabric.testkit.store.MemoryStore;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;

/** A dispatcher over the store in memory, whose governor and whose clock are the test, and which rings into a list. */
abstract class DispatcherCalls {
  static final Duration FURTHER = Duration.ofMillis(100);
  static final Duration TIMEOUT = Duration.ofSeconds(1);
  static final Duration PATIENCE = Duration.ofSeconds(3);
  static final Keys KEYS = new Keys();

  final MemoryStore store = new MemoryStore();
  final Records records = new Records(KEYS);
  final Replica replica = Replica.open("test", store, records.prefixes(), ReplicaSettings.defaults());
  final TaskIndex index = new TaskIndex();
  final PlanIndex plans = new PlanIndex();
  final List<String> rung = new ArrayList<>();
  final List<PushTiming> timings = new ArrayList<>();
  final List<Requirement> asked = new ArrayList<>();
  Function<Requirement, CompletableFuture<List<SwarmId>>> governor = r -> CompletableFuture.completedFuture(List.of());
  final AtomicLong nanos = new AtomicLong(100);
  Instant now = Samples.NOW;
  final AskersHand askers = new AskersHand(nanos::get);
  Dispatcher dispatcher = dispatcher(new DispatchSettings(3, FURTHER, 0.1, 100, TIMEOUT, Duration.ofMillis(250), 10_000, 500));

  DispatcherCalls() {
    index.setMembers(plans);
    index.setHearing(nanos::get);
    replica.onChange(KEYS.tasks(), index);
    replica.ready().join();
  }

  @AfterEach
  void close() {
    replica.close();
  }

  Dispatcher dispatcher(DispatchSettings settings) {
    return new Dispatcher(
        replica,
        records,
        index,
        new FairShare(replica, records, plans, () -> now, PATIENCE),
        requirement -> {
          asked.add(requirement);
          return governor.apply(requirement);
        },
        (task, swarm, until, timing) -> {
          rung.add(task.id() + "->" + swarm);
          timings.add(timing);
        },
        settings,
        askers.askers(),
        nanos::get,
        () -> {});
  }

  void put(String key, Message record) {
    put(key, record.toByteString());
  }

  void put(String key, ByteString value) {
    long seen = store.entries(key).stream().filter(entry -> entry.key().equals(key)).mapToLong(entry -> entry.modRevision()).findFirst().orElse(0);
    Txn txn = new Txn(List.of(new Txn.Compare(key, seen)), List.of(new Txn.Write.Put(key, value, 0)));
    assertThat(store.commit(List.of(txn)).join().getFirst()).isInstanceOf(Outcome.Committed.class);
    caughtUp();
  }

  void caughtUp() {
    CompletableFuture<Void> told = new CompletableFuture<>();
    replica.execute(() -> told.complete(null));
    told.orTimeout(5, TimeUnit.SECONDS).join();
  }

  void swarm(Standing.Builder standing) {
    SwarmId swarm = new SwarmId(standing.getSwarmId());
    put(KEYS.standing(swarm), standing.build());
    put(KEYS.session(swarm), SessionRecord.newBuilder().setSwarmId(swarm.value()).build());
  }

  void swarms(String... names) {
    for (String name : names) {
      swarm(Samples.standing(name, "a:b"));
    }
  }

  void task(TaskSpec.Builder spec, Duration age) {
    Task task = Samples.ready(spec.build()).toBuilder().setCreatedAt(Times.toProto(Samples.NOW.minus(age))).build();
    put(KEYS.task(new TaskId(spec.getTaskId())), StoredTask.bytes(task, LastChange.getDefaultInstance(), "r"));
  }

  void task(String id) {
    task(Samples.spec(id, "a:b"), Duration.ZERO);
  }

  /** One of a pool of equal tasks; claimed when it has a holder. */
  void equal(String id, String holder) {
    TaskSpec spec = Samples.spec(id, "a:b").setPlanId("p1").build();
    Task task = holder.isEmpty() ? Samples.ready(spec) : Samples.claimed(spec, holder, 1);
    PlanPlace place = PlanPlace.newBuilder().setPhase("map").setFair(true).build();
    put(KEYS.task(new TaskId(id)), StoredTask.bytes(task.toBuilder().setPlanPlace(place).build(), LastChange.getDefaultInstance(), "r"));
  }

  void ranks(String... names) {
    List<SwarmId> ranked = List.of(names).stream().map(SwarmId::new).toList();
    governor = r -> CompletableFuture.completedFuture(ranked);
  }

  List<String> pass() {
    rung.clear();
    timings.clear();
    dispatcher.runOnce(now);
    return List.copyOf(rung);
  }

  void filler(String id) {
    filler(id, "");
  }

  /** One of a plan. */
  void filler(String id, String plan) {
    Task task = Samples.ready(Samples.spec(id, "a:b").setPlanId(plan).build()).toBuilder().setPlanPlace(PlanPlace.newBuilder().setFiller(true)).build();
    put(KEYS.task(new TaskId(id)), StoredTask.bytes(task, LastChange.getDefaultInstance(), "r"));
  }
}
