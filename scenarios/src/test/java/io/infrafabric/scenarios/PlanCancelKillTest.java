package io.infrafabric.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.CancelPlanRequest;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.ClaimNextRequest;
import io.infrafabric.coordinator.v1.GetPlanRequest;
import io.infrafabric.coordinator.v1.GetPlanResponse;
import io.infrafabric.coordinator.v1.PlanCancellation;
import io.infrafabric.coordinator.v1.PlanRecord;
import io.infrafabric.coordinator.v1.PlanServiceGrpc;
import io.infrafabric.coordinator.v1.PlanState;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskRecord;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.kit.grpc.Errors;
import io.infrafabric.local.ServerProcess;
import io.infrafabric.names.Keys;
import io.infrafabric.names.Subjects;
import io.infrafabric.names.SwarmId;
import io.infrafabric.testkit.chaos.LateAnswers;
import io.infrafabric.testkit.history.Version;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/**
 * The only coordinator is killed (SIGKILL) when it has cancelled a part of a plan: the rest is cancelled when it is back, the holders hear of it, and
 * nothing of the plan comes back to life.
 */
class PlanCancelKillTest {
  private static final Duration BACK = Duration.ofSeconds(90);
  private static final Keys KEYS = new Keys();
  private static final int CHILDREN = 600;
  private static final int HELD = 20;
  private static final long GRANTED = 1_000_000;

  @Test
  void killedCoordinator_endsTheCancellationThatItBegan() throws Exception {
    AtomicReference<LateAnswers> between = new AtomicReference<>();
    try (RunningFabric running =
            RunningFabric.startWithEtcdThrough(
                endpoint -> {
                  between.set(LateAnswers.before(endpoint));
                  return between.get().address();
                });
        LateAnswers etcd = between.get();
        NatsDoor nats = NatsDoor.of(running)) {
      FabricClient client = running.client();
      PlanServiceGrpc.PlanServiceBlockingStub plans = PlanServiceGrpc.newBlockingStub(client.coordinator());
      client.register("holder", GRANTED, 100, "a:b");
      String session = client.open("holder", Duration.ofMinutes(5));
      TaskSpec template = TaskSpec.newBuilder().addRequiredCapabilities("a:b").setMaxCostMicros(100).build();
      MappedPlan.fill(client, "p1", "map", template, CHILDREN);
      List<Claim> held = new ArrayList<>();
      await().atMost(BACK).ignoreExceptions().until(() -> held.add(next(client, session)) && held.size() == HELD);
      List<String> heard = nats.listen(Subjects.offer(new SwarmId("holder")));

      etcd.begin(Duration.ofMillis(250)); // six groups of writes are some seconds then
      CancelPlanRequest cancel = CancelPlanRequest.newBuilder().setRequestId("c1").setPlanId("p1").setReason("too dear").build();
      PlanCancellation first = plans.cancelPlan(cancel).getPlan().getCancellation();
      ServerProcess coordinator = running.fabric().coordinators().getFirst();
      await().atMost(BACK).pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(10)).until(() -> hasBegun(running));
      coordinator.kill();
      etcd.end();
      assertThat(cancelled(running)).as("of %s tasks when the coordinator was killed", CHILDREN).isPositive().isLessThan(CHILDREN);
      coordinator.start();

      GetPlanResponse over =
          await().atMost(BACK).ignoreExceptions().until(() -> plans.getPlan(GetPlanRequest.newBuilder().setPlanId("p1").build()), told -> told.getState() == PlanState.PLAN_STATE_CANCELLED);
      assertThat(over.getProgress().getCancelled()).isEqualTo(CHILDREN);
      assertThat(over.getProgress().getComplete()).isTrue();
      assertThat(cancelled(running)).isEqualTo(CHILDREN);
      assertThat(plans.cancelPlan(cancel).getPlan().getCancellation()).as("the same request again").isEqualTo(first);
      Throwable more = catchThrowable(() -> MappedPlan.fill(client, "p1", "more", template, 1));
      assertThat(Errors.toRefusal(more).code()).isEqualTo(ErrorCode.ERROR_CODE_PLAN_ENDED);

      for (Claim claim : held) {
        assertThat(Refused.by(() -> client.complete(claim, "too late", 0)).code()).isEqualTo(ErrorCode.ERROR_CODE_STALE_FENCE);
      }
      await("every holder is told").atMost(BACK).until(() -> withdrawn(heard).containsAll(held.stream().map(Claim::getTaskId).toList()));
      Judgement.history(running, Set.copyOf(held.stream().map(Claim::getTaskId).toList()));
      nothingCameBack(running);
      Judgement.books(running, "holder", GRANTED, 0);
    }
  }

  private static Claim next(FabricClient client, String session) {
    return client.claims().claimNext(ClaimNextRequest.newBuilder().setRequestId(FabricClient.request()).setSwarmId("holder").setSessionId(session).build()).getClaim();
  }

  /** Whether a task was written after the plan was. */
  private static boolean hasBegun(RunningFabric running) {
    long plan = Collections.max(running.revisions(KEYS.plans()).values());
    return Collections.max(running.revisions(KEYS.tasks()).values()) > plan;
  }

  /** The newest version of each task, from etcd itself. */
  private static long cancelled(RunningFabric running) {
    Map<String, Task> tasks = new HashMap<>();
    running.history(KEYS.tasks()).forEach(version -> tasks.put(version.key(), task(version)));
    return tasks.values().stream().filter(Task::hasCancelled).count();
  }

  private static Task task(Version version) {
    try {
      return TaskRecord.parseFrom(version.value().orElse(ByteString.EMPTY)).getTask();
    } catch (InvalidProtocolBufferException corrupt) {
      throw new AssertionError(version.key(), corrupt);
    }
  }

  private static Set<String> withdrawn(List<String> heard) {
    Set<String> tasks = new HashSet<>();
    for (String message : heard) {
      JsonObject offer = JsonParser.parseString(message).getAsJsonObject();
      if (offer.has("withdrawal") && offer.getAsJsonObject("withdrawal").get("reason").getAsString().equals("plan p1 was cancelled: too dear")) {
        tasks.add(offer.get("taskId").getAsString());
      }
    }
    return tasks;
  }

  /** From the revision of the cancellation on no task is added, and none becomes ready or is claimed. */
  private static void nothingCameBack(RunningFabric running) throws InvalidProtocolBufferException {
    long from = Long.MAX_VALUE;
    for (Version version : running.history(KEYS.plans())) {
      if (PlanRecord.parseFrom(version.value().orElse(ByteString.EMPTY)).hasCancellation()) {
        from = Math.min(from, version.revision());
      }
    }
    assertThat(from).isLessThan(Long.MAX_VALUE);
    Map<String, Task.StateCase> states = new HashMap<>();
    for (Version version : running.history(KEYS.tasks())) {
      Task.StateCase now = task(version).getStateCase();
      Task.StateCase before = states.put(version.key(), now);
      if (version.revision() > from) {
        assertThat(now).as("%s, which was %s, at revision %s", version.key(), before, version.revision()).isEqualTo(Task.StateCase.CANCELLED);
      }
    }
    assertThat(states).hasSize(CHILDREN);
  }
}
