package io.infrafabric.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.StatusRuntimeException;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.Blocker;
import io.infrafabric.coordinator.v1.CancelTaskRequest;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.ClaimNextRequest;
import io.infrafabric.coordinator.v1.CloseSessionRequest;
import io.infrafabric.coordinator.v1.CompleteTaskRequest;
import io.infrafabric.coordinator.v1.FailTaskRequest;
import io.infrafabric.coordinator.v1.ListClaimsRequest;
import io.infrafabric.coordinator.v1.OpenSessionRequest;
import io.infrafabric.coordinator.v1.RaiseBlockerRequest;
import io.infrafabric.coordinator.v1.ReleaseTaskRequest;
import io.infrafabric.coordinator.v1.ReportProgressRequest;
import io.infrafabric.coordinator.v1.ReportProgressResponse;
import io.infrafabric.coordinator.v1.ResolveBlockerRequest;
import io.infrafabric.coordinator.v1.SubmitTaskRequest;
import io.infrafabric.coordinator.v1.TaskState;
import io.infrafabric.kit.grpc.Errors;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/** A swarm of one thread that does whatever comes to mind, at whichever coordinator, and knows what it was told. */
final class HaphazardSwarm {
  private static final int STEPS = 40;
  private static final long CAP = 10_000;

  /** After which the same request is sent again. */
  private static final Set<ErrorCode> NO_ANSWER =
      EnumSet.of(
          ErrorCode.ERROR_CODE_OUTCOME_UNKNOWN, ErrorCode.ERROR_CODE_UNAVAILABLE, ErrorCode.ERROR_CODE_CONTENDED, ErrorCode.ERROR_CODE_OVERLOADED);

  /**
   * What swarms were told is done, all of them together.
   *
   * @param claimOfRequest claim id by the request that made it
   */
  record Acknowledged(Set<String> tasks, Set<String> blockers, Map<String, String> claimOfRequest) {
    Acknowledged() {
      this(ConcurrentHashMap.newKeySet(), ConcurrentHashMap.newKeySet(), new ConcurrentHashMap<>());
    }
  }

  private final String name;
  private final Random random;
  private final List<CoordinatorFixture> coordinators;
  private final Acknowledged acknowledged;
  private final List<Claim> held = new ArrayList<>();
  private String session = "";
  private int requests;

  HaphazardSwarm(String name, Random random, List<CoordinatorFixture> coordinators, Acknowledged acknowledged) {
    this.name = name;
    this.random = random;
    this.coordinators = coordinators;
    this.acknowledged = acknowledged;
  }

  void live() {
    for (int i = 0; i < STEPS; i++) {
      step();
    }
  }

  private CoordinatorFixture any() {
    return coordinators.get(random.nextInt(coordinators.size()));
  }

  private String request() {
    return name + "-" + ++requests;
  }

  private void step() {
    int dice = random.nextInt(100);
    if (session.isEmpty() || dice < 4) {
      open();
    } else if (dice < 30) {
      submit();
    } else if (dice < 60) {
      claim();
    } else if (dice < 63) {
      closeSession();
    } else if (dice < 67) {
      cancel();
    } else if (!held.isEmpty()) {
      report(dice);
    }
  }

  /** Calls until somebody answers, with the same request, at whichever coordinator; empty when it is refused. */
  private <T> Optional<T> call(Supplier<T> attempt) {
    for (int i = 0; i < 60; i++) {
      try {
        return Optional.of(attempt.get());
      } catch (StatusRuntimeException status) {
        ErrorCode code = Errors.refusalOf(status).orElseThrow(() -> status).code();
        assertThat(code).as(status.toString()).isNotEqualTo(ErrorCode.ERROR_CODE_INTERNAL);
        if (!NO_ANSWER.contains(code)) {
          return Optional.empty();
        }
        LockSupport.parkNanos(Duration.ofMillis(10).toNanos());
      }
    }
    throw new AssertionError("nobody answered");
  }

  /** Takes over, without what it holds or with that; then nothing that it had the right to before is taken from it. */
  private void open() {
    boolean inherit = random.nextBoolean();
    OpenSessionRequest request = OpenSessionRequest.newBuilder().setRequestId(request()).setSwarmId(name).setReplace(!inherit).setInherit(inherit).build();
    List<Claim> before = List.copyOf(held);
    held.clear();
    call(() -> any().sessions.openSession(request)).ifPresent(opened -> session = opened.getSessionId());
    if (inherit) {
      before.forEach(old -> assertThat(progress(old, request(), 99)).as("with a fence of before: %s", old).isEmpty());
      ListClaimsRequest list = ListClaimsRequest.newBuilder().setSwarmId(name).build();
      call(() -> any().claims.listClaims(list))
          .ifPresent(found -> found.getClaimsList().stream().filter(each -> each.getState() == TaskState.TASK_STATE_CLAIMED).forEach(each -> held.add(each.getClaim())));
    }
  }

  private Optional<ReportProgressResponse> progress(Claim claim, String request, int percent) {
    ReportProgressRequest report =
        ReportProgressRequest.newBuilder().setRequestId(request).setTaskId(claim.getTaskId()).setSwarmId(name).setFence(claim.getFence()).setPercent(percent).build();
    return call(() -> any().claims.reportProgress(report));
  }

  private void closeSession() {
    CloseSessionRequest request = CloseSessionRequest.newBuilder().setRequestId(request()).setSwarmId(name).setSessionId(session).build();
    call(() -> any().sessions.closeSession(request));
    held.clear();
    session = "";
  }

  private void submit() {
    String id = name + "-t" + ++requests;
    SubmitTaskRequest request =
        SubmitTaskRequest.newBuilder().setRequestId(request()).setSpec(Samples.spec(id).setMaxCostMicros(random.nextLong(CAP)).setMaxAttempts(1 + random.nextInt(3))).build();
    call(() -> any().tasks.submitTask(request))
        .ifPresent(
            stored -> {
              acknowledged.tasks().add(id);
              assertThat(stored.getCreated()).as("the retry of a submit is told what the first did").isTrue();
            });
  }

  private void claim() {
    ClaimNextRequest request = ClaimNextRequest.newBuilder().setRequestId(request()).setSwarmId(name).setSessionId(session).build();
    call(() -> any().claims.claimNext(request).getClaim())
        .ifPresent(
            claim -> {
              held.add(claim);
              assertThat(acknowledged.claimOfRequest().putIfAbsent(request.getRequestId(), claim.getClaimId())).isNull();
              // Whoever asks again, wherever, is told the same, unless somebody cancelled the task meanwhile.
              call(() -> any().claims.claimNext(request).getClaim())
                  .filter(again -> again.getFence() != claim.getFence())
                  .ifPresent(again -> assertThat(any().task(claim.getTaskId()).hasCancelled()).as("%s instead of %s", again, claim).isTrue());
            });
  }

  /** Raises a blocker and mostly resolves it at once; others wait for their help, or for somebody to cancel the task. */
  private void block(Claim claim, String request, int dice) {
    RaiseBlockerRequest raise =
        RaiseBlockerRequest.newBuilder()
            .setRequestId(request)
            .setTaskId(claim.getTaskId())
            .setSwarmId(name)
            .setFence(claim.getFence())
            .setType("weather")
            .addNeeds("help:any")
            .build();
    Optional<Blocker> raised = call(() -> any().claims.raiseBlocker(raise).getBlocker());
    raised.ifPresent(blocker -> acknowledged.blockers().add(blocker.getBlockerId()));
    if (raised.isPresent() && dice != 70) {
      ResolveBlockerRequest resolve =
          ResolveBlockerRequest.newBuilder()
              .setRequestId(request())
              .setTaskId(claim.getTaskId())
              .setBlockerId(raised.get().getBlockerId())
              .setSwarmId(name)
              .setFence(claim.getFence())
              .build();
      call(() -> any().claims.resolveBlocker(resolve));
    }
  }

  private void cancel() {
    acknowledged.tasks().stream().skip(random.nextInt(1 + acknowledged.tasks().size())).findFirst()
        .map(task -> CancelTaskRequest.newBuilder().setRequestId(request()).setTaskId(task).build())
        .ifPresent(request -> call(() -> any().tasks.cancelTask(request)));
  }

  private void report(int dice) {
    Claim claim = held.get(random.nextInt(held.size()));
    String request = request();
    long cost = claim.getSpec().getMaxCostMicros() == 0 ? 0 : random.nextLong(claim.getSpec().getMaxCostMicros());
    if (dice < 71) {
      block(claim, request, dice);
      return;
    }
    if (dice < 75) {
      progress(claim, request, dice);
      return;
    }
    held.remove(claim);
    if (dice < 88) {
      call(() -> any().claims.completeTask(CompleteTaskRequest.newBuilder().setRequestId(request).setTaskId(claim.getTaskId()).setSwarmId(name).setFence(claim.getFence()).setCostMicros(cost).build()));
    } else if (dice < 95) {
      call(() -> any().claims.failTask(FailTaskRequest.newBuilder().setRequestId(request).setTaskId(claim.getTaskId()).setSwarmId(name).setFence(claim.getFence()).setRetryable(dice % 3 > 0).setCostMicros(cost).build()));
    } else {
      call(() -> any().claims.releaseTask(ReleaseTaskRequest.newBuilder().setRequestId(request).setTaskId(claim.getTaskId()).setSwarmId(name).setFence(claim.getFence()).build()));
    }
  }
}
