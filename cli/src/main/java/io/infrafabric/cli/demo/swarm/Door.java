package io.infrafabric.cli.demo.swarm;

import io.infrafabric.coordinator.v1.ClaimNextRequest;
import io.infrafabric.coordinator.v1.ClaimNextResponse;
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

/** The way an agent talks to the coordinator. A refusal is thrown in a form that {@code kit.grpc.Errors} reads. */
interface Door {
  ClaimTaskResponse claim(ClaimTaskRequest request);

  ClaimNextResponse next(ClaimNextRequest request);

  ReportProgressResponse progress(ReportProgressRequest request);

  CompleteTaskResponse complete(CompleteTaskRequest request);

  FailTaskResponse fail(FailTaskRequest request);

  ReleaseTaskResponse release(ReleaseTaskRequest request);
}
