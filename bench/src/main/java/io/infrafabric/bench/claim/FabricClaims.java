package io.infrafabric.bench.claim;

import com.google.protobuf.ByteString;
import io.infrafabric.bench.Calm;
import io.infrafabric.bench.CpuMeter;
import io.infrafabric.bench.load.Crowd;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.ClaimServiceGrpc;
import io.infrafabric.coordinator.v1.ClaimTaskRequest;
import io.infrafabric.coordinator.v1.CompleteTaskRequest;
import io.infrafabric.coordinator.v1.KeepAliveRequest;
import io.infrafabric.coordinator.v1.SessionServiceGrpc;
import io.infrafabric.coordinator.v1.SubmitTasksRequest;
import io.infrafabric.coordinator.v1.TaskServiceGrpc;
import io.infrafabric.coordinator.v1.TaskSpec;
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

  /** Callers that complete between the rounds, unmeasured. */
  private static final int COMPLETERS = 128;

  private static final int SUBMIT = 500;
  private static final long CAP_MICROS = 1_000;

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
    int swarmsOfOne = (each + Hiring.MAX_CONCURRENT - 1) / Hiring.MAX_CONCURRENT;
    register(size * swarmsOfOne);
    submit(number, size * each);
    List<Claim> claims = Collections.synchronizedList(new ArrayList<>());
    if (cpu != null) {
      Calm.await(cpu); // the facts of the submits are no part of the claims
    }
    CpuMeter.Reading before = cpu == null ? null : cpu.read();
    Crowd.Round measured =
        Crowd.run(
            size,
            each,
            (who, which) -> {
              int swarm = who * swarmsOfOne + which / Hiring.MAX_CONCURRENT;
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
        COMPLETERS,
        (claims.size() + COMPLETERS - 1) / COMPLETERS,
        (who, which) -> {
          int index = which * COMPLETERS + who;
          if (index < claims.size()) {
            Claim claim = claims.get(index);
            stubs
                .get(who % CHANNELS)
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
    Hiring hiring = new Hiring(coordinators.getFirst().channel(), governor.channel(), this::request);
    sessions.addAll(Collections.nCopies(swarms - from, ""));
    Crowd.run(
        CHANNELS,
        (swarms - from + CHANNELS - 1) / CHANNELS,
        (who, which) -> {
          int swarm = from + which * CHANNELS + who;
          if (swarm < swarms) {
            sessions.set(swarm, hiring.hireToPull(swarm(swarm), "bench:claim"));
          }
        });
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
