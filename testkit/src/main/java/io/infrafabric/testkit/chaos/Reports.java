package io.infrafabric.testkit.chaos;

import io.infrafabric.coordinator.v1.CancelTaskRequest;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.ClaimServiceGrpc;
import io.infrafabric.coordinator.v1.CompleteTaskRequest;
import io.infrafabric.coordinator.v1.FailTaskRequest;
import io.infrafabric.coordinator.v1.HeldClaim;
import io.infrafabric.coordinator.v1.ListClaimsRequest;
import io.infrafabric.coordinator.v1.ListClaimsResponse;
import io.infrafabric.coordinator.v1.ReleaseTaskRequest;
import io.infrafabric.coordinator.v1.ReportProgressRequest;
import io.infrafabric.coordinator.v1.TaskServiceGrpc;
import io.infrafabric.coordinator.v1.TaskState;
import io.infrafabric.testkit.chaos.Caller.About;
import io.infrafabric.testkit.chaos.Caller.Result;
import io.infrafabric.testkit.history.Call;
import io.infrafabric.testkit.history.Call.Answer;
import java.util.List;

/** What a swarm reports about its claims, and what it asks about the tasks of others. */
final class Reports {
  private final String swarm;
  private final Caller caller;

  Reports(String swarm, Caller caller) {
    this.swarm = swarm;
    this.caller = caller;
  }

  private static About about(Call.Kind kind, Claim claim, String request) {
    return new About(kind, claim.getSwarmId(), claim.getTaskId(), request, claim.getFence());
  }

  void progress(Claim claim, int percent) {
    ReportProgressRequest sent =
        ReportProgressRequest.newBuilder().setRequestId(Caller.request()).setTaskId(claim.getTaskId()).setSwarmId(swarm).setFence(claim.getFence()).setPercent(percent).build();
    caller.call(about(Call.Kind.PROGRESS, claim, sent.getRequestId()), door -> ClaimServiceGrpc.newBlockingStub(door).reportProgress(sent), done -> new Answer.Done());
  }

  Result<?> complete(Claim claim, long cost) {
    CompleteTaskRequest sent =
        CompleteTaskRequest.newBuilder().setRequestId(Caller.request()).setTaskId(claim.getTaskId()).setSwarmId(swarm).setFence(claim.getFence()).setCostMicros(cost).build();
    return caller.call(about(Call.Kind.COMPLETE, claim, sent.getRequestId()), door -> ClaimServiceGrpc.newBlockingStub(door).completeTask(sent), done -> new Answer.Done());
  }

  Result<?> fail(Claim claim, long cost, boolean retryable) {
    FailTaskRequest sent =
        FailTaskRequest.newBuilder().setRequestId(Caller.request()).setTaskId(claim.getTaskId()).setSwarmId(swarm).setFence(claim.getFence()).setRetryable(retryable).setCostMicros(cost).build();
    return caller.call(about(Call.Kind.FAIL, claim, sent.getRequestId()), door -> ClaimServiceGrpc.newBlockingStub(door).failTask(sent), done -> new Answer.Done());
  }

  Result<?> release(Claim claim) {
    ReleaseTaskRequest sent =
        ReleaseTaskRequest.newBuilder().setRequestId(Caller.request()).setTaskId(claim.getTaskId()).setSwarmId(swarm).setFence(claim.getFence()).build();
    return caller.call(about(Call.Kind.RELEASE, claim, sent.getRequestId()), door -> ClaimServiceGrpc.newBlockingStub(door).releaseTask(sent), done -> new Answer.Done());
  }

  /** The claims that the fabric says it has to work on. */
  List<Claim> held() {
    ListClaimsRequest request = ListClaimsRequest.newBuilder().setSwarmId(swarm).build();
    return caller.insist(door -> ClaimServiceGrpc.newBlockingStub(door).listClaims(request)).map(ListClaimsResponse::getClaimsList).orElse(List.of()).stream()
        .filter(claim -> claim.getState() == TaskState.TASK_STATE_CLAIMED)
        .map(HeldClaim::getClaim)
        .toList();
  }

  void cancel(String task) {
    CancelTaskRequest sent = CancelTaskRequest.newBuilder().setRequestId(Caller.request()).setTaskId(task).setReason("chaos").build();
    caller.call(new About(Call.Kind.CANCEL, "", task, sent.getRequestId(), 0), door -> TaskServiceGrpc.newBlockingStub(door).cancelTask(sent), done -> new Answer.Done());
  }
}
