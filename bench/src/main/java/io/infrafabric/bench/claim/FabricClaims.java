package io.infrafabric.bench.claim;

import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import io.infrafabric.bench.CpuMeter;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.ClaimServiceGrpc;
import io.infrafabric.coordinator.v1.ClaimTaskRequest;
import io.infrafabric.coordinator.v1.CompleteTaskRequest;
import io.infrafabric.coordinator.v1.KeepAliveRequest;
import io.infrafabric.coordinator.v1.OpenSessionRequest;
import io.infrafabric.coordinator.v1.SessionServiceGrpc;
import io.infrafabric.coordinator.v1.SubmitTasksRequest;
import io.infrafabric.coordinator.v1.TaskServiceGrpc;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.governor.v1.AccountServiceGrpc;
import io.infrafabric.governor.v1.GrantRequest;
import io.infrafabric.governor.v1.Manifest;
import io.infrafabric.governor.v1.RegisterSwarmRequest;
import io.infrafabric.governor.v1.RegistryServiceGrpc;
import io.infrafabric.kit.grpc.GrpcClient;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The measured side: swarms that claim tasks of their own over gRPC, each with an account and a session. They complete
 * everything between the rounds, unmeasured, so that no swarm holds more than a real one.
 */
final class FabricClaims implements AutoCloseable {
  private static final int CHANNELS = 16;
  private static final int SUBMIT = 500;
  private static final long CAP_MICROS = 1_000;

  /** Claims of one swarm in one round: as many as a real one holds, so that its commitments have a real size. */
  private static final int CLAIMS_OF_ONE = 5;

  private final GrpcClient governor;
  private final List<GrpcClient> coordinators = new ArrayList<>();
  private final List<ClaimServiceGrpc.ClaimServiceBlockingStub> stubs = new ArrayList<>();
  private final List<String> sessions = new ArrayList<>();
  private final AtomicLong requests = new AtomicLong();
  private int round;

  FabricClaims(String coordinator, String governor) {
    this.governor = GrpcClient.channel(governor);
    for (int i = 0; i < CHANNELS; i++) {
      coordinators.add(GrpcClient.channel(coordinator));
      stubs.add(ClaimServiceGrpc.newBlockingStub(coordinators.get(i).channel()));
    }
  }

  Crowd.Round round(int size, int each) throws Exception {
    return round(size, each, null);
  }

  /** Submits tasks, and measures how they are claimed: {@code each} by each of {@code size} at once. */
  Crowd.Round round(int size, int each, CpuMeter cpu) throws Exception {
    int number = round++;
    int swarmsOfOne = (each + CLAIMS_OF_ONE - 1) / CLAIMS_OF_ONE;
    register(size * swarmsOfOne);
    submit(number, size * each);
    List<Claim> claims = Collections.synchronizedList(new ArrayList<>());
    CpuMeter.Reading before = cpu == null ? null : cpu.read();
    Crowd.Round measured =
        Crowd.run(
            size,
            each,
            (who, which) -> {
              int swarm = who * swarmsOfOne + which / CLAIMS_OF_ONE;
              ClaimTaskRequest request =
                  ClaimTaskRequest.newBuilder()
                      .setRequestId(request())
                      .setTaskId(task(number, who * each + which))
                      .setSwarmId(swarm(swarm))
                      .setSessionId(sessions.get(swarm))
                      .build();
              claims.add(stubs.get(who % CHANNELS).claimTask(request).getClaim());
            });
    if (cpu != null) {
      cpu.add(before, (long) size * each);
    }
    complete(claims);
    return measured;
  }

  private void complete(List<Claim> claims) throws Exception {
    Crowd.run(
        CHANNELS,
        (claims.size() + CHANNELS - 1) / CHANNELS,
        (who, which) -> {
          int index = which * CHANNELS + who;
          if (index < claims.size()) {
            Claim claim = claims.get(index);
            stubs
                .get(who)
                .completeTask(
                    CompleteTaskRequest.newBuilder()
                        .setRequestId(request())
                        .setTaskId(claim.getTaskId())
                        .setSwarmId(claim.getSwarmId())
                        .setFence(claim.getFence())
                        .setCostMicros(1)
                        .build());
          }
        });
  }

  private void register(int swarms) throws Exception {
    int from = sessions.size();
    SessionServiceGrpc.SessionServiceBlockingStub stub = SessionServiceGrpc.newBlockingStub(coordinators.getFirst().channel());
    for (int swarm = 0; swarm < from; swarm++) {
      stub.keepAlive(KeepAliveRequest.newBuilder().setSwarmId(swarm(swarm)).setSessionId(sessions.get(swarm)).build());
    }
    if (swarms <= from) {
      return;
    }
    sessions.addAll(Collections.nCopies(swarms - from, ""));
    Crowd.run(
        CHANNELS,
        (swarms - from + CHANNELS - 1) / CHANNELS,
        (who, which) -> {
          int swarm = from + which * CHANNELS + who;
          if (swarm < swarms) {
            sessions.set(swarm, register(swarm(swarm)));
          }
        });
  }

  private String register(String swarm) {
    RegistryServiceGrpc.newBlockingStub(governor.channel())
        .registerSwarm(
            RegisterSwarmRequest.newBuilder()
                .setRequestId(request())
                .setManifest(
                    Manifest.newBuilder()
                        .setSwarmId(swarm)
                        .addCapabilities("bench:claim")
                        .setModel("haiku")
                        .setCostPerHourMicros(2_000_000)
                        .setMaxConcurrent(CLAIMS_OF_ONE))
                .build());
    AccountServiceGrpc.newBlockingStub(governor.channel())
        .grant(GrantRequest.newBuilder().setRequestId(request()).setAccountId(swarm).setAmountMicros(10_000_000).build());
    return SessionServiceGrpc.newBlockingStub(coordinators.getFirst().channel())
        .openSession(
            OpenSessionRequest.newBuilder()
                .setRequestId(request())
                .setSwarmId(swarm)
                .setTtl(Duration.newBuilder().setSeconds(300))
                .build())
        .getSessionId();
  }

  private void submit(int number, int tasks) {
    TaskServiceGrpc.TaskServiceBlockingStub stub = TaskServiceGrpc.newBlockingStub(coordinators.getFirst().channel());
    ByteString payload = ByteString.copyFrom(new byte[256]);
    for (int from = 0; from < tasks; from += SUBMIT) {
      SubmitTasksRequest.Builder chunk = SubmitTasksRequest.newBuilder().setRequestId(request());
      for (int i = from; i < Math.min(tasks, from + SUBMIT); i++) {
        chunk.addSpecs(
            TaskSpec.newBuilder()
                .setTaskId(task(number, i))
                .addRequiredCapabilities("bench:claim")
                .setPayload(payload)
                .setMaxCostMicros(CAP_MICROS));
      }
      stub.submitTasks(chunk.build());
    }
  }

  private String request() {
    return "bench-" + requests.incrementAndGet();
  }

  private static String swarm(int number) {
    return "bench-" + number;
  }

  private static String task(int number, int index) {
    return "bench-" + number + "-" + index;
  }

  @Override
  public void close() {
    coordinators.forEach(GrpcClient::close);
    governor.close();
  }
}
