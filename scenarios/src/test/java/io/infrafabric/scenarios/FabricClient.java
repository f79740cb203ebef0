package io.infrafabric.scenarios;

import com.google.protobuf.ByteString;
import io.grpc.Channel;
import io.infrafabric.chassis.v1.ContractServiceGrpc;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.ClaimServiceGrpc;
import io.infrafabric.coordinator.v1.ClaimTaskRequest;
import io.infrafabric.coordinator.v1.CompleteTaskRequest;
import io.infrafabric.coordinator.v1.CompleteTaskResponse;
import io.infrafabric.coordinator.v1.FailTaskRequest;
import io.infrafabric.coordinator.v1.FailTaskResponse;
import io.infrafabric.coordinator.v1.GetTaskRequest;
import io.infrafabric.coordinator.v1.OpenSessionRequest;
import io.infrafabric.coordinator.v1.SessionServiceGrpc;
import io.infrafabric.coordinator.v1.SubmitTaskRequest;
import io.infrafabric.coordinator.v1.SubmitTaskResponse;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskServiceGrpc;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.governor.v1.AccountServiceGrpc;
import io.infrafabric.governor.v1.BreakerServiceGrpc;
import io.infrafabric.governor.v1.GetAccountRequest;
import io.infrafabric.governor.v1.GetAccountResponse;
import io.infrafabric.governor.v1.GrantRequest;
import io.infrafabric.governor.v1.Manifest;
import io.infrafabric.governor.v1.MatchServiceGrpc;
import io.infrafabric.governor.v1.RegisterSwarmRequest;
import io.infrafabric.governor.v1.RegistryServiceGrpc;
import io.infrafabric.kit.grpc.GrpcClient;
import io.infrafabric.kit.time.Times;
import io.infrafabric.names.Ids;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** The fabric as a client sees it: its gRPC doors, with a new request id for each call. */
final class FabricClient implements AutoCloseable {
  private final GrpcClient coordinatorChannel;
  private final GrpcClient governorChannel;
  private final Optional<GrpcClient> chassisChannel;

  FabricClient(String coordinator, String governor, Optional<String> chassis) {
    this.coordinatorChannel = GrpcClient.channel(coordinator);
    this.governorChannel = GrpcClient.channel(governor);
    this.chassisChannel = chassis.map(GrpcClient::channel);
  }

  static String request() {
    return Ids.ulid(System.currentTimeMillis());
  }

  Channel coordinator() {
    return coordinatorChannel.channel();
  }

  TaskServiceGrpc.TaskServiceBlockingStub tasks() {
    return TaskServiceGrpc.newBlockingStub(coordinator());
  }

  ClaimServiceGrpc.ClaimServiceBlockingStub claims() {
    return ClaimServiceGrpc.newBlockingStub(coordinator());
  }

  SessionServiceGrpc.SessionServiceBlockingStub sessions() {
    return SessionServiceGrpc.newBlockingStub(coordinator());
  }

  RegistryServiceGrpc.RegistryServiceBlockingStub registry() {
    return RegistryServiceGrpc.newBlockingStub(governorChannel.channel());
  }

  AccountServiceGrpc.AccountServiceBlockingStub accounts() {
    return AccountServiceGrpc.newBlockingStub(governorChannel.channel());
  }

  BreakerServiceGrpc.BreakerServiceBlockingStub breakers() {
    return BreakerServiceGrpc.newBlockingStub(governorChannel.channel());
  }

  MatchServiceGrpc.MatchServiceBlockingStub match() {
    return MatchServiceGrpc.newBlockingStub(governorChannel.channel());
  }

  /** With time enough to translate a module on a busy machine. */
  ContractServiceGrpc.ContractServiceBlockingStub contracts() {
    return ContractServiceGrpc.newBlockingStub(chassisChannel.orElseThrow().channel()).withDeadlineAfter(1, TimeUnit.MINUTES);
  }

  /** Registers a swarm that may do these things, with money. */
  void register(String swarm, long grantMicros, int maxConcurrent, String... capabilities) {
    registry()
        .registerSwarm(
            RegisterSwarmRequest.newBuilder()
                .setRequestId(request())
                .setManifest(
                    Manifest.newBuilder()
                        .setSwarmId(swarm)
                        .addAllCapabilities(List.of(capabilities))
                        .setModel("haiku")
                        .setCostPerHourMicros(2_000_000)
                        .setMaxConcurrent(maxConcurrent))
                .build());
    if (grantMicros > 0) {
      accounts().grant(GrantRequest.newBuilder().setRequestId(request()).setAccountId(swarm).setAmountMicros(grantMicros).build());
    }
  }

  /** Opens a session and answers its id. */
  String open(String swarm, Duration ttl) {
    return sessions()
        .openSession(OpenSessionRequest.newBuilder().setRequestId(request()).setSwarmId(swarm).setTtl(Times.toProto(ttl)).setReplace(true).build())
        .getSessionId();
  }

  SubmitTaskResponse submit(TaskSpec spec) {
    return tasks().submitTask(SubmitTaskRequest.newBuilder().setRequestId(request()).setSpec(spec).build());
  }

  Claim claim(String task, String swarm, String session) {
    return claims()
        .claimTask(ClaimTaskRequest.newBuilder().setRequestId(request()).setTaskId(task).setSwarmId(swarm).setSessionId(session).build())
        .getClaim();
  }

  CompleteTaskResponse complete(Claim claim, String result, long costMicros) {
    return claims()
        .completeTask(
            CompleteTaskRequest.newBuilder()
                .setRequestId(request())
                .setTaskId(claim.getTaskId())
                .setSwarmId(claim.getSwarmId())
                .setFence(claim.getFence())
                .setResult(ByteString.copyFromUtf8(result))
                .setCostMicros(costMicros)
                .build());
  }

  FailTaskResponse fail(Claim claim, String reason, boolean retryable) {
    return claims()
        .failTask(
            FailTaskRequest.newBuilder()
                .setRequestId(request())
                .setTaskId(claim.getTaskId())
                .setSwarmId(claim.getSwarmId())
                .setFence(claim.getFence())
                .setReason(reason)
                .setRetryable(retryable)
                .build());
  }

  Task task(String id) {
    return tasks().getTask(GetTaskRequest.newBuilder().setTaskId(id).build()).getTask();
  }

  GetAccountResponse account(String swarm) {
    return accounts().getAccount(GetAccountRequest.newBuilder().setAccountId(swarm).build());
  }

  @Override
  public void close() {
    coordinatorChannel.close();
    governorChannel.close();
    chassisChannel.ifPresent(GrpcClient::close);
  }
}
