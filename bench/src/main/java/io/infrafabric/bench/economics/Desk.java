package io.infrafabric.bench.economics;

import com.google.protobuf.Duration;
import io.grpc.StatusRuntimeException;
import io.infrafabric.bench.Patience;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.ClaimServiceGrpc;
import io.infrafabric.coordinator.v1.OpenSessionRequest;
import io.infrafabric.coordinator.v1.PlanServiceGrpc;
import io.infrafabric.coordinator.v1.SessionServiceGrpc;
import io.infrafabric.coordinator.v1.TaskServiceGrpc;
import io.infrafabric.error.Refusal;
import io.infrafabric.governor.v1.AccountServiceGrpc;
import io.infrafabric.governor.v1.PolicyServiceGrpc;
import io.infrafabric.governor.v1.RegistryServiceGrpc;
import io.infrafabric.kit.grpc.Errors;
import io.infrafabric.kit.grpc.GrpcClient;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/** The services as a sprint calls them: every call is sent again where its refusal says that this helps. */
final class Desk implements AutoCloseable {
  private static final Duration SESSION = Duration.newBuilder().setSeconds(300).build();

  private final GrpcClient coordinator;
  private final GrpcClient governor;
  private final String run;
  private final AtomicLong numbers = new AtomicLong();

  /**
   * @param run begins every request id
   */
  Desk(String coordinatorAddress, String governorAddress, String run) {
    this.coordinator = GrpcClient.channel(coordinatorAddress);
    this.governor = GrpcClient.channel(governorAddress);
    this.run = run;
  }

  /** A request id that nobody had. */
  String request() {
    return run + "-" + numbers.incrementAndGet();
  }

  /** Calls until it is answered or refused for good. */
  <T> T call(Supplier<T> call) {
    return new Patience().call(call);
  }

  /** Calls; empty when it is refused. */
  <T> Optional<T> ask(Supplier<T> call) {
    try {
      return Optional.of(call.get());
    } catch (StatusRuntimeException refused) {
      return Optional.empty();
    }
  }

  /** With which code and figures a failure refused a call. */
  static Refusal refusal(StatusRuntimeException failure) {
    return Errors.refusalOf(failure).orElseGet(() -> Refusal.of(ErrorCode.ERROR_CODE_INTERNAL, String.valueOf(failure.getMessage())));
  }

  /** Opens the session of a member; its id. */
  String open(Member member, boolean pulls) {
    OpenSessionRequest request =
        OpenSessionRequest.newBuilder().setRequestId(request()).setSwarmId(member.id()).setTtl(SESSION).setPulls(pulls).setReplace(true).build();
    return call(() -> SessionServiceGrpc.newBlockingStub(coordinator.channel()).openSession(request)).getSessionId();
  }

  ClaimServiceGrpc.ClaimServiceBlockingStub claims() {
    return ClaimServiceGrpc.newBlockingStub(coordinator.channel());
  }

  ClaimServiceGrpc.ClaimServiceStub streams() {
    return ClaimServiceGrpc.newStub(coordinator.channel());
  }

  SessionServiceGrpc.SessionServiceBlockingStub sessions() {
    return SessionServiceGrpc.newBlockingStub(coordinator.channel());
  }

  TaskServiceGrpc.TaskServiceBlockingStub tasks() {
    return TaskServiceGrpc.newBlockingStub(coordinator.channel());
  }

  PlanServiceGrpc.PlanServiceBlockingStub plans() {
    return PlanServiceGrpc.newBlockingStub(coordinator.channel());
  }

  RegistryServiceGrpc.RegistryServiceBlockingStub registry() {
    return RegistryServiceGrpc.newBlockingStub(governor.channel());
  }

  AccountServiceGrpc.AccountServiceBlockingStub accounts() {
    return AccountServiceGrpc.newBlockingStub(governor.channel());
  }

  PolicyServiceGrpc.PolicyServiceBlockingStub policies() {
    return PolicyServiceGrpc.newBlockingStub(governor.channel());
  }

  @Override
  public void close() {
    coordinator.close();
    governor.close();
  }
}
