package io.infrafabric.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.grpc.StatusRuntimeException;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.ClaimEnd;
import io.infrafabric.coordinator.v1.ClaimNextRequest;
import io.infrafabric.coordinator.v1.GetPlanRequest;
import io.infrafabric.coordinator.v1.Offer;
import io.infrafabric.coordinator.v1.Phase;
import io.infrafabric.coordinator.v1.Plan;
import io.infrafabric.coordinator.v1.PlanProgress;
import io.infrafabric.coordinator.v1.PlanServiceGrpc;
import io.infrafabric.coordinator.v1.ReducePlanRequest;
import io.infrafabric.coordinator.v1.Reducer;
import io.infrafabric.coordinator.v1.Stragglers;
import io.infrafabric.coordinator.v1.SubmitPlanRequest;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.names.Subjects;
import io.infrafabric.names.SwarmId;
import io.nats.client.Connection;
import io.nats.client.Nats;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** O3: what takes too long is done again elsewhere; the first of the two results counts, once, and only who made it is paid. */
@ExtendWith(SharedFabric.class)
class StragglerTest {
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final long GRANT_MICROS = 1_000_000;

  private final RunningFabric fabric;
  private final FabricClient client;
  private final String skill = Unique.capability();
  private final String plan = Unique.id("twins");
  private final String slow = Unique.id("slow");
  private final String quick = Unique.id("quick");

  StragglerTest(RunningFabric fabric) {
    this.fabric = fabric;
    this.client = fabric.client();
  }

  private PlanServiceGrpc.PlanServiceBlockingStub plans() {
    return PlanServiceGrpc.newBlockingStub(client.coordinator());
  }

  private PlanProgress progress() {
    return plans().getPlan(GetPlanRequest.newBuilder().setPlanId(plan).build()).getProgress();
  }

  private String submit() {
    TaskSpec.Builder spec = TaskSpec.newBuilder().addRequiredCapabilities(skill).setMaxCostMicros(1_000);
    Phase work =
        Phase.newBuilder()
            .setName("work")
            .setStragglers(Stragglers.newBuilder().setFactorPercent(101).setMinCompleted(1))
            .addTasks(spec.clone().setTaskId(plan + "-late"))
            .addTasks(spec.clone().setTaskId(plan + "-soon"))
            .build();
    plans().submitPlan(SubmitPlanRequest.newBuilder().setRequestId(FabricClient.request()).setPlan(Plan.newBuilder().setPlanId(plan).addPhases(work)).build());
    await().atMost(SOON).until(() -> client.task(plan + "-late").hasReady() && client.task(plan + "-soon").hasReady());
    return plan + "-late";
  }

  private Claim twin(String session, Claim late) {
    Claim twin =
        await("the twin of " + late.getTaskId())
            .atMost(SOON)
            .pollInterval(Duration.ofMillis(50))
            .ignoreExceptionsInstanceOf(StatusRuntimeException.class)
            .until(
                () -> client.claims().claimNext(ClaimNextRequest.newBuilder().setRequestId(FabricClient.request()).setSwarmId(quick).setSessionId(session).build()).getClaim(),
                Claim::hasSpec);
    assertThat(client.task(twin.getTaskId()).getTwinOf()).isEqualTo(late.getTaskId());
    assertThat(client.task(late.getTaskId()).getClaimed().getFence()).as("which its holder may still complete").isEqualTo(late.getFence());
    return twin;
  }

  @Test
  void firstOfTwoTwins_decides_theOtherIsToldAndNotPaid_andThePlanCountsOne() throws Exception {
    client.register(slow, GRANT_MICROS, 1, skill);
    client.register(quick, GRANT_MICROS, 3, skill);
    String session = client.open(quick, Duration.ofMinutes(2));
    try (Connection nats = Nats.connect(fabric.fabric().nats().address())) {
      List<Offer> rung = new CopyOnWriteArrayList<>();
      nats.createDispatcher(message -> rung.add(Multitude.offer(message))).subscribe(Subjects.offer(new SwarmId(slow)));
      nats.flush(SOON);
      String task = submit();
      Claim late = client.claim(task, slow, client.open(slow, Duration.ofMinutes(2)));
      client.complete(client.claim(plan + "-soon", quick, session), "\"soon\"", 100);
      Claim twin = twin(session, late);
      client.complete(twin, "\"first\"", 200);

      await().atMost(SOON).until(() -> client.task(task).hasCompleted());
      assertThat(Refused.by(() -> client.complete(late, "\"second\"", 300)).code()).isIn(ErrorCode.ERROR_CODE_STALE_FENCE, ErrorCode.ERROR_CODE_TASK_ENDED);
      await("the news that it works in vain")
          .atMost(SOON)
          .until(() -> rung.stream().anyMatch(offer -> offer.getTaskId().equals(task) && offer.getWithdrawal().getEnd() == ClaimEnd.CLAIM_END_SUPERSEDED));
      Task done = client.task(task);
      assertThat(done.getCompleted().getResult().toStringUtf8()).isEqualTo("\"first\"");
      assertThat(done.getCompleted().getClaim().getClaimId()).isEqualTo(twin.getClaimId());
      await().atMost(SOON).until(() -> progress().getComplete());
      assertThat(progress().getCompleted()).as("a twin counts for no phase").isEqualTo(2);
      assertThat(plans().reducePlan(ReducePlanRequest.newBuilder().setPlanId(plan).setReducer(Reducer.REDUCER_MERGE_ALL).build()).getResults()).isEqualTo(2);
      Judgement.history(fabric, Set.of(task, plan + "-soon", twin.getTaskId()));
      Judgement.completedOnce(fabric, Set.of(task, plan + "-soon", twin.getTaskId()));
      Judgement.books(fabric, slow, GRANT_MICROS, 0);
      Judgement.books(fabric, quick, GRANT_MICROS, 300);
    }
  }
}
