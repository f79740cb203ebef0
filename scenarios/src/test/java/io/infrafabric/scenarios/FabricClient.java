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
import io.infrafabric.coordinator.v1.GetStatusRequest;
import io.infrafabric.coordinator.v1.GetStatusResponse;
import io.infrafabric.coordinator.v1.GetTaskRequest;
import io.infrafabric.coordinator.v1.OpenSessionRequest;
import io.infrafabric.coordinator.v1.SessionServiceGrpc;
import io.infrafabric.coordinator.v1.StatusServiceGrpc;
import io.infrafabric.coordinator.v1.SubmitTaskRequest;
import io.infrafabric.coordinator.v1.SubmitTaskResponse;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskServiceGrpc;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.governor.v1.AccountServiceGrpc;
import io.infrafabric.governor.v1.BreakerServiceGrpc;
import io.infrafabric.governor.v1.EscalationServiceGrpc;
import io.infrafabric.governor.v1.GetAccountRequest;
import io.infrafabric.governor.v1.GetAccountResponse;
import io.infrafabric.governor.v1.GrantRequest;
import io.infrafabric.governor.v1.Manifest;
import io.infrafabric.governor.v1.MatchServiceGrpc;
import io.infrafabric.governor.v1.PolicyServiceGrpc;
import io.infrafabric.governor.v1.RegisterSwarmRequest;
import io.infrafabric.governor.v1.RegistryServiceGrpc;
import io.infrafabric.governor.v1.WitnessServiceGrpc;
import io.infrafabric.kit.grpc.CallerIdentity;
import io.infrafabric.kit.grpc.GrpcClient;
import io.infrafabric.kit.time.Times;
import io.infrafabric.names.Ids;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The fabric as a client sees it, with a new request id for each call: its gRPC doors, or what stands on NATS for them. */
final class FabricClient implements AutoCloseable {
  /** Longer than a first call takes on a busy machine, on which everything has just been started. */
  private static final Duration DEADLINE = Duration.ofSeconds(30);

  private final Channel coordinator;
  private final Channel governor;
  private final Optional<Channel> chassis;
  private final List<GrpcClient> connections;

  private FabricClient(Channel coordinator, Channel governor, Optional<Channel> chassis, List<GrpcClient> connections) {
    this.coordinator = coordinator;
    this.governor = governor;
    this.chassis = chassis;
    this.connections = connections;
  }

  /** A client over gRPC. */
  static FabricClient of(String coordinator, String governor, Optional<String> chassis) {
    return of(coordinator, governor, chassis, CallerIdentity.nobody());
  }

  /** A client over gRPC that calls as somebody. */
  static FabricClient of(String coordinator, String governor, Optional<String> chassis, CallerIdentity caller) {
    GrpcClient toCoordinator = GrpcClient.channel(coordinator, DEADLINE, caller);
    GrpcClient toGovernor = GrpcClient.channel(governor, DEADLINE, caller);
    Optional<GrpcClient> toChassis = chassis.map(target -> GrpcClient.channel(target, DEADLINE, caller));
    List<GrpcClient> all = Stream.concat(Stream.of(toCoordinator, toGovernor), toChassis.stream()).toList();
    return new FabricClient(toCoordinator.channel(), toGovernor.channel(), toChassis.map(GrpcClient::channel), all);
  }

  /** A client over NATS request/reply alone; the connection stays its owner's. */
  static FabricClient over(NatsChannel nats) {
    return new FabricClient(nats, nats, Optional.empty(), List.of());
  }

  static String request() {
    return Ids.ulid(System.currentTimeMillis());
  }

  Channel coordinator() {
    return coordinator;
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

  GetStatusResponse status() {
    return StatusServiceGrpc.newBlockingStub(coordinator()).getStatus(GetStatusRequest.getDefaultInstance());
  }

  RegistryServiceGrpc.RegistryServiceBlockingStub registry() {
    return RegistryServiceGrpc.newBlockingStub(governor);
  }

  AccountServiceGrpc.AccountServiceBlockingStub accounts() {
    return AccountServiceGrpc.newBlockingStub(governor);
  }

  BreakerServiceGrpc.BreakerServiceBlockingStub breakers() {
    return BreakerServiceGrpc.newBlockingStub(governor);
  }

  PolicyServiceGrpc.PolicyServiceBlockingStub policies() {
    return PolicyServiceGrpc.newBlockingStub(governor);
  }

  EscalationServiceGrpc.EscalationServiceBlockingStub escalations() {
    return EscalationServiceGrpc.newBlockingStub(governor);
  }

  WitnessServiceGrpc.WitnessServiceBlockingStub witness() {
    return WitnessServiceGrpc.newBlockingStub(governor);
  }

  MatchServiceGrpc.MatchServiceBlockingStub match() {
    return MatchServiceGrpc.newBlockingStub(governor);
  }

  /** With time enough to translate a module on a busy machine. */
  ContractServiceGrpc.ContractServiceBlockingStub contracts() {
    return ContractServiceGrpc.newBlockingStub(chassis.orElseThrow()).withDeadlineAfter(1, TimeUnit.MINUTES);
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
    return accounts().getAccount(GetAccountRequest.newBuilder().setAccountId(swarm).setSwarmId(swarm).build());
  }

  @Override
  public void close() {
    connections.forEach(GrpcClient::close);
  }
}
