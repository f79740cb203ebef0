package io.infrafabric.chassis.work;

import io.grpc.Channel;
import io.grpc.StatusRuntimeException;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.ClaimNextRequest;
import io.infrafabric.coordinator.v1.ClaimServiceGrpc;
import io.infrafabric.coordinator.v1.ClaimTaskRequest;
import io.infrafabric.coordinator.v1.CloseSessionRequest;
import io.infrafabric.coordinator.v1.CompleteTaskRequest;
import io.infrafabric.coordinator.v1.FailTaskRequest;
import io.infrafabric.coordinator.v1.ReleaseTaskRequest;
import io.infrafabric.coordinator.v1.KeepAliveRequest;
import io.infrafabric.coordinator.v1.OpenSessionRequest;
import io.infrafabric.coordinator.v1.OpenSessionResponse;
import io.infrafabric.coordinator.v1.ReportProgressRequest;
import io.infrafabric.coordinator.v1.SessionServiceGrpc;
import io.infrafabric.kit.grpc.Errors;
import io.infrafabric.kit.time.Times;
import io.infrafabric.names.SwarmId;
import io.infrafabric.names.TaskId;
import java.time.Duration;
import java.util.function.Supplier;

/** Calls the coordinator; the current trace context goes along. */
public final class GrpcCoordinator implements Coordinator {
  private static final Duration SESSION_TTL = Duration.ofSeconds(10);

  private final ClaimServiceGrpc.ClaimServiceBlockingStub claims;
  private final SessionServiceGrpc.SessionServiceBlockingStub sessions;
  private final String agent;

  /**
   * @param agent names this chassis on the claims
   */
  public GrpcCoordinator(Channel coordinator, String agent) {
    this.claims = ClaimServiceGrpc.newBlockingStub(coordinator);
    this.sessions = SessionServiceGrpc.newBlockingStub(coordinator);
    this.agent = agent;
  }

  @Override
  public Opened open(String requestId, SwarmId swarm) {
    OpenSessionRequest request =
        OpenSessionRequest.newBuilder()
            .setRequestId(requestId)
            .setSwarmId(swarm.value())
            .setTtl(Times.toProto(SESSION_TTL))
            .setReplace(true)
            .build();
    OpenSessionResponse opened = calling(() -> sessions.openSession(request));
    return new Opened(opened.getSessionId(), opened.hasTtl() ? Times.toDuration(opened.getTtl()) : SESSION_TTL);
  }

  @Override
  public void keepAlive(String requestId, SwarmId swarm, String sessionId) {
    KeepAliveRequest request =
        KeepAliveRequest.newBuilder().setRequestId(requestId).setSwarmId(swarm.value()).setSessionId(sessionId).build();
    calling(() -> sessions.keepAlive(request));
  }

  @Override
  public void close(String requestId, SwarmId swarm, String sessionId) {
    CloseSessionRequest request =
        CloseSessionRequest.newBuilder().setRequestId(requestId).setSwarmId(swarm.value()).setSessionId(sessionId).build();
    calling(() -> sessions.closeSession(request));
  }

  @Override
  public Claim claim(String requestId, SwarmId swarm, String sessionId, TaskId task) {
    ClaimTaskRequest request =
        ClaimTaskRequest.newBuilder()
            .setRequestId(requestId)
            .setTaskId(task.value())
            .setSwarmId(swarm.value())
            .setSessionId(sessionId)
            .setAgent(agent)
            .build();
    return calling(() -> claims.claimTask(request)).getClaim();
  }

  @Override
  public Claim claimNext(String requestId, SwarmId swarm, String sessionId) {
    ClaimNextRequest request =
        ClaimNextRequest.newBuilder()
            .setRequestId(requestId)
            .setSwarmId(swarm.value())
            .setSessionId(sessionId)
            .setAgent(agent)
            .build();
    return calling(() -> claims.claimNext(request)).getClaim();
  }

  @Override
  public void progress(String requestId, Claim claim) {
    ReportProgressRequest request =
        ReportProgressRequest.newBuilder()
            .setRequestId(requestId)
            .setTaskId(claim.getTaskId())
            .setSwarmId(claim.getSwarmId())
            .setFence(claim.getFence())
            .setNote("running in the sandbox")
            .build();
    calling(() -> claims.reportProgress(request));
  }

  @Override
  public void complete(CompleteTaskRequest request) {
    calling(() -> claims.completeTask(request));
  }

  @Override
  public void fail(FailTaskRequest request) {
    calling(() -> claims.failTask(request));
  }

  @Override
  public void release(ReleaseTaskRequest request) {
    calling(() -> claims.releaseTask(request));
  }

  private static <T> T calling(Supplier<T> call) {
    try {
      return call.get();
    } catch (StatusRuntimeException failure) {
      throw Errors.toRefusal(failure).asException();
    }
  }
}
