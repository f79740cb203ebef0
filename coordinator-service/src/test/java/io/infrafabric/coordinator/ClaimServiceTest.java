package io.infrafabric.coordinator;

import static io.infrafabric.coordinator.CoordinatorFixture.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.ClaimEnd;
import io.infrafabric.coordinator.v1.ClaimNextRequest;
import io.infrafabric.coordinator.v1.ClaimTaskRequest;
import io.infrafabric.coordinator.v1.GetTaskRequest;
import io.infrafabric.coordinator.v1.ReportProgressRequest;
import io.infrafabric.coordinator.v1.SubmitTasksRequest;
import io.infrafabric.coordinator.v1.Task;
import java.time.Duration;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Claims on gRPC: who gets one, who is refused, and what it leaves in the books. */
class ClaimServiceTest extends FoxCalls {
  @Test
  void task_isSubmittedClaimedReportedAndCompleted() {
    assertThat(fabric.submit(Samples.spec("t1", "a:b").setMaxCostMicros(1_000)).hasReady()).isTrue();
    Claim claim = claim("t1");
    assertThat(claim.getFence()).isEqualTo(fabric.task("t1").getRevision());
    assertThat(claim.getAttempt()).isEqualTo(1);
    fabric.claims.reportProgress(
        ReportProgressRequest.newBuilder().setRequestId(request()).setTaskId("t1").setSwarmId("fox").setFence(claim.getFence()).setPercent(50).setNote("half").build());
    assertThat(fabric.task("t1").getClaimed().getPercent()).isEqualTo(50);
    assertThat(fabric.task("t1").getClaimed().getFence()).isEqualTo(claim.getFence());
    complete(claim, 400);

    Task task = fabric.tasks.getTask(GetTaskRequest.newBuilder().setTaskId("t1").build()).getTask();
    assertThat(task.getCompleted().getResult().toStringUtf8()).isEqualTo("42");
    assertThat(task.getCompleted().getCostMicros()).isEqualTo(400);
    assertThat(fabric.book("fox").getCommitmentsList())
        .singleElement()
        .satisfies(
            ended -> {
              assertThat(ended.getEnd()).isEqualTo(ClaimEnd.CLAIM_END_COMPLETED);
              assertThat(ended.getCostMicros()).isEqualTo(400);
              assertThat(ended.getEndedNumber()).isEqualTo(1);
              assertThat(ended.getFence()).isEqualTo(claim.getFence());
            });
  }

  @Test
  void cost_isNeverMoreThanTheCap() {
    fabric.submit(Samples.spec("t1").setMaxCostMicros(1_000));
    Claim claim = claim("t1");
    assertRefused(ErrorCode.ERROR_CODE_COST_OVER_CAP, () -> complete(claim, 1_001));
    assertRefused(ErrorCode.ERROR_CODE_INVALID_MONEY, () -> complete(claim, -1));
    complete(claim, 1_000);
  }

  @Test
  void claim_isRefusedWhenHeldByAnother() {
    String owl = fabric.swarm(Samples.standing("owl"));
    fabric.submit(Samples.spec("t1"));
    claim("t1");
    assertRefused(ErrorCode.ERROR_CODE_ALREADY_CLAIMED, () -> claim("t1", "owl", owl));
    assertThat(fabric.book("owl").getCommitmentsList()).isEmpty();
  }

  @Test
  void claim_isRefusedWithTheSecretOfAnother() {
    String owl = fabric.swarm(Samples.standing("owl"));
    fabric.submit(Samples.spec("t1"));
    assertRefused(ErrorCode.ERROR_CODE_SESSION_NOT_FOUND, () -> claim("t1", "fox", owl));
    assertRefused(ErrorCode.ERROR_CODE_SWARM_NOT_FOUND, () -> claim("t1", "nobody", owl));
    assertRefused(ErrorCode.ERROR_CODE_TASK_NOT_FOUND, () -> claim("t9"));
    assertRefused(ErrorCode.ERROR_CODE_INVALID_ID, () -> claim("t.9"));
  }

  @Test
  void claim_isAdmittedByTheStandingOfNow() {
    fabric.submit(Samples.spec("t1", "a:b").setMaxCostMicros(5));
    fabric.standing(Samples.standing("fox", "a:b").setCreditMicros(4).build());
    assertRefused(ErrorCode.ERROR_CODE_BUDGET_EXCEEDED, () -> claim("t1"));
    fabric.standing(Samples.standing("fox", "a:b").setCreditMicros(5).build());
    claim("t1");
  }

  @Test
  void sameRequestForAnotherTask_isRefused() {
    fabric.submit(Samples.spec("t1"));
    fabric.submit(Samples.spec("t2"));
    ClaimTaskRequest one = ClaimTaskRequest.newBuilder().setRequestId("same").setTaskId("t1").setSwarmId("fox").setSessionId(fox).build();
    fabric.claims.claimTask(one);
    assertRefused(ErrorCode.ERROR_CODE_REQUEST_ID_REUSED, () -> fabric.claims.claimTask(one.toBuilder().setTaskId("t2").build()));
  }

  @Test
  void claimNext_takesTheFirstThatTheSwarmMayHave() {
    fabric.submit(Samples.spec("other", "x:y"));
    fabric.submit(Samples.spec("dear").setMaxCostMicros(10_000_001));
    fabric.advance(Duration.ofSeconds(1));
    fabric.submit(Samples.spec("t2", "a:b"));
    fabric.advance(Duration.ofSeconds(1));
    fabric.submit(Samples.spec("t3", "a:b"));
    ClaimNextRequest.Builder next = ClaimNextRequest.newBuilder().setSwarmId("fox").setSessionId(fox);
    assertThat(fabric.claims.claimNext(next.setRequestId("n1").build()).getClaim().getTaskId()).isEqualTo("t2");
    assertThat(fabric.claims.claimNext(next.setRequestId("n2").build()).getClaim().getTaskId()).isEqualTo("t3");
    assertRefused(ErrorCode.ERROR_CODE_NO_TASK_READY, () -> fabric.claims.claimNext(next.setRequestId("n3").build()));
    assertThat(fabric.claims.claimNext(next.setRequestId("n1").build()).getClaim().getTaskId()).as("the retry").isEqualTo("t2");
  }

  @Test
  void claimNext_findsWhatStandsBehindThousandsThatNobodyCanDo() {
    for (int batch = 0; batch < 3; batch++) {
      SubmitTasksRequest.Builder many = SubmitTasksRequest.newBuilder().setRequestId("many" + batch);
      for (int i = 0; i < 1_000; i++) {
        many.addSpecs(Samples.spec("dead-" + batch + "-" + i, "x:y"));
      }
      fabric.tasks.submitTasks(many.build());
    }
    fabric.advance(Duration.ofSeconds(5));
    fabric.submit(Samples.spec("t1", "a:b"));
    ClaimNextRequest next = ClaimNextRequest.newBuilder().setRequestId("n").setSwarmId("fox").setSessionId(fox).build();
    assertThat(fabric.claims.claimNext(next).getClaim().getTaskId()).isEqualTo("t1");
  }

  @Test
  void claimNext_saysWhatHoldsTheSwarmBack() {
    fabric.standing(Samples.standing("fox", "a:b").setMaxConcurrent(1).build());
    fabric.submit(Samples.spec("t1"));
    fabric.submit(Samples.spec("t2"));
    claim("t1");
    ClaimNextRequest next = ClaimNextRequest.newBuilder().setRequestId("n").setSwarmId("fox").setSessionId(fox).build();
    assertRefused(ErrorCode.ERROR_CODE_AT_CAPACITY, () -> fabric.claims.claimNext(next));
    assertRefused(ErrorCode.ERROR_CODE_SESSION_NOT_FOUND, () -> fabric.claims.claimNext(next.toBuilder().setSessionId("old").build()));
    assertRefused(ErrorCode.ERROR_CODE_SWARM_NOT_FOUND, () -> fabric.claims.claimNext(next.toBuilder().setSwarmId("nobody").build()));
  }

  @Test
  void claimNext_ofMany_givesEachTaskOnce() {
    int tasks = 60;
    SubmitTasksRequest.Builder many = SubmitTasksRequest.newBuilder().setRequestId("many");
    IntStream.range(0, tasks).forEach(i -> many.addSpecs(Samples.spec("t" + i)));
    fabric.tasks.submitTasks(many.build());
    Set<String> taken =
        IntStream.range(0, tasks)
            .parallel()
            .mapToObj(i -> fabric.claims.claimNext(ClaimNextRequest.newBuilder().setRequestId("n" + i).setSwarmId("fox").setSessionId(fox).build()))
            .map(response -> response.getClaim().getTaskId())
            .collect(Collectors.toSet());
    assertThat(taken).hasSize(tasks);
    assertThat(fabric.book("fox").getCommitmentsCount()).isEqualTo(tasks);
  }

  @Test
  void cancelledClaim_freesThePromise_andItsHolderIsRefused() {
    fabric.submit(Samples.spec("t1").setMaxCostMicros(5));
    Claim claim = claim("t1");
    assertThat(cancel("t1").getCancelled().getReason()).isEqualTo("not needed");
    assertThat(fabric.book("fox").getCommitmentsList()).isEmpty();
    assertRefused(ErrorCode.ERROR_CODE_STALE_FENCE, () -> complete(claim, 1));
    assertRefused(ErrorCode.ERROR_CODE_TASK_ENDED, () -> claim("t1"));
    assertThat(cancel("t1").hasCancelled()).as("it is so already").isTrue();
    fabric.submit(Samples.spec("t2"));
    complete(claim("t2"), 0);
    assertRefused(ErrorCode.ERROR_CODE_TASK_ENDED, () -> cancel("t2"));
    assertRefused(ErrorCode.ERROR_CODE_TASK_NOT_FOUND, () -> cancel("t3"));
  }

  @Test
  void bookedClaims_areDroppedFromTheBookOfASwarmThatRests() {
    fabric.submit(Samples.spec("t1").setMaxCostMicros(5));
    Claim claim = claim("t1");
    complete(claim, 5);
    fabric.standing(Samples.standing("fox", "a:b").addSettledClaimIds(claim.getClaimId()).build());
    fabric.caughtUp();
    fabric.settle();
    assertThat(fabric.book("fox").getCommitmentsList()).isEmpty();
    assertThat(fabric.book("fox").getEndedCount()).isEqualTo(1);
  }
}
