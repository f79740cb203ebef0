package io.infrafabric.cli.agent;

import com.google.protobuf.ByteString;
import io.infrafabric.cli.fabric.FabricClients;
import io.infrafabric.cli.fabric.Requests;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.CompleteTaskRequest;
import io.infrafabric.coordinator.v1.FailTaskRequest;
import io.infrafabric.coordinator.v1.ObjectClaim;
import io.infrafabric.coordinator.v1.ReleaseTaskRequest;
import io.infrafabric.coordinator.v1.ReportProgressRequest;
import io.infrafabric.names.Limits;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** What is said about one claim. Each throws what the fabric refuses. */
final class ClaimReports {
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  private final FabricClients clients;
  private final Claim claim;

  ClaimReports(FabricClients clients, Claim claim) {
    this.clients = clients;
    this.claim = claim;
  }

  /** That it makes progress; said once, and again with the next. */
  void progress(long written, Optional<ByteString> noted) {
    ReportProgressRequest.Builder request =
        ReportProgressRequest.newBuilder()
            .setRequestId(Requests.newId())
            .setTaskId(claim.getTaskId())
            .setSwarmId(claim.getSwarmId())
            .setFence(claim.getFence())
            .setNote(written + " bytes written");
    noted.ifPresent(request::setCheckpoint);
    clients.claims().reportProgress(request.build());
  }

  /** That it is done, with a file as the result. */
  String complete(Path result, long cost) {
    CompleteTaskRequest.Builder request =
        CompleteTaskRequest.newBuilder()
            .setRequestId(Requests.newId())
            .setTaskId(claim.getTaskId())
            .setSwarmId(claim.getSwarmId())
            .setFence(claim.getFence())
            .setCostMicros(cost);
    try {
      if (Files.size(result) <= Limits.PAYLOAD_BYTES) {
        request.setResult(ByteString.copyFrom(Files.readAllBytes(result)));
      } else {
        ObjectClaim owner = ObjectClaim.newBuilder().setTaskId(claim.getTaskId()).setSwarmId(claim.getSwarmId()).setFence(claim.getFence()).build();
        request.setResultObject(Requests.retrying(PATIENCE, () -> clients.objects().putResult(result, owner)));
      }
    } catch (IOException failure) {
      throw new UncheckedIOException("the result cannot be read", failure);
    }
    CompleteTaskRequest whole = request.build();
    Requests.retrying(PATIENCE, () -> clients.claims().completeTask(whole));
    return "completed";
  }

  String fail(String reason, boolean retryable, long cost) {
    FailTaskRequest request =
        FailTaskRequest.newBuilder()
            .setRequestId(Requests.newId())
            .setTaskId(claim.getTaskId())
            .setSwarmId(claim.getSwarmId())
            .setFence(claim.getFence())
            .setReason(reason)
            .setRetryable(retryable)
            .setCostMicros(cost)
            .build();
    Requests.retrying(PATIENCE, () -> clients.claims().failTask(request));
    return "failed: " + reason;
  }

  String release(String reason, long cost) {
    ReleaseTaskRequest request =
        ReleaseTaskRequest.newBuilder()
            .setRequestId(Requests.newId())
            .setTaskId(claim.getTaskId())
            .setSwarmId(claim.getSwarmId())
            .setFence(claim.getFence())
            .setReason(reason)
            .setCostMicros(cost)
            .build();
    Requests.retrying(PATIENCE, () -> clients.claims().releaseTask(request));
    return "released: " + reason;
  }
}
