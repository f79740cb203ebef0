package io.infrafabric.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.coordinator.task.StoredTask;
import io.infrafabric.coordinator.v1.ClaimTaskRequest;
import io.infrafabric.coordinator.v1.KeepAliveRequest;
import io.infrafabric.coordinator.v1.LastChange;
import io.infrafabric.coordinator.v1.Offer;
import io.infrafabric.coordinator.v1.OpenSessionRequest;
import io.infrafabric.coordinator.v1.Parked;
import io.infrafabric.coordinator.v1.PlanPlace;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.coordinator.v1.TaskState;
import io.infrafabric.names.TaskId;
import io.infrafabric.testkit.store.MemoryStore;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Offers in the answer to a heartbeat; nobody rings in these tests. */
class RemindersTest {
  private static final Duration OFFER = Duration.ofSeconds(1);

  private final MemoryStore store = new MemoryStore();
  private final CoordinatorFixture fixture = CoordinatorFixture.inMemory(store);
  private final Map<String, String> sessions = new HashMap<>();

  @AfterEach
  void close() {
    fixture.close();
  }

  private void swarm(String id, String... capabilities) {
    sessions.put(id, fixture.swarm(Samples.standing(id, capabilities)));
  }

  private List<String> heartbeat(String swarm) {
    return fixture
        .sessions
        .keepAlive(KeepAliveRequest.newBuilder().setSwarmId(swarm).setSessionId(sessions.get(swarm)).build())
        .getOffersList()
        .stream()
        .map(Offer::getTaskId)
        .toList();
  }

  private void claim(String task, String swarm) {
    fixture.claims.claimTask(
        ClaimTaskRequest.newBuilder().setRequestId("claim-" + task).setTaskId(task).setSwarmId(swarm).setSessionId(sessions.get(swarm)).build());
  }

  private void submit(String id, String capability) {
    fixture.submit(Samples.spec(id, capability));
    fixture.caughtUp();
  }

  @Test
  void readyTask_isNamedOnceItsOfferWouldBeOver() {
    swarm("s1", "a:b");
    submit("t1", "a:b");
    assertThat(heartbeat("s1")).isEmpty();
    fixture.advance(OFFER);
    assertThat(heartbeat("s1")).containsExactly("t1");
    claim("t1", "s1");
    fixture.caughtUp();
    fixture.advance(OFFER);
    assertThat(heartbeat("s1")).isEmpty();
  }

  @Test
  void swarmThatAsksForItsWorkItself_isNotTold() {
    fixture.swarm(Samples.standing("asks", "a:b"));
    OpenSessionRequest again = OpenSessionRequest.newBuilder().setRequestId("again").setSwarmId("asks").setReplace(true).setPulls(true).build();
    sessions.put("asks", fixture.sessions.openSession(again).getSessionId());
    swarm("waits", "a:b");
    submit("t1", "a:b");
    fixture.advance(OFFER);
    assertThat(heartbeat("asks")).isEmpty();
    assertThat(heartbeat("waits")).containsExactly("t1");
  }

  @Test
  void onlyThoseWhoMayHaveIt_areTold() {
    swarm("able", "a:b");
    swarm("other", "c:d");
    submit("t1", "a:b");
    fixture.advance(OFFER);
    assertThat(heartbeat("other")).isEmpty();
    assertThat(heartbeat("able")).containsExactly("t1");
  }

  @Test
  void swarmThatIsStoppedInAPlan_isToldOfItsFillersBeforeUnrelatedWork() {
    swarm("s1", "a:b");
    swarm("s2", "a:b");
    Task claimed = Samples.claimed(Samples.spec("stopped", "x:y").setPlanId("p1").build(), "s1", 1);
    Task parked = claimed.toBuilder().setParked(Parked.newBuilder().setClaim(claimed.getClaimed()).addBlockerIds("b")).build();
    CoordinatorFixture.put(store, CoordinatorFixture.KEYS.task(new TaskId("stopped")), StoredTask.bytes(parked, LastChange.getDefaultInstance(), "r"));
    submit("t1", "a:b");
    submit("t2", "a:b");
    filler("filler", "a:b");
    fixture.caughtUp();
    fixture.advance(OFFER);
    assertThat(heartbeat("s1")).containsExactly("filler", "t1", "t2");
    fixture.advance(OFFER);
    assertThat(heartbeat("s2")).containsExactly("t1", "t2");
  }

  private void filler(String id, String capability) {
    Task task = Samples.ready(Samples.spec(id, capability).setPlanId("p1").build()).toBuilder().setPlanPlace(PlanPlace.newBuilder().setFiller(true)).build();
    CoordinatorFixture.put(store, CoordinatorFixture.KEYS.task(new TaskId(id)), StoredTask.bytes(task, LastChange.getDefaultInstance(), "r"));
  }

  @Test
  void filler_isNamedToThoseForWhomThereIsNothingElse() {
    swarm("s1", "a:b");
    swarm("s2", "c:d");
    filler("filler1", "a:b");
    filler("filler2", "c:d");
    submit("t1", "a:b");
    fixture.advance(OFFER);
    assertThat(heartbeat("s1")).containsExactly("t1");
    assertThat(heartbeat("s2")).containsExactly("filler2");
    claim("t1", "s1");
    fixture.caughtUp();
    fixture.advance(OFFER);
    assertThat(heartbeat("s1")).containsExactly("filler1");
  }

  @Test
  void task_isNamedToAFewInASecond() {
    for (int i = 0; i < 20; i++) {
      swarm("s" + i, "a:b");
    }
    submit("t1", "a:b");
    fixture.advance(OFFER);
    Set<String> told = new TreeSet<>();
    for (int i = 0; i < 20; i++) {
      if (!heartbeat("s" + i).isEmpty()) {
        told.add("s" + i);
      }
    }
    assertThat(told).hasSize(3);
    fixture.advance(OFFER);
    assertThat(heartbeat("s19")).as("the next second, the next ones").containsExactly("t1");
  }

  @Test
  void heartbeatsThatComeTogether_areToldOfDifferentTasks() {
    swarm("s1", "a:b");
    swarm("s2", "a:b");
    for (int i = 0; i < 6; i++) {
      submit("t" + i, "a:b");
    }
    fixture.advance(OFFER);
    Set<String> told = new TreeSet<>(heartbeat("s1"));
    told.addAll(heartbeat("s2"));
    assertThat(told).hasSize(6);
  }

  @Test
  void swarm_isNotToldMoreThanItHasRoomFor() {
    swarm("s1", "a:b");
    for (int i = 0; i < 5; i++) {
      submit("t" + i, "a:b");
    }
    fixture.advance(OFFER);
    claim("t0", "s1");
    claim("t1", "s1");
    fixture.caughtUp();
    assertThat(heartbeat("s1")).hasSize(1);
    claim("t2", "s1");
    fixture.caughtUp();
    assertThat(heartbeat("s1")).as("full").isEmpty();
  }

  @Test
  void differentTasks_areNamedToDifferentSwarms() {
    swarm("s1", "a:b");
    swarm("s2", "c:d");
    submit("t1", "a:b");
    submit("t2", "c:d");
    fixture.advance(OFFER);
    assertThat(heartbeat("s2")).containsExactly("t2");
    assertThat(heartbeat("s1")).containsExactly("t1");
  }

  /** Invariant I11, in the fixture's time: heartbeats every three seconds and no message at all. */
  @Test
  void everyReadyTask_isClaimedWithinFiveSeconds_withoutAnyMessage() {
    int swarms = 20;
    int tasks = 50;
    for (int i = 0; i < swarms; i++) {
      swarm("s" + i, "a:b");
    }
    for (int i = 0; i < tasks; i++) {
      submit("t" + i, "a:b");
    }
    Duration step = Duration.ofMillis(150);
    Duration passed = Duration.ZERO;
    for (int beat = 0; passed.compareTo(Duration.ofSeconds(5)) <= 0 && unclaimed(tasks) > 0; beat++) {
      String swarm = "s" + beat % swarms; // each of the twenty once in three seconds
      heartbeat(swarm).forEach(task -> claim(task, swarm));
      fixture.caughtUp();
      fixture.advance(step);
      passed = passed.plus(step);
    }
    assertThat(unclaimed(tasks)).as("not claimed after " + passed).isZero();
  }

  /** What is left undone by others must not hide what a swarm may have, whatever asks for it differently: each is a kind of its own. */
  @Test
  void swarmThatFiveThousandKindsAreNotFor_isToldOfItsOwnAtItsFirstHeartbeat() {
    swarm("s1", "a:b");
    int foreign = 1_250;
    for (int i = 0; i < foreign; i++) {
      put(Samples.spec("foreign" + i, "c:d").setMaxCostMicros(1_000 + i).build());
      put(Samples.spec("dear" + i, "a:b").setMaxCostMicros(1_000_000_000L + i).build());
      put(Samples.spec("owned" + i, "a:b").setMaxCostMicros(1_000 + i).addOwnerSwarmIds("other").build());
      put(Samples.spec("half" + i, "a:b", "c:d").setMaxCostMicros(1_000 + i).build());
    }
    submit("own", "a:b");
    fixture.advance(OFFER);
    assertThat(fixture.index.requirements()).hasSize(4 * foreign + 1);
    assertThat(heartbeat("s1")).containsExactly("own");
  }

  /** Of what only a decision can tell from its own, a part is looked at with each heartbeat, and another part with the next. */
  @Test
  void swarm_comesAroundAllKindsThatItMightHave() {
    swarm("s1", "a:b");
    swarm("s2", "a:b");
    int excluded = 2_500;
    for (int i = 0; i < excluded; i++) {
      put(Samples.spec("excluded" + i, "a:b").setMaxCostMicros(i).addExcludeSwarmIds("s1").addExcludeSwarmIds("s2").build());
    }
    put(Samples.spec("own", "a:b").setMaxCostMicros(excluded).build());
    fixture.caughtUp();
    fixture.advance(OFFER);
    for (int beat = 1; beat < 3; beat++) {
      assertThat(heartbeat("s1")).as("beat " + beat).isEmpty();
      assertThat(heartbeat("s2")).as("beat " + beat).isEmpty();
    }
    assertThat(heartbeat("s1")).containsExactly("own");
    assertThat(heartbeat("s2")).as("a swarm's tour is its own").containsExactly("own");
  }

  private void put(TaskSpec spec) {
    CoordinatorFixture.put(
        store, CoordinatorFixture.KEYS.task(new TaskId(spec.getTaskId())), StoredTask.bytes(Samples.ready(spec), LastChange.getDefaultInstance(), "r"));
  }

  private long unclaimed(int tasks) {
    return tasks - fixture.index.count(TaskState.TASK_STATE_CLAIMED);
  }
}
