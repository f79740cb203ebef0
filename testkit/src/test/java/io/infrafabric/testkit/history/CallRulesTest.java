package io.infrafabric.testkit.history;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Timestamp;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.Blocker;
import io.infrafabric.coordinator.v1.BlockerRecord;
import io.infrafabric.coordinator.v1.LastChange;
import io.infrafabric.coordinator.v1.TaskEventType;
import io.infrafabric.testkit.history.Call.Answer;
import io.infrafabric.testkit.history.Call.Kind;
import io.infrafabric.testkit.history.Violation.Invariant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What clients were told against what was done. */
class CallRulesTest {
  private final Deeds deeds = new Deeds();
  private final List<Violation> doneTwice = new ArrayList<>();
  private final List<Call> calls = new ArrayList<>();

  private void deed(long revision, TaskEventType event, String request, String swarm, String claim, long fence) {
    LastChange last =
        LastChange.newBuilder().setEvent(event).setRequestId(request).setSwarmId(swarm).setClaimId(claim).setFence(fence).build();
    deeds.changed("t", revision, last, doneTwice::add);
  }

  private void submitted(long revision) {
    deed(revision, TaskEventType.TASK_EVENT_TYPE_SUBMITTED, "submit", "", "", 0);
  }

  private void claimed(long revision, String request, String swarm, String claim) {
    deed(revision, TaskEventType.TASK_EVENT_TYPE_CLAIMED, request, swarm, claim, 0);
    deeds.claimed("t", new TaskLife.Hold(swarm, claim, revision), revision);
  }

  private void completed(long revision, String request, String swarm, String claim, long fence) {
    deed(revision, TaskEventType.TASK_EVENT_TYPE_COMPLETED, request, swarm, claim, fence);
    deeds.ended(claim, revision);
  }

  /** A call of fox about t. */
  private void call(Kind kind, String request, long fence, long from, long to, Answer answer) {
    calls.add(new Call(kind, kind == Kind.SUBMIT ? "" : "fox", "t", request, fence, from, to, false, answer));
  }

  private static Answer got(String claim, long fence) {
    return new Answer.Got("t", "fox", claim, fence);
  }

  private List<Invariant> found() {
    return CallRules.judge(deeds, calls).stream().map(Violation::invariant).toList();
  }

  @Test
  void whatIsAsItWasTold_isNotAccused() {
    submitted(5);
    claimed(6, "c", "fox", "c1");
    completed(7, "d", "fox", "c1", 6);
    call(Kind.SUBMIT, "submit", 0, 1, 2, new Answer.Done());
    call(Kind.CLAIM, "c", 0, 3, 4, got("c1", 6));
    call(Kind.COMPLETE, "d", 6, 5, 6, new Answer.Done());
    call(Kind.COMPLETE, "late", 6, 7, 8, new Answer.Refused(ErrorCode.ERROR_CODE_STALE_FENCE));
    assertThat(found()).isEmpty();
  }

  @Test
  void submitThatIsNowhere_isFound() {
    call(Kind.SUBMIT, "submit", 0, 1, 2, new Answer.Done());
    assertThat(found()).containsExactly(Invariant.ACKNOWLEDGED);
  }

  private void raised(long revision, String request, String swarm, long fence) {
    Blocker blocker = Blocker.newBuilder().setBlockerId("b-1").setTaskId("t").setSwarmId(swarm).setFence(fence).build();
    deeds.blocker("b-1", BlockerRecord.newBuilder().setBlocker(blocker).setRaiseRequestId(request).build(), revision);
  }

  @Test
  void blockerThatIsNowhere_orOfAnotherClaim_isFound() {
    submitted(5);
    claimed(6, "c", "fox", "c1");
    call(Kind.RAISE, "b", 6, 1, 2, new Answer.Done());
    assertThat(found()).containsExactly(Invariant.ACKNOWLEDGED);
    raised(7, "b", "fox", 6);
    assertThat(found()).isEmpty();
    raised(8, "b2", "owl", 9);
    call(Kind.RAISE, "b2", 6, 3, 4, new Answer.Done());
    assertThat(found()).containsExactly(Invariant.I4_NO_STALE_EFFECT);
  }

  @Test
  void blocker_isOlderThanWhatBeganAfterIt() {
    submitted(5);
    claimed(6, "c", "fox", "c1");
    raised(7, "b", "fox", 6);
    completed(8, "d", "fox", "c1", 6);
    call(Kind.COMPLETE, "d", 6, 1, 2, new Answer.Done());
    call(Kind.RAISE, "b", 6, 3, 4, new Answer.Done());
    assertThat(found()).as("a completion that returned before the blocker was raised is newer than it").containsExactly(Invariant.I9_REAL_TIME);
  }

  @Test
  void blockersAreOpenUntilTheyAreResolved() {
    raised(7, "b", "fox", 6);
    assertThat(deeds.openBlockers()).containsExactly("b-1");
    Blocker resolved = Blocker.newBuilder().setBlockerId("b-1").setTaskId("t").setResolvedAt(Timestamp.getDefaultInstance()).build();
    deeds.blocker("b-1", BlockerRecord.newBuilder().setBlocker(resolved).setRaiseRequestId("b").build(), 8);
    assertThat(deeds.openBlockers()).isEmpty();
  }

  @Test
  void claimOfAnother_isFound() {
    submitted(5);
    claimed(6, "c", "owl", "c1");
    call(Kind.CLAIM, "mine", 0, 1, 2, got("c1", 6));
    assertThat(found()).containsExactly(Invariant.I1_SINGLE_HOLDER);
  }

  @Test
  void claimThatHadEndedBefore_isFound() {
    submitted(5);
    claimed(6, "c", "fox", "c1");
    completed(7, "d", "fox", "c1", 6);
    call(Kind.COMPLETE, "d", 6, 1, 2, new Answer.Done());
    call(Kind.CLAIM, "again", 0, 3, 4, got("c1", 6));
    assertThat(found()).containsExactly(Invariant.I9_REAL_TIME);
  }

  @Test
  void completionOfAnothersClaim_isFound() {
    submitted(5);
    claimed(9, "c", "owl", "c2");
    completed(10, "d", "owl", "c2", 9);
    call(Kind.COMPLETE, "d", 6, 1, 2, new Answer.Done());
    assertThat(found()).containsExactly(Invariant.I4_NO_STALE_EFFECT);
  }

  @Test
  void refusalOfWhatWasDone_isFound() {
    submitted(5);
    call(Kind.SUBMIT, "submit", 0, 1, 2, new Answer.Refused(ErrorCode.ERROR_CODE_UNAVAILABLE));
    assertThat(found()).containsExactly(Invariant.ACKNOWLEDGED);
  }

  @Test
  void refusalAfterAnUnknownOutcome_isNot() {
    submitted(5);
    calls.add(new Call(Kind.SUBMIT, "", "t", "submit", 0, 1, 2, true, new Answer.Refused(ErrorCode.ERROR_CODE_UNAVAILABLE)));
    assertThat(found()).isEmpty();
  }

  @Test
  void taskThatIsThere_cannotBeNotFound() {
    submitted(5);
    call(Kind.SUBMIT, "submit", 0, 1, 2, new Answer.Done());
    call(Kind.CLAIM, "c", 0, 3, 4, new Answer.Refused(ErrorCode.ERROR_CODE_TASK_NOT_FOUND));
    assertThat(found()).containsExactly(Invariant.I9_REAL_TIME);
  }

  @Test
  void taskThatMayNotHaveBeenThereYet_can() {
    submitted(5);
    call(Kind.SUBMIT, "submit", 0, 1, 5, new Answer.Done());
    call(Kind.CLAIM, "c", 0, 3, 4, new Answer.Refused(ErrorCode.ERROR_CODE_TASK_NOT_FOUND));
    assertThat(found()).isEmpty();
  }

  @Test
  void holderThatNobodyIs_isFound() {
    submitted(5);
    claimed(6, "c", "fox", "c1");
    completed(7, "d", "fox", "c1", 6);
    call(Kind.COMPLETE, "d", 6, 1, 2, new Answer.Done());
    call(Kind.CLAIM, "x", 0, 3, 4, new Answer.Refused(ErrorCode.ERROR_CODE_ALREADY_CLAIMED));
    assertThat(found()).containsExactly(Invariant.I9_REAL_TIME);
  }

  @Test
  void holderThatIsToldThatItIsNot_isFound() {
    submitted(5);
    claimed(6, "c", "fox", "c1");
    completed(9, "d", "fox", "c1", 6);
    call(Kind.CLAIM, "c", 0, 1, 2, got("c1", 6));
    call(Kind.COMPLETE, "early", 6, 3, 4, new Answer.Refused(ErrorCode.ERROR_CODE_STALE_FENCE));
    call(Kind.COMPLETE, "d", 6, 5, 6, new Answer.Done());
    assertThat(found()).containsExactly(Invariant.I9_REAL_TIME);
  }

  @Test
  void effectsAgainstTime_areFound() {
    submitted(9);
    claimed(6, "c", "fox", "c1");
    call(Kind.SUBMIT, "submit", 0, 1, 2, new Answer.Done());
    call(Kind.CLAIM, "c", 0, 3, 4, got("c1", 6));
    assertThat(found()).contains(Invariant.I9_REAL_TIME);
  }

  @Test
  void requestThatIsDoneTwice_isFound() {
    submitted(5);
    claimed(6, "c", "fox", "c1");
    claimed(8, "c", "fox", "c2");
    assertThat(doneTwice).extracting(Violation::invariant).containsExactly(Invariant.DONE_ONCE);
  }

  @Test
  void claimOfARequestWhoseClaimWasCancelled_isFound() {
    submitted(5);
    claimed(6, "c", "fox", "c1");
    deed(7, TaskEventType.TASK_EVENT_TYPE_CANCELLED, "by an operator", "fox", "c1", 6);
    deeds.ended("c1", 7);
    claimed(8, "c", "fox", "c2");
    assertThat(doneTwice).extracting(Violation::invariant).containsExactly(Invariant.DONE_ONCE);
  }

  @Test
  void requestThatEndsTwoClaims_isFound_thoughTheyEndedInDifferentWays() {
    submitted(5);
    claimed(6, "c", "fox", "c1");
    deed(7, TaskEventType.TASK_EVENT_TYPE_RETRIED, "d", "fox", "c1", 6);
    claimed(8, "e", "fox", "c2");
    deed(9, TaskEventType.TASK_EVENT_TYPE_QUARANTINED, "d", "fox", "c2", 8);
    assertThat(doneTwice).extracting(Violation::invariant).containsExactly(Invariant.DONE_ONCE);
  }
}
