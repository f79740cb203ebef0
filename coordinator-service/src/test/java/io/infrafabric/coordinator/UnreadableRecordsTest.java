package io.infrafabric.coordinator;

import static io.infrafabric.coordinator.CoordinatorFixture.KEYS;
import static io.infrafabric.coordinator.CoordinatorFixture.refusalOf;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.common.v1.QuarantinedRecord;
import io.infrafabric.coordinator.record.BadValues;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.ClaimNextRequest;
import io.infrafabric.coordinator.v1.ClaimTaskRequest;
import io.infrafabric.coordinator.v1.CommitmentsRecord;
import io.infrafabric.coordinator.v1.CompleteTaskRequest;
import io.infrafabric.coordinator.v1.DropQuarantinedRequest;
import io.infrafabric.coordinator.v1.ExplainTaskRequest;
import io.infrafabric.coordinator.v1.GetPlanRequest;
import io.infrafabric.coordinator.v1.GetStatusRequest;
import io.infrafabric.coordinator.v1.GetTaskRequest;
import io.infrafabric.coordinator.v1.ListBlockersRequest;
import io.infrafabric.coordinator.v1.ListQuarantinedRequest;
import io.infrafabric.coordinator.v1.ListSessionsRequest;
import io.infrafabric.coordinator.v1.ListTasksRequest;
import io.infrafabric.coordinator.v1.OpenSessionRequest;
import io.infrafabric.coordinator.v1.QuarantineStatus;
import io.infrafabric.coordinator.v1.RequeueTaskRequest;
import io.infrafabric.coordinator.v1.SubmitTaskRequest;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.governor.v1.Account;
import io.infrafabric.governor.v1.Standing;
import io.infrafabric.names.BlockerId;
import io.infrafabric.names.PlanId;
import io.infrafabric.names.SwarmId;
import io.infrafabric.names.TaskId;
import io.infrafabric.testkit.store.MemoryStore;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** One bad value stops nobody but whom it is about: good records are served, bad ones are set aside and told of. */
class UnreadableRecordsTest {
  private static final MessageLite FOREIGN = Account.newBuilder().setAccountId("fox").setGrantedMicros(5_000).setCreditMicros(5_000).build();

  private final MemoryStore memory = new MemoryStore();
  private final CoordinatorFixture fabric = CoordinatorFixture.inMemory(memory);

  @AfterEach
  void close() {
    fabric.close();
  }

  private void plant(String key, ByteString value) {
    CoordinatorFixture.put(memory, key, value);
    fabric.caughtUp();
  }

  private static Map<String, ByteString> bad() {
    return BadValues.of(Samples.standing("fox", "a:b").build(), FOREIGN);
  }

  private QuarantineStatus told() {
    fabric.caughtUp();
    return fabric.status.getStatus(GetStatusRequest.getDefaultInstance()).getQuarantine();
  }

  private List<QuarantinedRecord> listed() {
    fabric.caughtUp();
    return fabric.status.listQuarantined(ListQuarantinedRequest.getDefaultInstance()).getRecordsList();
  }

  private Claim claim(String task, String swarm, String session) {
    return fabric.claims
        .claimTask(ClaimTaskRequest.newBuilder().setRequestId("claim-" + task + "-" + swarm).setTaskId(task).setSwarmId(swarm).setSessionId(session).build())
        .getClaim();
  }

  private Claim claimNext(String swarm, String session) {
    return fabric.claims.claimNext(ClaimNextRequest.newBuilder().setRequestId("next-" + swarm).setSwarmId(swarm).setSessionId(session).build()).getClaim();
  }

  private List<String> tasks() {
    return fabric.tasks.listTasks(ListTasksRequest.getDefaultInstance()).getTasksList().stream().map(task -> task.getSpec().getTaskId()).sorted().toList();
  }

  @Test
  void badTasks_areLeftOut_andMoved_andTheirIdsAreFree() {
    String fox = fabric.swarm(Samples.standing("fox", "a:b"));
    fabric.submit(Samples.spec("good", "a:b"));
    fabric.submit(Samples.spec("hurt", "a:b"));
    bad().forEach((what, value) -> plant(KEYS.task(new TaskId(what)), value));
    plant(KEYS.task(new TaskId("hurt")), ByteString.copyFromUtf8("{}"));
    plant(KEYS.tasks() + "junk", ByteString.copyFromUtf8("junk"));

    assertThat(tasks()).containsExactly("good");
    assertThat(fabric.tasks.requeueTask(RequeueTaskRequest.newBuilder().setRequestId("q").setAll(true).setPrincipal("ada").build()).getTaskIdsCount()).isZero();
    assertThat(fabric.objectExpiry.runOnce(fabric.now())).isZero();
    assertThat(refusalOf(() -> fabric.tasks.getTask(GetTaskRequest.newBuilder().setTaskId("hurt").build()))).isEqualTo(ErrorCode.ERROR_CODE_RECORD_UNREADABLE);
    assertThat(refusalOf(() -> claim("garbage", "fox", fox))).isEqualTo(ErrorCode.ERROR_CODE_RECORD_UNREADABLE);
    assertThat(refusalOf(() -> fabric.submit(Samples.spec("empty", "a:b")))).isEqualTo(ErrorCode.ERROR_CODE_RECORD_UNREADABLE);
    assertThat(claimNext("fox", fox).getTaskId()).isEqualTo("good");

    assertThat(told().getUnreadable()).isEqualTo(6);
    assertThat(fabric.quarantine.runOnce(fabric.now())).isEqualTo(6);
    assertThat(told()).isEqualTo(QuarantineStatus.newBuilder().setMoved(6).build());
    assertThat(listed()).extracting(QuarantinedRecord::getKey).contains(KEYS.task(new TaskId("hurt")), KEYS.tasks() + "junk");
    assertThat(listed()).allSatisfy(record -> assertThat(record.getFault()).isNotBlank()).extracting(QuarantinedRecord::getService).containsOnly("coordinator");
    QuarantinedRecord hurt = listed().stream().filter(record -> record.getKey().endsWith("/hurt")).findFirst().orElseThrow();
    assertThat(hurt.getValue().toStringUtf8()).isEqualTo("{}");

    assertThat(refusalOf(() -> fabric.tasks.getTask(GetTaskRequest.newBuilder().setTaskId("hurt").build()))).isEqualTo(ErrorCode.ERROR_CODE_TASK_NOT_FOUND);
    fabric.submit(Samples.spec("empty", "a:b"));
    assertThat(tasks()).containsExactly("empty", "good");
    DropQuarantinedRequest drop = DropQuarantinedRequest.newBuilder().setRequestId("d").setKey(hurt.getKey()).setRevision(hurt.getRevision()).build();
    assertThat(fabric.status.dropQuarantined(drop).getDropped().getKey()).isEqualTo(hurt.getKey());
    assertThat(fabric.status.dropQuarantined(drop).hasDropped()).isFalse();
    assertThat(told().getMoved()).isEqualTo(5);
  }

  @Test
  void claimsOfAMovedTask_areStale_andTheNextClaimHasAHigherFence() {
    String fox = fabric.swarm(Samples.standing("fox", "a:b"));
    fabric.submit(Samples.spec("t1", "a:b"));
    Claim lost = claim("t1", "fox", fox);
    plant(KEYS.task(new TaskId("t1")), ByteString.copyFromUtf8("?"));
    assertThat(fabric.quarantine.runOnce(fabric.now())).isEqualTo(1);
    fabric.tasks.submitTask(
        SubmitTaskRequest.newBuilder().setRequestId("again").setSpec(Samples.spec("t1", "a:b")).build());
    String owl = fabric.swarm(Samples.standing("owl", "a:b"));
    Claim next = claim("t1", "owl", owl);
    assertThat(next.getFence()).isGreaterThan(lost.getFence());
    CompleteTaskRequest late = CompleteTaskRequest.newBuilder().setRequestId("late").setTaskId("t1").setSwarmId("fox").setFence(lost.getFence()).build();
    assertThat(refusalOf(() -> fabric.claims.completeTask(late))).isIn(ErrorCode.ERROR_CODE_STALE_FENCE, ErrorCode.ERROR_CODE_NOT_THE_HOLDER);
    assertThat(fabric.book("fox").getCommitmentsList()).as("a promise is never forgotten").hasSize(1);
  }

  @Test
  void swarmWithAnUnreadableStanding_mayNotClaim_andSaysWhy_andOthersMay() {
    String fox = fabric.swarm(Samples.standing("fox", "a:b"));
    String owl = fabric.swarm(Samples.standing("owl", "a:b"));
    fabric.submit(Samples.spec("t1", "a:b"));
    BadValues.of(Samples.standing("fox", "a:b").build(), FOREIGN)
        .forEach(
            (what, value) -> {
              plant(KEYS.standing(new SwarmId("fox")), value);
              assertThat(refusalOf(() -> claim("t1", "fox", fox))).as(what).isEqualTo(ErrorCode.ERROR_CODE_RECORD_UNREADABLE);
              assertThat(refusalOf(() -> claimNext("fox", fox))).as(what).isEqualTo(ErrorCode.ERROR_CODE_RECORD_UNREADABLE);
              ExplainTaskRequest why = ExplainTaskRequest.newBuilder().setTaskId("t1").addSwarmIds("fox").build();
              assertThat(refusalOf(() -> fabric.tasks.explainTask(why))).as(what).isEqualTo(ErrorCode.ERROR_CODE_RECORD_UNREADABLE);
              assertThat(fabric.tasks.explainTask(ExplainTaskRequest.newBuilder().setTaskId("t1").build()).getSwarmsList()).extracting(s -> s.getSwarmId()).containsExactly("owl");
            });
    assertThat(fabric.quarantine.runOnce(fabric.now())).as("the governor's to deal with").isZero();
    assertThat(claim("t1", "owl", owl).getTaskId()).isEqualTo("t1");
    fabric.standing(Samples.standing("fox", "a:b").build());
    fabric.submit(Samples.spec("t2", "a:b"));
    assertThat(claimNext("fox", fox).getTaskId()).isEqualTo("t2");
  }

  @Test
  void unreadablePromises_areKept_andDeny_untilTheyAreRepaired() {
    String fox = fabric.swarm(Samples.standing("fox", "a:b"));
    String key = KEYS.commitments(new SwarmId("fox"));
    fabric.submit(Samples.spec("t1", "a:b"));
    fabric.submit(Samples.spec("t2", "a:b"));
    Claim held = claim("t1", "fox", fox);
    CommitmentsRecord good = fabric.book("fox");
    BadValues.of(good, FOREIGN)
        .forEach(
            (what, value) -> {
              plant(key, value);
              assertThat(fabric.quarantine.runOnce(fabric.now())).as(what).isEqualTo(1);
              assertThat(fabric.quarantine.runOnce(fabric.now())).as("told once").isZero();
              assertThat(told()).as(what).isEqualTo(QuarantineStatus.newBuilder().setKept(1).setUnreadable(1).build());
              assertThat(memory.entries(key)).as("it stands where it stood").singleElement().satisfies(entry -> assertThat(entry.value()).isEqualTo(value));
              assertThat(refusalOf(() -> claim("t2", "fox", fox))).as(what).isEqualTo(ErrorCode.ERROR_CODE_RECORD_UNREADABLE);
              assertThat(refusalOf(() -> claimNext("fox", fox))).as(what).isEqualTo(ErrorCode.ERROR_CODE_RECORD_UNREADABLE);
            });
    CompleteTaskRequest done = CompleteTaskRequest.newBuilder().setRequestId("done").setTaskId("t1").setSwarmId("fox").setFence(held.getFence()).build();
    assertThat(refusalOf(() -> fabric.claims.completeTask(done))).isEqualTo(ErrorCode.ERROR_CODE_RECORD_UNREADABLE);
    plant(key, good.toByteString());
    fabric.claims.completeTask(done);
    assertThat(claim("t2", "fox", fox).getTaskId()).isEqualTo("t2");
    assertThat(fabric.quarantine.runOnce(fabric.now())).isZero();
    assertThat(told()).as("its copy goes by itself").isEqualTo(QuarantineStatus.getDefaultInstance());
  }

  @Test
  void badSessions_areMoved_andWhatWasHeldUnderThemIsTakenBack() {
    String fox = fabric.swarm(Samples.standing("fox", "a:b"));
    fabric.swarm(Samples.standing("owl", "a:b"));
    fabric.submit(Samples.spec("t1", "a:b"));
    claim("t1", "fox", fox);
    bad().forEach((what, value) -> plant(KEYS.session(new SwarmId(what)), value));
    plant(KEYS.session(new SwarmId("fox")), ByteString.copyFromUtf8("?"));
    assertThat(fabric.sessions.listSessions(ListSessionsRequest.getDefaultInstance()).getSessionsList()).extracting(s -> s.getSwarmId()).containsExactly("owl");
    assertThat(fabric.quarantine.runOnce(fabric.now())).isEqualTo(5);
    fabric.advance(Duration.ofSeconds(1));
    fabric.settle();
    assertThat(fabric.task("t1").hasReady()).isTrue();
    String anew = fabric.sessions.openSession(OpenSessionRequest.newBuilder().setRequestId("anew").setSwarmId("fox").build()).getSessionId();
    assertThat(claimNext("fox", anew).getAttempt()).isEqualTo(2);
  }

  @Test
  void badPlansAndBlockers_areMoved() {
    bad().forEach((what, value) -> plant(KEYS.plan(new PlanId(what)), value));
    bad().forEach((what, value) -> plant(KEYS.blocker(new BlockerId(what)), value));
    fabric.settle();
    assertThat(fabric.claims.listBlockers(ListBlockersRequest.getDefaultInstance()).getBlockersCount()).isZero();
    GetPlanRequest asked = GetPlanRequest.newBuilder().setPlanId("garbage").build();
    assertThat(refusalOf(() -> fabric.plans.getPlan(asked))).isEqualTo(ErrorCode.ERROR_CODE_RECORD_UNREADABLE);
    assertThat(fabric.planArchiver.runOnce(fabric.now())).isZero();
    assertThat(fabric.quarantine.runOnce(fabric.now())).isEqualTo(8);
    assertThat(refusalOf(() -> fabric.plans.getPlan(asked))).isEqualTo(ErrorCode.ERROR_CODE_PLAN_NOT_FOUND);
    assertThat(memory.entries(KEYS.plans())).isEmpty();
    assertThat(memory.entries(KEYS.blockers())).isEmpty();
  }

  @Test
  void badLineOfAnArchivedTask_isKept_soThatItsIdIsNotUsedAgain() {
    bad()
        .forEach(
            (what, value) -> {
              plant(KEYS.archived(new TaskId(what)), value);
              TaskSpec.Builder spec = Samples.spec(what, "a:b");
              assertThat(refusalOf(() -> fabric.submit(spec))).as(what).isEqualTo(ErrorCode.ERROR_CODE_RECORD_UNREADABLE);
            });
    fabric.submit(Samples.spec("other", "a:b"));
    assertThat(fabric.quarantine.runOnce(fabric.now())).isEqualTo(4);
    assertThat(told().getKept()).isEqualTo(4);
    assertThat(memory.entries(KEYS.archive())).hasSize(4);
  }

  @Test
  void standingsOfOthers_areCounted_whateverOneHolds() {
    fabric.standing(Samples.standing("owl", "a:b").build());
    plant(KEYS.standing(new SwarmId("fox")), Standing.newBuilder().setSwarmId("owl").build().toByteString());
    assertThat(fabric.status.getStatus(GetStatusRequest.getDefaultInstance()).getSwarms()).isEqualTo(1);
  }
}
