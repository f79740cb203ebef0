package io.infrafabric.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.StatusRuntimeException;
import io.infrafabric.coordinator.task.TaskStates;
import io.infrafabric.coordinator.v1.ApproveTaskRequest;
import io.infrafabric.coordinator.v1.Blocker;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.OfferTaskRequest;
import io.infrafabric.coordinator.v1.ReassignTaskRequest;
import io.infrafabric.coordinator.v1.ReportProgressRequest;
import io.infrafabric.coordinator.v1.RequeueTaskRequest;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskState;
import io.infrafabric.error.Refusal;
import io.infrafabric.kit.grpc.Errors;
import io.infrafabric.kit.time.Times;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * Every call that moves a task, made in every state that a task can be in (C7): it goes where the table of transitions allows, or it is
 * refused with a reason, and then the task is as it was.
 */
class TaskMovesTest extends FoxCalls {
  /** In small letters what became of the task, {@code same} when that is nothing; in capitals with what the call was refused. */
  private static final String MOVES =
      """
      state        claim            progress        complete        fail            release         raise           resolve            cancel      requeue         approve           offer           reassign
      WAITING      TASK_NOT_READY   TASK_NOT_READY  TASK_NOT_READY  TASK_NOT_READY  TASK_NOT_READY  TASK_NOT_READY  BLOCKER_NOT_FOUND  cancelled   TASK_NOT_READY  INVALID_ARGUMENT  TASK_NOT_READY  waiting
      READY        claimed          TASK_NOT_READY  TASK_NOT_READY  TASK_NOT_READY  TASK_NOT_READY  TASK_NOT_READY  BLOCKER_NOT_FOUND  cancelled   TASK_NOT_READY  INVALID_ARGUMENT  ready           ready
      CLAIMED      ALREADY_CLAIMED  claimed         completed       failed          quarantined     parked          BLOCKER_NOT_FOUND  cancelled   TASK_NOT_READY  INVALID_ARGUMENT  TASK_NOT_READY  TASK_NOT_READY
      PARKED       TASK_NOT_READY   TASK_NOT_READY  TASK_NOT_READY  TASK_NOT_READY  TASK_NOT_READY  parked          claimed            cancelled   TASK_NOT_READY  INVALID_ARGUMENT  TASK_NOT_READY  TASK_NOT_READY
      COMPLETED    TASK_ENDED       TASK_ENDED      TASK_ENDED      TASK_ENDED      TASK_ENDED      TASK_ENDED      BLOCKER_NOT_FOUND  TASK_ENDED  TASK_ENDED      TASK_ENDED        TASK_ENDED      TASK_ENDED
      FAILED       TASK_ENDED       STALE_FENCE     STALE_FENCE     STALE_FENCE     STALE_FENCE     STALE_FENCE     BLOCKER_NOT_FOUND  TASK_ENDED  TASK_ENDED      TASK_ENDED        TASK_ENDED      TASK_ENDED
      CANCELLED    TASK_ENDED       STALE_FENCE     STALE_FENCE     STALE_FENCE     STALE_FENCE     STALE_FENCE     BLOCKER_NOT_FOUND  same        TASK_ENDED      TASK_ENDED        TASK_ENDED      TASK_ENDED
      QUARANTINED  TASK_ENDED       STALE_FENCE     STALE_FENCE     STALE_FENCE     STALE_FENCE     STALE_FENCE     BLOCKER_NOT_FOUND  TASK_ENDED  ready           TASK_ENDED        TASK_ENDED      TASK_ENDED
      """;

  private final String owl = fabric.swarm(Samples.standing("owl", "a:b").setMaxConcurrent(100));

  /**
   * A task in a state.
   *
   * @param claim the last one there was, or one that never was
   * @param blocker likewise
   */
  private record Case(String task, Claim claim, Blocker blocker) {}

  private Case in(TaskState state, String call) {
    String task = state.name().substring("TASK_STATE_".length()).toLowerCase(Locale.ROOT) + "-" + call;
    Claim claim = Claim.newBuilder().setTaskId(task).setSwarmId("fox").setFence(1).build();
    Blocker blocker = Blocker.newBuilder().setTaskId(task).setBlockerId("01arz3ndektsv4rrffq69g5fav").build();
    var spec = Samples.spec(task).setMaxAttempts(1);
    fabric.submit(state == TaskState.TASK_STATE_WAITING ? spec.setNotBefore(Times.toProto(fabric.now().plus(Duration.ofHours(1)))) : spec);
    switch (state) {
      case TASK_STATE_WAITING, TASK_STATE_READY -> {}
      case TASK_STATE_CLAIMED -> claim = claim(task);
      case TASK_STATE_PARKED -> {
        claim = claim(task);
        blocker = raise(claim);
      }
      case TASK_STATE_COMPLETED -> {
        claim = claim(task);
        complete(claim, 0);
      }
      case TASK_STATE_FAILED -> {
        claim = claim(task);
        fail(claim, false);
      }
      case TASK_STATE_CANCELLED -> cancel(task);
      case TASK_STATE_QUARANTINED -> {
        claim = claim(task);
        fail(claim, true);
      }
      case TASK_STATE_UNSPECIFIED, UNRECOGNIZED -> throw new AssertionError(state);
    }
    assertThat(state(task)).isEqualTo(state);
    return new Case(task, claim, blocker);
  }

  private void call(String call, Case on) {
    switch (call) {
      case "claim" -> claim(on.task(), "owl", owl);
      case "progress" ->
          fabric.claims.reportProgress(
              ReportProgressRequest.newBuilder().setRequestId(request()).setTaskId(on.task()).setSwarmId("fox").setFence(on.claim().getFence()).setPercent(1).build());
      case "complete" -> complete(on.claim(), 0);
      case "fail" -> fail(on.claim(), false);
      case "release" -> release(on.claim());
      case "raise" -> raise(on.claim());
      case "resolve" -> resolve(on.blocker());
      case "cancel" -> cancel(on.task());
      case "requeue" -> fabric.tasks.requeueTask(RequeueTaskRequest.newBuilder().setRequestId(request()).addTaskIds(on.task()).setPrincipal("ada").build());
      case "approve" -> fabric.tasks.approveTask(ApproveTaskRequest.newBuilder().setRequestId(request()).setTaskId(on.task()).setPrincipal("ada").build());
      case "offer" -> fabric.tasks.offerTask(OfferTaskRequest.newBuilder().setRequestId(request()).setTaskId(on.task()).setSwarmId("owl").build());
      case "reassign" ->
          fabric.tasks.reassignTask(ReassignTaskRequest.newBuilder().setRequestId(request()).setTaskId(on.task()).addOwnerSwarmIds("owl").setPrincipal("ada").build());
      default -> throw new AssertionError(call);
    }
  }

  private String outcome(String call, Case on) {
    Task before = fabric.task(on.task());
    try {
      call(call, on);
    } catch (StatusRuntimeException status) {
      Refusal refusal = Errors.refusalOf(status).orElseThrow(() -> status);
      assertThat(refusal.message()).as("why %s is refused for %s", call, on.task()).isNotBlank();
      assertThat(fabric.task(on.task())).as("%s after a %s that was refused", on.task(), call).isEqualTo(before);
      return refusal.reason();
    }
    Task after = fabric.task(on.task());
    if (after.equals(before)) {
      return "same";
    }
    assertThat(TaskStates.isLegal(TaskStates.of(before), TaskStates.of(after))).as("%s by %s", on.task(), call).isTrue();
    return TaskStates.word(TaskStates.of(after)).toLowerCase(Locale.ROOT);
  }

  private static List<List<String>> moves() {
    return MOVES.lines().map(line -> Arrays.asList(line.strip().split("\\s+"))).toList();
  }

  @Test
  void everyCall_inEveryState_goesWhereTheTableAllows_orIsRefused() {
    List<List<String>> moves = moves();
    List<String> calls = moves.getFirst().subList(1, moves.getFirst().size());
    Map<String, List<String>> expected = new LinkedHashMap<>();
    moves.subList(1, moves.size()).forEach(row -> expected.put(row.getFirst(), row.subList(1, row.size())));
    Map<String, List<String>> found = new LinkedHashMap<>();
    for (TaskState state : TaskState.values()) {
      if (state != TaskState.UNRECOGNIZED && state != TaskState.TASK_STATE_UNSPECIFIED) {
        found.put(TaskStates.word(state), calls.stream().map(call -> outcome(call, in(state, call))).toList());
      }
    }
    assertThat(found).as(found.entrySet().stream().map(row -> row.getKey() + " " + String.join(" ", row.getValue())).collect(Collectors.joining("\n", "\n", "\n"))).isEqualTo(expected);
  }
}
