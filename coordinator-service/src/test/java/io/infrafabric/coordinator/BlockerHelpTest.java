package io.infrafabric.coordinator;

import static io.infrafabric.coordinator.CoordinatorFixture.KEYS;
import static io.infrafabric.coordinator.CoordinatorFixture.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.blocker.HelpSettings;
import io.infrafabric.coordinator.commitment.CommitmentRules;
import io.infrafabric.coordinator.v1.Blocker;
import io.infrafabric.coordinator.v1.BlockerState;
import io.infrafabric.coordinator.v1.CancelTaskRequest;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.Commitment;
import io.infrafabric.coordinator.v1.CommitmentsRecord;
import io.infrafabric.coordinator.v1.ExplainTaskRequest;
import io.infrafabric.coordinator.v1.ExplainTaskResponse;
import io.infrafabric.coordinator.v1.FailTaskRequest;
import io.infrafabric.coordinator.v1.KeepAliveRequest;
import io.infrafabric.coordinator.v1.ListBlockersRequest;
import io.infrafabric.coordinator.v1.Obstacle;
import io.infrafabric.coordinator.v1.ObstacleType;
import io.infrafabric.coordinator.v1.OpenSessionRequest;
import io.infrafabric.coordinator.v1.Parked;
import io.infrafabric.coordinator.v1.RequeueTaskRequest;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.names.SwarmId;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Help for what is blocked: who is asked, who pays, and what becomes of help that fails. */
class BlockerHelpTest extends BlockerCalls {
  @Test
  void blockedTask_isParkedWithItsClaim_helped_paidFromItsCap_andGoesOn() {
    fabric.standing(Samples.standing("owl", "help:build").setCreditMicros(0).build());
    fabric.ranking.put("help:build", List.of(new SwarmId("fox"), new SwarmId("owl")));
    Claim claim = held("t1", 1_000);
    Blocker blocker = raised(raise(claim).addNeeds("help:build"));
    assertThat(blocker.getState()).isEqualTo(BlockerState.BLOCKER_STATE_OPEN);
    Parked parked = fabric.task("t1").getParked();
    assertThat(parked.getClaim().getFence()).isEqualTo(claim.getFence());
    assertRefused(ErrorCode.ERROR_CODE_TASK_NOT_READY, () -> complete(claim, 0));

    Blocker helped = blocker(blocker);
    assertThat(helped.getState()).isEqualTo(BlockerState.BLOCKER_STATE_WAITING);
    String help = helped.getHelpTaskIds(0);
    assertThat(fabric.task(help).getSpec().getExcludeSwarmIdsList()).containsExactly("fox");
    assertThat(fabric.task(help).getSpec().getMaxCostMicros()).as("half of the cap, for two attempts").isEqualTo(250);
    assertThat(fabric.task("t1").getParked().getWaits(0).getReservedMicros()).isEqualTo(500);
    assertThat(fabric.task(help).getTrace().getTraceparent()).startsWith(fabric.task("t1").getTrace().getTraceparent());

    assertRefused(ErrorCode.ERROR_CODE_PERMISSION_DENIED, () -> claim(help, "fox", fox));
    complete(claim(help, "owl", owl), 200);
    fabric.settle();
    assertThat(CommitmentRules.totalMicros(fabric.book("owl"))).as("who helps pays nothing").isZero();
    assertThat(fabric.book("fox").getCommitmentsList()).extracting(Commitment::getMaxCostMicros).as("its own and what the help has cost").containsExactly(800L, 200L);

    Task resumed = fabric.task("t1");
    assertThat(resumed.getClaimed().getFence()).isEqualTo(claim.getFence());
    assertThat(resumed.getClaimed().getHelpMicros()).isEqualTo(200);
    assertThat(resumed.getClaimed().getProgressAt().getSeconds()).as("its clocks begin anew").isEqualTo(fabric.now().getEpochSecond());
    assertThat(blocker(blocker).getResolvedBy()).isEqualTo("fabric");
    assertRefused(ErrorCode.ERROR_CODE_COST_OVER_CAP, () -> complete(claim, 801));
    complete(claim, 800);
    assertThat(fabric.task("t1").hasCompleted()).isTrue();
    assertThat(CommitmentRules.totalMicros(fabric.book("fox"))).isEqualTo(1_000);
  }

  @Test
  void helpThatIsHelpedItself_isPaidByTheFirst_withinItsCap() {
    String elk = fabric.swarm(Samples.standing("elk", "help:dig").setCreditMicros(0));
    fabric.standing(Samples.standing("owl", "help:build").setCreditMicros(0).build());
    fabric.ranking.put("help:build", List.of(new SwarmId("owl")));
    fabric.ranking.put("help:dig", List.of(new SwarmId("elk")));
    Claim claim = held("t1", 1_000);
    Claim helping = claim(blocker(raised(raise(claim).addNeeds("help:build"))).getHelpTaskIds(0), "owl", owl);
    assertThat(helping.getSpec().getMaxCostMicros()).isEqualTo(250);
    Claim deeper = claim(blocker(raised(raise(helping).addNeeds("help:dig"))).getHelpTaskIds(0), "elk", elk);
    assertThat(deeper.getSpec().getMaxCostMicros()).isEqualTo(62);
    assertThat(deeper.getSpec().getPaidBySwarmId()).isEqualTo("fox");
    complete(deeper, 62);
    fabric.settle();
    assertRefused(ErrorCode.ERROR_CODE_COST_OVER_CAP, () -> complete(helping, 189));
    complete(helping, 188);
    fabric.settle();
    assertThat(fabric.task("t1").getClaimed().getHelpMicros()).isEqualTo(250);
    assertRefused(ErrorCode.ERROR_CODE_COST_OVER_CAP, () -> complete(claim, 751));
    complete(claim, 750);
    assertThat(fabric.book("fox").getCommitmentsList()).extracting(Commitment::getCostMicros).containsExactlyInAnyOrder(62L, 188L, 750L);
    assertThat(CommitmentRules.totalMicros(fabric.book("owl")) + CommitmentRules.totalMicros(fabric.book("elk"))).isZero();
  }

  @Test
  void helpThatIsUsedUp_isNotRequeued_andItsMoneyIsBack() {
    fabric.ranking.put("help:build", List.of(new SwarmId("owl")));
    Blocker blocker = raised(raise(held("t1", 1_000)).addNeeds("help:build"));
    String help = blocker(blocker).getHelpTaskIds(0);
    for (int i = 0; i < 2; i++) {
      Claim claim = claim(help, "owl", owl);
      fabric.claims.failTask(
          FailTaskRequest.newBuilder().setRequestId("f" + i).setTaskId(help).setSwarmId("owl").setFence(claim.getFence()).setRetryable(true).setCostMicros(10).build());
    }
    assertThat(fabric.task(help).hasQuarantined()).isTrue();
    assertThat(fabric.book("fox").getCommitmentsList()).extracting(Commitment::getMaxCostMicros).containsExactly(980L, 10L, 10L);
    var requeue = RequeueTaskRequest.newBuilder().setRequestId("again").setPrincipal("ada@example.org");
    assertRefused(ErrorCode.ERROR_CODE_TASK_ENDED, () -> fabric.tasks.requeueTask(requeue.clone().addTaskIds(help).build()));
    assertThat(fabric.tasks.requeueTask(requeue.clone().setAll(true).setDryRun(true).build()).getTaskIdsList()).isEmpty();
    resolved(blocker);
    assertThat(fabric.task("t1").getClaimed().getHelpMicros()).isEqualTo(20);
  }

  @Test
  void cancelledHelp_givesItsMoneyBack_heldOrNot() {
    fabric.ranking.put("help:build", List.of(new SwarmId("owl")));
    for (String task : List.of("held", "unheld")) {
      Blocker blocker = raised(raise(held(task, 1_000)).addNeeds("help:build"));
      String help = blocker(blocker).getHelpTaskIds(0);
      if (task.equals("held")) {
        claim(help, "owl", owl);
      }
      assertThat(fabric.book("fox").getCommitmentsList()).extracting(Commitment::getMaxCostMicros).contains(500L, 250L, 250L);
      fabric.tasks.cancelTask(CancelTaskRequest.newBuilder().setRequestId("c-" + help).setTaskId(help).build());
      assertThat(fabric.book("fox").getCommitmentsList()).extracting(Commitment::getMaxCostMicros).containsOnly(1_000L);
    }
    assertThat(fabric.book("owl").getCommitmentsList()).isEmpty();
  }

  @Test
  void taskWithManyBlockers_hasThreeHelpersAtOnce_andAllOfThemInTheEnd() {
    fabric.ranking.put("help:build", List.of(new SwarmId("owl")));
    fabric.standing(Samples.standing("owl", "help:build").setMaxConcurrent(100).build());
    Claim claim = held("t1", 1_000_000);
    List<Blocker> all = IntStream.range(0, 10).mapToObj(i -> raised(raise(claim).addNeeds("help:build"))).toList();
    Set<String> done = new HashSet<>();
    while (fabric.task("t1").hasParked()) {
      fabric.settle();
      fabric.advance(Duration.ofSeconds(2));
      fabric.sessions.keepAlive(KeepAliveRequest.newBuilder().setSwarmId("fox").setSessionId(fox).build());
      List<String> helping =
          fabric.claims.listBlockers(ListBlockersRequest.newBuilder().setOpenOnly(true).build()).getBlockersList().stream()
              .flatMap(blocker -> blocker.getHelpTaskIdsList().stream())
              .filter(help -> !done.contains(help))
              .toList();
      assertThat(helping).hasSizeBetween(1, 3);
      String session = fabric.sessions.openSession(OpenSessionRequest.newBuilder().setRequestId("o-" + helping.getFirst()).setSwarmId("owl").setReplace(true).build()).getSessionId();
      complete(claim(helping.getFirst(), "owl", session), 0);
      done.add(helping.getFirst());
      fabric.settle();
    }
    assertThat(done).hasSameSizeAs(all);
    assertThat(fabric.task("t1").getClaimed().getFence()).isEqualTo(claim.getFence());
  }

  @Test
  void needThatNobodyMeets_isEscalated_andHelpedWhenSomebodyComes() {
    Blocker blocker = raised(raise(held("t1", 100)).addNeeds("help:build").addNeeds("help:paint"));
    Blocker escalated = blocker(blocker);
    assertThat(escalated.getState()).isEqualTo(BlockerState.BLOCKER_STATE_ESCALATED);
    assertThat(escalated.getUnmetNeedsList()).containsExactly("help:build", "help:paint");
    assertThat(fabric.task("t1").hasParked()).isTrue();

    fabric.ranking.put("help:build", List.of(new SwarmId("owl")));
    fabric.advance(Duration.ofSeconds(11));
    String again = fabric.sessions.openSession(OpenSessionRequest.newBuilder().setRequestId("owl-2").setSwarmId("owl").setReplace(true).build()).getSessionId();
    Blocker helped = blocker(blocker);
    assertThat(helped.getState()).isEqualTo(BlockerState.BLOCKER_STATE_WAITING);
    assertThat(helped.getUnmetNeedsList()).containsExactly("help:paint");
    complete(claim(helped.getHelpTaskIds(0), "owl", again), 0);
    assertThat(blocker(blocker).getState()).as("half helped is for a person to judge").isEqualTo(BlockerState.BLOCKER_STATE_ESCALATED);
    assertThat(resolved(blocker).getResolvedBy()).isEqualTo("ada@example.org");
    assertThat(fabric.task("t1").hasParked()).isFalse();
  }

  @Test
  void helpThatThePayersBookHasNoRoomFor_isEscalatedAfterAWhile_andMadeWhenThereIs() {
    fabric.ranking.put("help:build", List.of(new SwarmId("owl")));
    Claim claim = held("t1", 1_000);
    CommitmentsRecord own = fabric.book("fox");
    CommitmentsRecord.Builder full = own.toBuilder();
    IntStream.range(0, 119).forEach(i -> full.addCommitments(Samples.open("x" + i, 0).toBuilder().setOutOfClaimId("c0")));
    CoordinatorFixture.put(memory, KEYS.commitments(new SwarmId("fox")), full.build().toByteString());
    Blocker blocker = raised(raise(claim).addNeeds("help:build"));
    assertThat(blocker(blocker).getState()).isEqualTo(BlockerState.BLOCKER_STATE_OPEN);
    ExplainTaskResponse explained = fabric.tasks.explainTask(ExplainTaskRequest.newBuilder().setTaskId("t1").build());
    assertThat(explained.getObstaclesList()).extracting(Obstacle::getType).contains(ObstacleType.OBSTACLE_TYPE_HELP_MONEY);

    fabric.advance(HelpSettings.defaults().roomPatience());
    Blocker escalated = blocker(blocker);
    assertThat(escalated.getState()).isEqualTo(BlockerState.BLOCKER_STATE_ESCALATED);
    assertThat(escalated.getDetail()).contains("book of swarm fox").contains("120 lines");
    long told = memory.revision();
    fabric.advance(HelpSettings.defaults().searchAgain());
    assertThat(blocker(blocker)).as("told once").isEqualTo(escalated);
    assertThat(memory.changes(KEYS.blockers())).as("told once").allMatch(change -> change.revision() <= told);

    CoordinatorFixture.put(memory, KEYS.commitments(new SwarmId("fox")), own.toByteString());
    fabric.advance(HelpSettings.defaults().searchAgain());
    Blocker helped = blocker(blocker);
    assertThat(helped.getState()).isEqualTo(BlockerState.BLOCKER_STATE_WAITING);
    assertThat(helped.getDetail()).isEmpty();
  }

  @Test
  void helpThatFails_isEscalated() {
    fabric.ranking.put("help:build", List.of(new SwarmId("owl")));
    Blocker blocker = raised(raise(held("t1", 100)).addNeeds("help:build"));
    Claim help = claim(blocker(blocker).getHelpTaskIds(0), "owl", owl);
    fabric.claims.failTask(FailTaskRequest.newBuilder().setRequestId("f").setTaskId(help.getTaskId()).setSwarmId("owl").setFence(help.getFence()).build());
    assertThat(blocker(blocker).getState()).isEqualTo(BlockerState.BLOCKER_STATE_ESCALATED);
    assertThat(blocker(blocker).getDetail()).contains(help.getTaskId()).contains("FAILED");
  }

  @Test
  void typeOfABlocker_saysWhoCouldHelp_whenItNamesNobody() {
    assertThat(raised(raise(held("t1", 0)).setType("build-failure")).getNeedsList()).containsExactly("code:build");
    assertThat(blocker(raised(raise(held("t2", 0)))).getDetail()).contains("none are known for blockers of type weather");
  }

  @Test
  void cancelledTask_takesItsBlockerAndItsHelpWithIt() {
    fabric.ranking.put("help:build", List.of(new SwarmId("owl")));
    Blocker blocker = raised(raise(held("t1", 100)).addNeeds("help:build"));
    String help = blocker(blocker).getHelpTaskIds(0);
    fabric.tasks.cancelTask(CancelTaskRequest.newBuilder().setRequestId("c").setTaskId("t1").build());
    assertThat(blocker(blocker).getResolution()).isEqualTo("the claim that it blocked has ended");
    fabric.settle();
    assertThat(fabric.task(help).hasCancelled()).isTrue();
    assertThat(fabric.book("fox").getCommitmentsList()).isEmpty();
  }
}
