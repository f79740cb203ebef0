package io.infrafabric.bench.load;

import io.infrafabric.bench.Patience;
import io.infrafabric.bench.claim.Hiring;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.ClaimNextRequest;
import io.infrafabric.coordinator.v1.ClaimServiceGrpc;
import io.infrafabric.coordinator.v1.ClaimServiceGrpc.ClaimServiceBlockingStub;
import io.infrafabric.coordinator.v1.ClaimTaskRequest;
import io.infrafabric.coordinator.v1.CompleteTaskRequest;
import io.infrafabric.coordinator.v1.KeepAliveRequest;
import io.infrafabric.coordinator.v1.SessionServiceGrpc;
import io.infrafabric.kit.grpc.GrpcClient;
import io.infrafabric.kit.lifecycle.Threads;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Swarms that take one task of a {@link Backlog} at a time. Each always holds one, so that nobody is rung while nothing is
 * measured: it completes the one and claims the next.
 */
public final class Claimers implements AutoCloseable {
  private static final int CHANNELS = 16;
  private static final long RENEW_SECONDS = 60;

  private final List<GrpcClient> coordinators = new ArrayList<>();
  private final List<Claimer> all = new ArrayList<>();
  private final ScheduledExecutorService renewing = Threads.timer("renew");
  private final String run = UUID.randomUUID().toString().substring(0, 8);
  private final AtomicLong requests = new AtomicLong();
  private final AtomicInteger taken = new AtomicInteger();
  private final Patience patience = new Patience();

  private static final class Claimer {
    final ClaimServiceBlockingStub stub;
    final String swarm;
    final String session;
    Claim held;

    Claimer(ClaimServiceBlockingStub stub, String swarm, String session) {
      this.stub = stub;
      this.swarm = swarm;
      this.session = session;
    }
  }

  /** Hires so many, and gives each a first task. */
  public Claimers(String coordinator, String governor, int count) throws Exception {
    for (int i = 0; i < CHANNELS; i++) {
      coordinators.add(GrpcClient.channel(coordinator));
    }
    try (GrpcClient toGovernor = GrpcClient.channel(governor)) {
      Hiring hiring = new Hiring(coordinators.getFirst().channel(), toGovernor.channel(), this::request);
      for (int i = 0; i < count; i++) {
        String swarm = "claimer-" + i;
        hiring.register(swarm, Backlog.CAPABILITY, 1);
        var stub = ClaimServiceGrpc.newBlockingStub(coordinators.get(i % CHANNELS).channel());
        all.add(new Claimer(stub, swarm, hiring.open(swarm, Hiring.SESSION)));
      }
    }
    for (Claimer claimer : all) {
      claimer.held = next(claimer);
    }
    renewing.scheduleAtFixedRate(this::renew, RENEW_SECONDS, RENEW_SECONDS, TimeUnit.SECONDS);
  }

  /** How many there are. */
  public int count() {
    return all.size();
  }

  /** Tasks that were claimed so far. */
  public int taken() {
    return taken.get();
  }

  /** Completes what one of them holds, and claims the next; answers how many nanoseconds the claim took. */
  public long takeNext(int who) {
    Claimer claimer = all.get(who);
    complete(claimer);
    long begin = System.nanoTime();
    claimer.held = next(claimer);
    return System.nanoTime() - begin;
  }

  /** The same with a task that is named. */
  public long take(int who, String task) {
    Claimer claimer = all.get(who);
    complete(claimer);
    ClaimTaskRequest request =
        ClaimTaskRequest.newBuilder().setRequestId(request()).setTaskId(task).setSwarmId(claimer.swarm).setSessionId(claimer.session).build();
    long begin = System.nanoTime();
    claimer.held = patience.call(() -> claimer.stub.claimTask(request).getClaim());
    taken.incrementAndGet();
    return System.nanoTime() - begin;
  }

  private Claim next(Claimer claimer) {
    ClaimNextRequest request =
        ClaimNextRequest.newBuilder().setRequestId(request()).setSwarmId(claimer.swarm).setSessionId(claimer.session).build();
    Claim claim = patience.call(() -> claimer.stub.claimNext(request).getClaim());
    taken.incrementAndGet();
    return claim;
  }

  private void complete(Claimer claimer) {
    CompleteTaskRequest request =
        CompleteTaskRequest.newBuilder()
            .setRequestId(request())
            .setTaskId(claimer.held.getTaskId())
            .setSwarmId(claimer.swarm)
            .setFence(claimer.held.getFence())
            .setCostMicros(1)
            .build();
    patience.call(() -> claimer.stub.completeTask(request));
  }

  /** Calls that were refused for the moment, and sent again. */
  public int sentAgain() {
    return patience.sentAgain();
  }

  /** A coordinator that is being started again answers the next time. */
  private void renew() {
    var sessions = SessionServiceGrpc.newStub(coordinators.getFirst().channel());
    for (Claimer claimer : all) {
      sessions.keepAlive(
          KeepAliveRequest.newBuilder().setSwarmId(claimer.swarm).setSessionId(claimer.session).build(), new Ignored<>());
    }
  }

  private String request() {
    return "claimer-" + run + "-" + requests.incrementAndGet();
  }

  @Override
  public void close() {
    renewing.shutdownNow();
    coordinators.forEach(GrpcClient::close);
  }
}
