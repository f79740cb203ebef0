package io.infrafabric.scenarios;

import io.grpc.StatusRuntimeException;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.ClaimNextRequest;
import io.infrafabric.coordinator.v1.ReportProgressRequest;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.error.Refusal;
import io.infrafabric.kit.grpc.Errors;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** More calls at once than a coordinator serves, from clients that never wait: submits most of all, claims, and the reports of those that work. */
final class Flood {
  private static final int SUBMITTERS = 120;
  private static final int CLAIMERS = 15;

  private final FabricClient client;
  private final RunningFabric fabric;
  private final String swarm;
  private final String session;
  private final String skill;
  private final List<Claim> held;
  private final Map<Kind, AtomicLong> answered = counters();
  private final Map<Kind, AtomicLong> refused = counters();
  private final Queue<String> surprises = new ConcurrentLinkedQueue<>();

  /** What is called. */
  enum Kind {
    SUBMIT,
    CLAIM,
    REPORT
  }

  /**
   * @param held claims of the swarm, each of which reports
   */
  Flood(RunningFabric fabric, String swarm, String session, String skill, List<Claim> held) {
    this.fabric = fabric;
    this.client = fabric.client();
    this.swarm = swarm;
    this.session = session;
    this.skill = skill;
    this.held = held;
  }

  private static Map<Kind, AtomicLong> counters() {
    Map<Kind, AtomicLong> counters = new EnumMap<>(Kind.class);
    for (Kind kind : Kind.values()) {
      counters.put(kind, new AtomicLong());
    }
    return counters;
  }

  /** Calls for so long. */
  void run(Duration time) throws InterruptedException {
    CountDownLatch stop = new CountDownLatch(1);
    List<Thread> callers = new ArrayList<>();
    try (FabricClient other = fabric.clientOf(0)) {
      for (int i = 0; i < SUBMITTERS; i++) {
        callers.add(caller(stop, Kind.SUBMIT, () -> submit(other)));
      }
      for (int i = 0; i < CLAIMERS; i++) {
        callers.add(caller(stop, Kind.CLAIM, () -> claim(other)));
      }
      for (Claim claim : held) {
        callers.add(caller(stop, Kind.REPORT, () -> report(claim)));
      }
      stop.await(time.toMillis(), TimeUnit.MILLISECONDS);
      stop.countDown();
      for (Thread caller : callers) {
        caller.join();
      }
    }
  }

  private void submit(FabricClient door) {
    door.submit(TaskSpec.newBuilder().setTaskId(Unique.id("flood")).addRequiredCapabilities(skill).build());
  }

  private void claim(FabricClient door) {
    door.claims().claimNext(ClaimNextRequest.newBuilder().setRequestId(FabricClient.request()).setSwarmId(swarm).setSessionId(session).build());
  }

  private void report(Claim claim) {
    client
        .claims()
        .reportProgress(
            ReportProgressRequest.newBuilder().setRequestId(FabricClient.request()).setTaskId(claim.getTaskId()).setSwarmId(swarm).setFence(claim.getFence()).setPercent(50).build());
  }

  private Thread caller(CountDownLatch stop, Kind kind, Runnable call) {
    return Thread.startVirtualThread(
        () -> {
          while (stop.getCount() > 0) {
            call(kind, call);
          }
        });
  }

  private void call(Kind kind, Runnable call) {
    try {
      call.run();
      answered.get(kind).incrementAndGet();
    } catch (StatusRuntimeException failure) {
      ErrorCode code = Errors.refusalOf(failure).map(Refusal::code).orElse(ErrorCode.ERROR_CODE_UNSPECIFIED);
      switch (code) {
        case ERROR_CODE_OVERLOADED -> refused.get(kind).incrementAndGet();
        case ERROR_CODE_AT_CAPACITY, ERROR_CODE_NO_TASK_READY, ERROR_CODE_CONTENDED -> answered.get(kind).incrementAndGet();
        default -> surprises.add(kind + ": " + failure.getMessage());
      }
    }
  }

  /** Whether one call of each kind is answered now. */
  boolean isServedAgain() {
    Map<Kind, Long> before = new EnumMap<>(Kind.class);
    answered.forEach((kind, count) -> before.put(kind, count.get()));
    call(Kind.SUBMIT, () -> submit(client));
    call(Kind.CLAIM, () -> claim(client));
    call(Kind.REPORT, () -> report(held.getFirst()));
    return answered.entrySet().stream().allMatch(entry -> entry.getValue().get() > before.get(entry.getKey()));
  }

  long answered(Kind kind) {
    return answered.get(kind).get();
  }

  long refused(Kind kind) {
    return refused.get(kind).get();
  }

  /** The share of the calls of a kind that was refused. */
  double refusedShare(Kind kind) {
    return (double) refused(kind) / Math.max(1, refused(kind) + answered(kind));
  }

  /** What nobody should be told. */
  List<String> surprises() {
    return List.copyOf(surprises);
  }

  @Override
  public String toString() {
    return "answered " + answered + ", refused " + refused;
  }
}
