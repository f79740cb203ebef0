package io.infrafabric.coordinator.privacy;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.Timestamp;
import io.infrafabric.common.v1.ObjectRef;
import io.infrafabric.common.v1.TraceContext;
import io.infrafabric.coordinator.Samples;
import io.infrafabric.coordinator.v1.Attempt;
import io.infrafabric.coordinator.v1.Blocker;
import io.infrafabric.coordinator.v1.Cancelled;
import io.infrafabric.coordinator.v1.Checkpoint;
import io.infrafabric.coordinator.v1.Claimed;
import io.infrafabric.coordinator.v1.Completed;
import io.infrafabric.coordinator.v1.Failed;
import io.infrafabric.coordinator.v1.Parked;
import io.infrafabric.coordinator.v1.PhaseRecord;
import io.infrafabric.coordinator.v1.PlanPlace;
import io.infrafabric.coordinator.v1.PlanRecord;
import io.infrafabric.coordinator.v1.Priority;
import io.infrafabric.coordinator.v1.Push;
import io.infrafabric.coordinator.v1.Quarantined;
import io.infrafabric.coordinator.v1.Ready;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskSight;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.coordinator.v1.Waiting;
import io.infrafabric.kit.time.Times;
import io.infrafabric.names.SwarmId;
import io.infrafabric.names.TaskId;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PrivacyRulesTest {
  private static final SwarmId FOX = new SwarmId("fox");
  private static final SwarmId OWL = new SwarmId("owl");
  private static final Timestamp AT = Times.toProto(Samples.NOW);
  private static final ObjectRef LARGE = ObjectRef.newBuilder().setSha256("ab".repeat(32)).setSizeBytes(7).build();

  /** Held by fox, with something in everything that could be told. */
  private static Task secretive() {
    return Samples.claimed(spec().build(), "fox", 2).toBuilder()
        .setClaimed(claim())
        .addAttempts(attempt("fox", 1))
        .addAttempts(attempt("owl", 2))
        .setRevision(200)
        .setTrace(TraceContext.newBuilder().setTraceparent("00-11-22-01"))
        .setPush(Push.newBuilder().setSwarmId("fox").setRequestId("offer-1").setTaken(true))
        .setCheckpoint(Checkpoint.newBuilder().setSwarmId("fox").setData(ByteString.copyFromUtf8("line 7")))
        .build();
  }

  private static TaskSpec.Builder spec() {
    return Samples.spec("t1", "a:b")
        .setPayload(ByteString.copyFromUtf8("a secret"))
        .setPayloadObject(LARGE)
        .setMaxCostMicros(7_000)
        .putLabels("customer", "acme")
        .addDependsOn("t0")
        .setPaidBySwarmId("hen")
        .setBlockerId("b1");
  }

  private static Claimed claim() {
    return Claimed.newBuilder()
        .setSwarmId("fox")
        .setAgent("fox-7")
        .setClaimId("claim-2")
        .setFence(200)
        .setSince(AT)
        .setPercent(50)
        .setNote("at the fence")
        .setSessionRevision(40)
        .setRequestId("claimed-2")
        .build();
  }

  private static Attempt attempt(String swarm, int number) {
    return Attempt.newBuilder().setNumber(number).setSwarmId(swarm).setClaimId("claim-" + number).setFence(100L * number).setReason("no luck").setRequestId("r" + number).build();
  }

  /** What owl sees of a task that it has nothing to do with but that it once tried. */
  private static Task.Builder outside() {
    return Task.newBuilder()
        .setSpec(TaskSpec.newBuilder().setTaskId("t1").addRequiredCapabilities("a:b").setPriority(Priority.PRIORITY_MEDIUM))
        .setCreatedAt(AT)
        .setAttempt(2)
        .addAttempts(attempt("owl", 2));
  }

  private static Task seen(Task task, TaskSight sight) {
    return PrivacyRules.seen(task, OWL, sight);
  }

  @Test
  void holder_isWhoeverHasItNow_beItParked_andSeesAll() {
    Task parked = secretive().toBuilder().setParked(Parked.newBuilder().setClaim(claim()).addBlockerIds("b2")).build();
    Task completed = secretive().toBuilder().setCompleted(Completed.newBuilder().setClaim(claim())).build();
    assertThat(PrivacyRules.holds(secretive(), FOX)).isTrue();
    assertThat(PrivacyRules.holds(parked, FOX)).isTrue();
    assertThat(PrivacyRules.holds(secretive(), OWL)).isFalse();
    assertThat(PrivacyRules.holds(parked, OWL)).isFalse();
    assertThat(PrivacyRules.holds(completed, FOX)).as("it held the task before").isFalse();
    assertThat(PrivacyRules.seen(parked, FOX, TaskSight.TASK_SIGHT_WHOLE)).isEqualTo(parked);
  }

  @Test
  void whoeverHasNothingToDoWithIt_seesHowFarItIs_andWhoHasIt() {
    Claimed holder = Claimed.newBuilder().setSwarmId("fox").setSince(AT).build();
    Task claimed = secretive();
    assertThat(seen(claimed, TaskSight.TASK_SIGHT_OUTSIDE)).isEqualTo(outside().setClaimed(holder).build());
    assertThat(seen(claimed.toBuilder().setParked(Parked.newBuilder().setClaim(claim()).addBlockerIds("b2")).build(), TaskSight.TASK_SIGHT_OUTSIDE))
        .isEqualTo(outside().setParked(Parked.newBuilder().setClaim(holder)).build());
    assertThat(seen(claimed.toBuilder().setWaiting(Waiting.newBuilder().addOpenDependencies("t0")).build(), TaskSight.TASK_SIGHT_OUTSIDE))
        .isEqualTo(outside().setWaiting(Waiting.getDefaultInstance()).build());
    assertThat(seen(claimed.toBuilder().setReady(Ready.newBuilder().setSince(AT)).build(), TaskSight.TASK_SIGHT_OUTSIDE))
        .isEqualTo(outside().setReady(Ready.newBuilder().setSince(AT)).build());
    assertThat(seen(completed(), TaskSight.TASK_SIGHT_OUTSIDE)).isEqualTo(outside().setCompleted(Completed.newBuilder().setClaim(holder).setAt(AT)).build());
    assertThat(seen(claimed.toBuilder().setFailed(Failed.newBuilder().setAt(AT).setReason("secret")).build(), TaskSight.TASK_SIGHT_OUTSIDE))
        .isEqualTo(outside().setFailed(Failed.newBuilder().setAt(AT)).build());
    assertThat(seen(claimed.toBuilder().setCancelled(Cancelled.newBuilder().setAt(AT).setReason("secret")).build(), TaskSight.TASK_SIGHT_OUTSIDE))
        .isEqualTo(outside().setCancelled(Cancelled.newBuilder().setAt(AT)).build());
    assertThat(seen(claimed.toBuilder().setQuarantined(Quarantined.newBuilder().setAt(AT).setReason("secret")).build(), TaskSight.TASK_SIGHT_OUTSIDE))
        .isEqualTo(outside().setQuarantined(Quarantined.newBuilder().setAt(AT)).build());
  }

  private static Task completed() {
    Completed.Builder done = Completed.newBuilder().setClaim(claim()).setAt(AT).setResult(ByteString.copyFromUtf8("42")).setResultObject(LARGE).setCostMicros(5);
    return secretive().toBuilder().setCompleted(done).build();
  }

  @Test
  void whoeverNeedsTheResult_seesThat_andNeitherFenceNorPayload() {
    Completed.Builder done =
        Completed.newBuilder().setClaim(Claimed.newBuilder().setSwarmId("fox").setSince(AT)).setAt(AT).setResult(ByteString.copyFromUtf8("42")).setResultObject(LARGE);
    assertThat(seen(completed(), TaskSight.TASK_SIGHT_RESULT)).isEqualTo(outside().setCompleted(done).build());
    assertThat(seen(secretive(), TaskSight.TASK_SIGHT_RESULT)).as("there is none yet").isEqualTo(seen(secretive(), TaskSight.TASK_SIGHT_OUTSIDE));
  }

  @Test
  void whoeverItIsKeptFor_seesWhatThereIsToDo_andNotWhatOthersDid() {
    Task offered = Samples.ready(spec().build()).toBuilder().setPush(push("owl")).setCheckpoint(Checkpoint.newBuilder().setData(ByteString.copyFromUtf8("line 7"))).build();
    assertThat(PrivacyRules.isOffered(offered, OWL, Samples.NOW)).isTrue();
    assertThat(PrivacyRules.isOffered(offered, FOX, Samples.NOW)).isFalse();
    assertThat(PrivacyRules.isOffered(offered, OWL, Samples.NOW.plusSeconds(1))).as("the offer is over").isFalse();
    assertThat(PrivacyRules.isOffered(offered.toBuilder().setPush(push("owl").setEnd("its session ended")).build(), OWL, Samples.NOW)).isFalse();
    assertThat(PrivacyRules.isOffered(offered.toBuilder().setClaimed(claim()).build(), OWL, Samples.NOW)).as("another has it").isFalse();
    assertThat(seen(offered, TaskSight.TASK_SIGHT_SPEC))
        .isEqualTo(Task.newBuilder().setSpec(spec()).setCreatedAt(AT).setReady(Ready.newBuilder().setSince(AT)).build());
  }

  private static Push.Builder push(String swarm) {
    return Push.newBuilder().setSwarmId(swarm).setUntil(Times.toProto(Samples.NOW.plus(Duration.ofSeconds(1))));
  }

  private static Task task(String id, String plan, String phase, String... dependsOn) {
    Task.Builder task = Samples.ready(Samples.spec(id).setPlanId(plan).addAllDependsOn(List.of(dependsOn)).build()).toBuilder();
    return plan.isEmpty() ? task.build() : task.setPlanPlace(PlanPlace.newBuilder().setPhase(phase)).build();
  }

  @Test
  void aTask_comesRightAfterThoseThatItDependsOn_andThoseOfThePhaseBefore() {
    PlanRecord plan =
        PlanRecord.newBuilder()
            .setPlanId("p")
            .addPhases(PhaseRecord.newBuilder().setName("dig"))
            .addPhases(PhaseRecord.newBuilder().setName("sow").addAfter("dig"))
            .addPhases(PhaseRecord.newBuilder().setName("reap").addAfter("sow"))
            .build();
    Task dug = task("dug", "p", "dig");
    assertThat(PrivacyRules.isRightAfter(task("x", "", "", "dug"), dug, Optional.empty())).isTrue();
    assertThat(PrivacyRules.isRightAfter(task("x", "", "", "other"), dug, Optional.empty())).isFalse();
    assertThat(PrivacyRules.isRightAfter(task("x", "p", "sow"), dug, Optional.of(plan))).isTrue();
    assertThat(PrivacyRules.isRightAfter(task("x", "p", "reap"), dug, Optional.of(plan))).as("two phases later").isFalse();
    assertThat(PrivacyRules.isRightAfter(task("x", "p", "dig"), dug, Optional.of(plan))).as("beside it").isFalse();
    assertThat(PrivacyRules.isRightAfter(dug, task("x", "p", "sow"), Optional.of(plan))).as("before it").isFalse();
    assertThat(PrivacyRules.isRightAfter(task("x", "q", "sow"), dug, Optional.of(plan))).as("of another plan").isFalse();
    assertThat(PrivacyRules.isRightAfter(task("x", "p", "sow"), dug, Optional.empty())).as("its plan is not known").isFalse();
    assertThat(PrivacyRules.isRightAfter(task("x", "", ""), task("y", "", ""), Optional.empty())).as("neither is in a plan").isFalse();
  }

  @Test
  void help_isForTheTaskThatTheSwarmHolds() {
    Blocker blocker = Blocker.newBuilder().setBlockerId("b1").setTaskId("t1").setSwarmId("owl").build();
    assertThat(PrivacyRules.helps(blocker, OWL, Set.of(new TaskId("t1")))).isTrue();
    assertThat(PrivacyRules.helps(blocker, OWL, Set.of(new TaskId("t2")))).as("it lost the task").isFalse();
    assertThat(PrivacyRules.helps(blocker, FOX, Set.of(new TaskId("t1")))).as("it has the task, and did not ask for help").isFalse();
  }
}
