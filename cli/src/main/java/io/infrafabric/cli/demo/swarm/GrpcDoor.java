package io.infrafabric.cli.demo.swarm;

import io.infrafabric.coordinator.v1.ClaimNextRequest;
import io.infrafabric.coordinator.v1.ClaimNextResponse;
import io.infrafabric.coordinator.v1.ClaimServiceGrpc.ClaimServiceBlockingStub;
import io.infrafabric.coordinator.v1.ClaimTaskRequest;
import io.infrafabric.coordinator.v1.ClaimTaskResponse;
import io.infrafabric.coordinator.v1.CompleteTaskRequest;
import io.infrafabric.coordinator.v1.CompleteTaskResponse;
import io.infrafabric.coordinator.v1.FailTaskRequest;
import io.infrafabric.coordinator.v1.FailTaskResponse;
import io.infrafabric.coordinator.v1.ReleaseTaskRequest;
import io.infrafabric.coordinator.v1.ReleaseTaskResponse;
import io.infrafabric.coordinator.v1.ReportProgressRequest;
import io.infrafabric.coordinator.v1.ReportProgressResponse;

/** Over gRPC. */
record GrpcDoor(ClaimServiceBlockingStub claims) implements Door {
  @Override
  public ClaimTaskResponse claim(ClaimTaskRequest request) {
    return claims.claimTask(request);
  }

  @Override
  public ClaimNextResponse next(ClaimNextRequest request) {
    return claims.claimNext(request);
  }

  @Override
  public ReportProgressResponse progress(ReportProgressRequest request) {
    return claims.reportProgress(request);
  }

  @Override
  public CompleteTaskResponse complete(CompleteTaskRequest request) {
    return claims.completeTask(request);
  }

  @Override
  public FailTaskResponse fail(FailTaskRequest request) {
    return claims.failTask(request);
  }

  @Override
  public ReleaseTaskResponse release(ReleaseTaskRequest request) {
    return claims.releaseTask(request);
  }
}
