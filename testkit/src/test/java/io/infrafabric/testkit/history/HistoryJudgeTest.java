package io.infrafabric.testkit.history;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Message;
import io.infrafabric.coordinator.v1.ClaimEnd;
import io.infrafabric.coordinator.v1.Claimed;
import io.infrafabric.coordinator.v1.Commitment;
import io.infrafabric.coordinator.v1.CommitmentsRecord;
import io.infrafabric.coordinator.v1.Completed;
import io.infrafabric.coordinator.v1.LastChange;
import io.infrafabric.coordinator.v1.Parked;
import io.infrafabric.coordinator.v1.Ready;
import io.infrafabric.coordinator.v1.SessionRecord;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskEventType;
import io.infrafabric.coordinator.v1.TaskRecord;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.governor.v1.Account;
import io.infrafabric.governor.v1.AccountOperation;
import io.infrafabric.governor.v1.BreakerState;
import io.infrafabric.governor.v1.LedgerLine;
import io.infrafabric.governor.v1.Standing;
import io.infrafabric.names.Keys;
import io.infrafabric.names.SwarmId;
import io.infrafabric.names.TaskId;
import io.infrafabric.testkit.history.Violation.Invariant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Books, sessions and dependencies, revision by revision. */
class HistoryJudgeTest {
  private static final Keys KEYS = new Keys();
  private static final SwarmId FOX = new SwarmId("fox");
  private static final Commitment PROMISE = Commitment.newBuilder().setClaimId("c1").setTaskId("t").setMaxCostMicros(10).build();
  private static final Commitment OWED = PROMISE.toBuilder().setEnd(ClaimEnd.CLAIM_END_COMPLETED).setCostMicros(4).build();

  private final HistoryJudge judge = new HistoryJudge(KEYS);
  private final List<Version> open = new ArrayList<>();
  private long revision = 1;

  private HistoryJudgeTest put(String key, Message value) {
    open.add(new Version(revision + 1, key, Optional.of(value.toByteString())));
    return this;
  }

  private void commit() {
    revision++;
    judge.next(List.copyOf(open));
    open.clear();
  }

  private HistoryJudgeTest standing(long credit, String... settled) {
    return put(KEYS.standing(FOX), Standing.newBuilder().setSwarmId("fox").setCreditMicros(credit).addAllSettledClaimIds(List.of(settled)).build());
  }

  private HistoryJudgeTest account(long granted, long settled) {
    return put(KEYS.account(FOX), Account.newBuilder().setGrantedMicros(granted).setSettledMicros(settled).setCreditMicros(granted - settled).build());
  }

  private HistoryJudgeTest book(Commitment... lines) {
    return put(KEYS.commitments(FOX), CommitmentsRecord.newBuilder().addAllCommitments(List.of(lines)).build());
  }

  private HistoryJudgeTest task(Task.Builder task, TaskEventType event, long cost) {
    TaskSpec.Builder spec = TaskSpec.newBuilder().setTaskId("t").setMaxCostMicros(10).addDependsOn("d");
    LastChange last = LastChange.newBuilder().setEvent(event).setCostMicros(cost).build();
    return put(KEYS.task(new TaskId("t")), TaskRecord.newBuilder().setTask(task.setSpec(spec)).setLast(last).build());
  }

  /** A task it depends on, done; the swarm with 10 micro-USD; its session; and the task, ready. */
  private void begin() {
    TaskSpec dependency = TaskSpec.newBuilder().setTaskId("d").build();
    put(KEYS.task(new TaskId("d")), TaskRecord.newBuilder().setTask(Task.newBuilder().setSpec(dependency).setCompleted(Completed.getDefaultInstance())).build()).commit();
    standing(10).account(10, 0).commit();
    put(KEYS.session(FOX), SessionRecord.getDefaultInstance()).commit();
    task(Task.newBuilder().setReady(Ready.getDefaultInstance()), TaskEventType.TASK_EVENT_TYPE_SUBMITTED, 0).commit();
  }

  private HistoryJudgeTest claimed(long session) {
    Claimed claim = Claimed.newBuilder().setSwarmId("fox").setClaimId("c1").setSessionRevision(session).build();
    return task(Task.newBuilder().setAttempt(1).setClaimed(claim), TaskEventType.TASK_EVENT_TYPE_CLAIMED, 0);
  }

  private HistoryJudgeTest completed() {
    return task(Task.newBuilder().setAttempt(1).setCompleted(Completed.getDefaultInstance()), TaskEventType.TASK_EVENT_TYPE_COMPLETED, 4);
  }

  private Set<Invariant> found() {
    return Set.copyOf(judge.violations().stream().map(Violation::invariant).toList());
  }

  @Test
  void aWholeLife_isNotAccused() {
    begin();
    claimed(4).book(PROMISE).commit();
    assertThat(judge.runnable()).isEqualTo(1);
    completed().book(OWED).commit();
    assertThat(judge.unbooked()).hasSize(1);
    standing(6, "c1").account(10, 4).commit();
    book().commit();
    assertThat(judge.violations()).isEmpty();
    assertThat(judge.unfinished()).isEmpty();
    assertThat(judge.unbooked()).isEmpty();
    assertThat(judge.losses(Set.of("t", "d"))).isEmpty();
    assertThat(judge.losses(Set.of("gone"))).hasSize(1);
  }

  private HistoryJudgeTest charge(String request, long micros, String claim, long fence) {
    LedgerLine line =
        LedgerLine.newBuilder()
            .setAccountId("fox")
            .setRequestId(request)
            .setOperation(AccountOperation.ACCOUNT_OPERATION_CHARGED)
            .setAmountMicros(micros)
            .setClaimId(claim)
            .setFence(fence)
            .build();
    return put(KEYS.ledger(FOX, request), line);
  }

  @Test
  void charge_isPaidOnce_andForAClaimOnlyUnderItsFence() {
    begin();
    claimed(4).book(PROMISE).commit();
    long fence = revision;
    standing(7).account(10, 3).charge("r1", 3, "c1", fence).commit();
    assertThat(judge.violations()).isEmpty();
    standing(5).account(10, 5).charge("r2", 2, "c1", revision).commit();
    assertThat(found()).containsExactly(Invariant.I4_NO_STALE_EFFECT);
  }

  /** The book is written by whatever the swarm does: its revision says nothing of a claim. */
  @Test
  void chargeForAClaim_isJudgedByItsTask_andNotByTheBook() {
    begin();
    claimed(4).book(PROMISE).commit();
    long fence = revision;
    book(PROMISE).commit();
    standing(7).account(10, 3).charge("r1", 3, "c1", fence).commit();
    assertThat(judge.violations()).isEmpty();
    book(PROMISE).commit();
    standing(5).account(10, 5).charge("r2", 2, "c1", revision).commit();
    assertThat(found()).containsExactly(Invariant.I4_NO_STALE_EFFECT);
  }

  @Test
  void chargeForAClaimThatHasEnded_isFound() {
    begin();
    claimed(4).book(PROMISE).commit();
    long fence = revision;
    completed().book(OWED).commit();
    standing(9).account(10, 1).charge("r1", 1, "c1", fence).commit();
    assertThat(found()).containsExactly(Invariant.I4_NO_STALE_EFFECT);
  }

  @Test
  void chargeThatIsBookedTwice_isFound() {
    begin();
    standing(4).account(10, 6).charge("r1", 3, "", 0).commit();
    assertThat(found()).contains(Invariant.I8_BOOKED_ONCE);
  }

  /** The twin is completed by its own claim, and the task, which nobody holds any more, with its twin's. */
  private void twinCompletedBy(String claim) {
    begin();
    task(Task.newBuilder().setTwinId("tw").setReady(Ready.getDefaultInstance()), TaskEventType.TASK_EVENT_TYPE_RELEASED, 0).commit();
    Completed done = Completed.newBuilder().setClaim(Claimed.newBuilder().setSwarmId("owl").setClaimId(claim)).build();
    Task twin = Task.newBuilder().setSpec(TaskSpec.newBuilder().setTaskId("tw")).setTwinOf("t").setCompleted(done).build();
    put(KEYS.task(new TaskId("tw")), TaskRecord.newBuilder().setTask(twin).build()).commit();
    Completed adopted = Completed.newBuilder().setClaim(Claimed.newBuilder().setSwarmId("owl").setClaimId("c2")).build();
    task(Task.newBuilder().setTwinId("tw").setCompleted(adopted), TaskEventType.TASK_EVENT_TYPE_COMPLETED, 0).commit();
  }

  @Test
  void taskThatItsTwinHasCompleted_isNotAccused() {
    twinCompletedBy("c2");
    assertThat(judge.violations()).isEmpty();
    assertThat(judge.decidedByTwins()).isEqualTo(1);
  }

  @Test
  void resultOfATwin_inPlaceOfTheFirst_isFound() {
    begin();
    claimed(4).book(PROMISE).commit();
    completed().book(OWED).commit();
    Completed second = Completed.newBuilder().setClaim(Claimed.newBuilder().setSwarmId("owl").setClaimId("c2")).build();
    task(Task.newBuilder().setTwinId("tw").setCompleted(second), TaskEventType.TASK_EVENT_TYPE_COMPLETED, 0).commit();
    assertThat(found()).containsExactly(Invariant.I6_TERMINAL_IS_FINAL);
    assertThat(judge.decidedByTwins()).isZero();
  }

  @Test
  void mappingWithoutAllOfItsChildren_isFound() {
    for (int i = 0; i < 2; i++) {
      TaskSpec child = TaskSpec.newBuilder().setTaskId("child-" + i).setPlanId("p").build();
      Task.Builder task = Task.newBuilder().setSpec(child).setReady(Ready.getDefaultInstance());
      put(KEYS.task(new TaskId("child-" + i)), TaskRecord.newBuilder().setTask(task).build());
      TaskSpec twin = child.toBuilder().setTaskId("twin-" + i).build();
      put(KEYS.task(new TaskId("twin-" + i)), TaskRecord.newBuilder().setTask(task.setSpec(twin).setTwinOf("child-" + i)).build());
    }
    commit();
    assertThat(judge.missing(Map.of("p", 2))).isEmpty();
    assertThat(judge.missing(Map.of("p", 3, "q", 1))).extracting(Violation::key).containsExactlyInAnyOrder("p", "q");
  }

  @Test
  void completionByAClaimThatWasNeitherLiveNorTheTwins_isFound() {
    twinCompletedBy("c3");
    assertThat(found()).containsExactly(Invariant.I4_NO_STALE_EFFECT);
  }

  @Test
  void claimUnderAnotherSession_isFound() {
    begin();
    claimed(3).book(PROMISE).commit();
    assertThat(found()).containsExactly(Invariant.ADMISSION);
  }

  @Test
  void claimWithAnOpenBreaker_isFound() {
    begin();
    put(KEYS.standing(FOX), Standing.newBuilder().setCreditMicros(10).setBreaker(BreakerState.BREAKER_STATE_OPEN).build()).commit();
    claimed(4).book(PROMISE).commit();
    assertThat(found()).containsExactly(Invariant.ADMISSION);
  }

  @Test
  void claimOfAnUnregisteredSwarm_isFound() {
    begin();
    put(KEYS.standing(FOX), Standing.newBuilder().setCreditMicros(10).setUnregistered(true).build()).commit();
    claimed(4).book(PROMISE).commit();
    assertThat(found()).containsExactly(Invariant.ADMISSION);
  }

  @Test
  void parkedTask_takesNoPlace_inItsTaskAndInTheBook() {
    begin();
    claimed(4).book(PROMISE).commit();
    Claimed claim = Claimed.newBuilder().setSwarmId("fox").setClaimId("c1").setSessionRevision(4).build();
    Task.Builder parked = Task.newBuilder().setAttempt(1).setParked(Parked.newBuilder().setClaim(claim.toBuilder().setFence(revision)).addBlockerIds("b"));
    task(parked, TaskEventType.TASK_EVENT_TYPE_PARKED, 0).book(PROMISE.toBuilder().setParked(true).build()).commit();
    assertThat(judge.violations()).isEmpty();
    book(PROMISE).commit();
    assertThat(found()).containsExactly(Invariant.ADMISSION);
  }

  @Test
  void helpBeyondTheCapOfWhatItHelps_isFound() {
    begin();
    claimed(4).book(PROMISE).commit();
    Commitment help = Commitment.newBuilder().setClaimId("h-1").setTaskId("h").setMaxCostMicros(4).setOutOfClaimId("c1").build();
    Commitment rest = PROMISE.toBuilder().setMaxCostMicros(6).build();
    book(rest, help).commit();
    Commitment paid = help.toBuilder().setClaimId("x").setEnd(ClaimEnd.CLAIM_END_COMPLETED).setCostMicros(3).build();
    book(rest.toBuilder().setMaxCostMicros(7).build(), paid).commit();
    assertThat(judge.violations()).isEmpty();
    book(rest.toBuilder().setMaxCostMicros(8).build(), paid).commit();
    assertThat(found()).containsExactly(Invariant.I7_MONEY_IS_CONSERVED);
  }

  @Test
  void promiseBeyondTheCredit_isFound() {
    begin();
    standing(9).account(9, 0).commit();
    claimed(4).book(PROMISE).commit();
    assertThat(found()).containsExactly(Invariant.I7_MONEY_IS_CONSERVED);
  }

  @Test
  void claimWithoutAPromise_isFound() {
    begin();
    claimed(4).commit();
    assertThat(found()).containsExactly(Invariant.I7_MONEY_IS_CONSERVED);
  }

  @Test
  void promiseThatStays_isFound() {
    begin();
    claimed(4).book(PROMISE).commit();
    completed().commit();
    assertThat(found()).containsExactly(Invariant.I7_MONEY_IS_CONSERVED);
  }

  @Test
  void costThatIsForgotten_isFound() {
    begin();
    claimed(4).book(PROMISE).commit();
    completed().book(OWED).commit();
    book().commit();
    assertThat(found()).containsExactly(Invariant.I7_MONEY_IS_CONSERVED);
  }

  @Test
  void costThatIsBookedTwice_isFound() {
    begin();
    claimed(4).book(PROMISE).commit();
    completed().book(OWED).commit();
    standing(6, "c1").account(10, 4).commit();
    standing(2, "c1").account(10, 8).commit();
    assertThat(found()).containsExactly(Invariant.I8_BOOKED_ONCE);
  }

  @Test
  void claimThatIsListedAgain_isFound() {
    begin();
    claimed(4).book(PROMISE).commit();
    completed().book(OWED).commit();
    standing(6, "c1").account(10, 4).commit();
    standing(6).commit();
    standing(6, "c1").commit();
    assertThat(found()).containsExactly(Invariant.I8_BOOKED_ONCE);
  }

  @Test
  void creditThatIsNotWhatWasGranted_isFound() {
    begin();
    standing(11).commit();
    assertThat(found()).containsExactly(Invariant.I7_MONEY_IS_CONSERVED);
  }

  @Test
  void claimTakenFromALiveSession_isFound() {
    begin();
    claimed(4).book(PROMISE).commit();
    task(Task.newBuilder().setAttempt(1).setReady(Ready.getDefaultInstance()), TaskEventType.TASK_EVENT_TYPE_LOST, 0).book().commit();
    assertThat(found()).containsExactly(Invariant.ADMISSION);
  }

  @Test
  void claimBeforeItsDependency_isFound() {
    standing(10).account(10, 0).commit();
    put(KEYS.session(FOX), SessionRecord.getDefaultInstance()).commit();
    task(Task.newBuilder().setReady(Ready.getDefaultInstance()), TaskEventType.TASK_EVENT_TYPE_SUBMITTED, 0).commit();
    claimed(3).book(PROMISE).commit();
    assertThat(found()).containsExactly(Invariant.I12_DEPENDENCIES);
  }
}
