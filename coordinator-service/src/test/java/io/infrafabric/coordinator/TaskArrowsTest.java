package io.infrafabric.coordinator;

import static io.infrafabric.coordinator.CoordinatorFixture.KEYS;
import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.coordinator.task.StoredTask;
import io.infrafabric.coordinator.task.TaskStates;
import io.infrafabric.coordinator.task.TaskStates.Actor;
import io.infrafabric.coordinator.v1.ApproveTaskRequest;
import io.infrafabric.coordinator.v1.Blocker;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.ClaimEnd;
import io.infrafabric.coordinator.v1.CloseSessionRequest;
import io.infrafabric.coordinator.v1.OfferTaskRequest;
import io.infrafabric.coordinator.v1.ReportProgressRequest;
import io.infrafabric.coordinator.v1.RequeueTaskRequest;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskEventType;
import io.infrafabric.coordinator.v1.TaskState;
import io.infrafabric.governor.v1.BreakerState;
import io.infrafabric.governor.v1.BreakerTerms;
import io.infrafabric.governor.v1.OpenClaims;
import io.infrafabric.kit.store.Change;
import io.infrafabric.kit.time.Times;
import io.infrafabric.policy.Preset;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The table of transitions against the history of tasks that were moved in every way there is. */
class TaskArrowsTest extends FoxCalls {
  /** Every arrow of the table is gone by somebody, and none that is not in it. */
  @Test
  void everyArrowOfTheTable_isExercised_byItsActor() {
    var backOff = Times.toProto(Duration.ofSeconds(1));
    for (String task : List.of("completes", "fails", "retries", "releases", "cancelled-claimed", "lost", "cancelled-ready")) {
      fabric.submit(Samples.spec(task));
    }
    fabric.submit(Samples.spec("retries-later").setRetryBackoff(backOff));
    fabric.submit(Samples.spec("lost-later").setRetryBackoff(backOff));
    fabric.submit(Samples.spec("last-failure").setMaxAttempts(1));
    fabric.submit(Samples.spec("last-loss").setMaxAttempts(1));
    fabric.submit(Samples.spec("dependent").addDependsOn("completes"));
    fabric.submit(Samples.spec("timed").setNotBefore(Times.toProto(fabric.now().plusSeconds(5))));
    fabric.submit(Samples.spec("parked"));
    fabric.submit(Samples.spec("goes-on"));

    Claim completes = claim("completes");
    fabric.claims.reportProgress(
        ReportProgressRequest.newBuilder().setRequestId(request()).setTaskId("completes").setSwarmId("fox").setFence(completes.getFence()).setPercent(1).build());
    complete(completes, 0);
    assertThat(fail(claim("fails"), false)).isEqualTo(TaskState.TASK_STATE_FAILED);
    assertThat(fail(claim("retries"), true)).isEqualTo(TaskState.TASK_STATE_READY);
    assertThat(fail(claim("retries-later"), true)).isEqualTo(TaskState.TASK_STATE_WAITING);
    assertThat(fail(claim("last-failure"), true)).isEqualTo(TaskState.TASK_STATE_QUARANTINED);
    assertThat(release(claim("releases"))).isEqualTo(TaskState.TASK_STATE_READY);
    claim("cancelled-claimed");
    Claim parked = claim("parked");
    Blocker first = raise(parked);
    raise(parked);
    resolve(first);
    resolve(raise(claim("goes-on")));
    List.of("cancelled-claimed", "cancelled-ready", "timed", "parked").forEach(this::cancel);
    meetDeadlinesAndOperators();
    tripBreakers();
    List.of("lost", "lost-later", "last-loss").forEach(this::claim);
    closeSession();
    fabric.settle();

    assertThat(gone())
        .as("all but those of twins, see StragglerServiceTest")
        .containsExactlyInAnyOrderElementsOf(TaskStates.TABLE.stream().filter(arrow -> arrow.actor() != Actor.TWINS).map(arrow -> new Gone(arrow.from(), arrow.to(), arrow.actor())).toList());
  }

  private void tripBreakers() {
    for (String task : List.of("stopped", "stopped-twice", "revoked", "revoked-last")) {
      fabric.submit(Samples.spec(task).setMaxAttempts(task.equals("revoked-last") ? 1 : 3));
    }
    Claim twice = claim("stopped-twice");
    claim("stopped");
    breaker(2, OpenClaims.OPEN_CLAIMS_PARK, BreakerState.BREAKER_STATE_OPEN);
    Blocker left = raise(twice);
    breaker(3, OpenClaims.OPEN_CLAIMS_PARK, BreakerState.BREAKER_STATE_CLOSED);
    resolve(left);
    List.of("stopped", "stopped-twice").forEach(this::cancel);
    List.of("revoked", "revoked-last").forEach(this::claim);
    breaker(4, OpenClaims.OPEN_CLAIMS_REVOKE, BreakerState.BREAKER_STATE_OPEN);
    breaker(5, OpenClaims.OPEN_CLAIMS_FINISH, BreakerState.BREAKER_STATE_CLOSED);
  }

  private void breaker(long revision, OpenClaims claims, BreakerState state) {
    fabric.policy(revision, Preset.PRODUCTION.terms().toBuilder().setBreaker(BreakerTerms.newBuilder().setOpenClaims(claims)).build());
    fabric.standing(Samples.standing("fox", "a:b").setMaxConcurrent(100).setBreaker(state).build());
    fabric.caughtUp();
    fabric.settle();
  }

  private void meetDeadlinesAndOperators() {
    var soon = Times.toProto(fabric.now().plusSeconds(3));
    fabric.submit(Samples.spec("late-ready").setDeadline(soon));
    fabric.submit(Samples.spec("late-waiting").setDeadline(soon).addDependsOn("late-ready"));
    fabric.submit(Samples.spec("late-claimed").setDeadline(soon));
    claim("late-claimed");
    fabric.submit(Samples.spec("late-parked").setDeadline(soon));
    raise(claim("late-parked"));
    fabric.submit(Samples.spec("pushed"));
    fabric.tasks.offerTask(OfferTaskRequest.newBuilder().setRequestId(request()).setTaskId("pushed").setSwarmId("fox").build());
    fabric.standing(Samples.standing("owl").build());
    String owl = fabric.open("owl");
    fabric.submit(Samples.spec("freed"));
    fabric.tasks.offerTask(OfferTaskRequest.newBuilder().setRequestId(request()).setTaskId("freed").setSwarmId("owl").build());
    fabric.sessions.closeSession(CloseSessionRequest.newBuilder().setRequestId("close").setSwarmId("owl").setSessionId(owl).build());
    fabric.settle();
    fabric.submit(Samples.spec("gated").setNeedsApproval(true));
    fabric.tasks.approveTask(ApproveTaskRequest.newBuilder().setRequestId(request()).setTaskId("gated").setPrincipal("ada").build());
    fabric.tasks.requeueTask(RequeueTaskRequest.newBuilder().setRequestId(request()).addTaskIds("last-failure").setPrincipal("ada").build());
    fabric.advance(Duration.ofSeconds(3));
    fabric.settle();
  }

  private record Gone(TaskState from, TaskState to, Actor actor) {}

  /** The arrows that the history of the store shows. */
  private Set<Gone> gone() {
    Map<String, Task> before = new HashMap<>();
    Set<Gone> gone = new HashSet<>();
    for (Change change : memory.changes(KEYS.tasks())) {
      StoredTask stored = StoredTask.of(((Change.Written) change).entry());
      Task was = before.put(change.key(), stored.task());
      if (stored.last().getEvent() != TaskEventType.TASK_EVENT_TYPE_UNSPECIFIED) {
        gone.add(new Gone(was == null ? TaskState.TASK_STATE_UNSPECIFIED : TaskStates.of(was), TaskStates.of(stored.task()), actor(was, stored)));
      }
    }
    return gone;
  }

  private static Actor actor(Task was, StoredTask stored) {
    boolean byBreaker = stored.last().getReason().startsWith("the breaker");
    return switch (stored.last().getEvent()) {
      case TASK_EVENT_TYPE_SUBMITTED -> Actor.SUBMITTER;
      case TASK_EVENT_TYPE_CANCELLED -> stored.last().getRequestId().isEmpty() ? Actor.EXPIRY : Actor.SUBMITTER;
      case TASK_EVENT_TYPE_REQUEUED, TASK_EVENT_TYPE_APPROVED, TASK_EVENT_TYPE_OFFERED, TASK_EVENT_TYPE_REASSIGNED -> Actor.OPERATOR;
      case TASK_EVENT_TYPE_READY -> Actor.READINESS;
      case TASK_EVENT_TYPE_LOST, TASK_EVENT_TYPE_STALLED, TASK_EVENT_TYPE_FREED -> Actor.EXPIRY;
      case TASK_EVENT_TYPE_REVOKED -> Actor.BREAKERS;
      case TASK_EVENT_TYPE_QUARANTINED ->
          switch (stored.task().getAttempts(stored.task().getAttemptsCount() - 1).getEnd()) {
            case CLAIM_END_LOST -> Actor.EXPIRY;
            case CLAIM_END_REVOKED -> Actor.BREAKERS;
            default -> Actor.HOLDER;
          };
      case TASK_EVENT_TYPE_CLAIMED, TASK_EVENT_TYPE_PROGRESSED, TASK_EVENT_TYPE_COMPLETED, TASK_EVENT_TYPE_FAILED, TASK_EVENT_TYPE_RELEASED, TASK_EVENT_TYPE_RETRIED ->
          Actor.HOLDER;
      case TASK_EVENT_TYPE_PARKED ->
          byBreaker ? Actor.BREAKERS : was.hasClaimed() && stored.last().getReason().contains("of type") ? Actor.HOLDER : Actor.BLOCKERS;
      case TASK_EVENT_TYPE_INHERITED -> stored.task().hasParked() ? Actor.BLOCKERS : Actor.HOLDER;
      case TASK_EVENT_TYPE_RESUMED -> byBreaker ? Actor.BREAKERS : Actor.BLOCKERS;
      case TASK_EVENT_TYPE_TWINNED -> Actor.TWINS;
      case TASK_EVENT_TYPE_UNSPECIFIED, UNRECOGNIZED -> throw new AssertionError(stored);
    };
  }
}
