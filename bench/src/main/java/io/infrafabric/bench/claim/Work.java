package io.infrafabric.bench.claim;

import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import com.google.protobuf.util.JsonFormat;
import io.grpc.StatusRuntimeException;
import io.infrafabric.bench.Samples;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.ClaimServiceGrpc;
import io.infrafabric.coordinator.v1.ClaimTaskRequest;
import io.infrafabric.coordinator.v1.CompleteTaskRequest;
import io.infrafabric.coordinator.v1.Offer;
import io.infrafabric.coordinator.v1.SubmitTasksRequest;
import io.infrafabric.coordinator.v1.TaskServiceGrpc;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.kit.grpc.GrpcClient;
import io.infrafabric.kit.lifecycle.Threads;
import io.infrafabric.names.Subjects;
import io.infrafabric.names.SwarmId;
import io.nats.client.Connection;
import io.nats.client.Dispatcher;
import io.nats.client.Nats;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Swarms at work: tasks come in at a steady rate, swarms hear the doorbell over NATS, claim over gRPC, and complete. Every step
 * of the product takes part: admission, books, relay, dispatch, settlement.
 */
final class Work implements AutoCloseable {
  private static final int CHANNELS = 16;
  private static final long TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(10);
  private static final long CAP_MICROS = 1_000;
  private static final java.time.Duration PATIENCE = java.time.Duration.ofSeconds(30);

  private final GrpcClient governor;
  private final List<GrpcClient> coordinators = new ArrayList<>();
  private final Connection nats;
  private final ExecutorService hands = Threads.virtualPerTask("claim");
  private final AtomicLong requests = new AtomicLong();
  private final Map<String, Long> submitted = new ConcurrentHashMap<>();
  private volatile Day day;
  private int swarms;
  private int days;

  /** What is noted of one stretch of work. */
  private static final class Day {
    final ConcurrentLinkedQueue<Long> claims = new ConcurrentLinkedQueue<>();
    final ConcurrentLinkedQueue<Long> waits = new ConcurrentLinkedQueue<>();
    final AtomicLong lost = new AtomicLong();
    final CountDownLatch open;

    Day(int tasks) {
      open = new CountDownLatch(tasks);
    }
  }

  /**
   * What was measured.
   *
   * @param claims from the call of the winner to its answer
   * @param waits from the submit call to the winner's answer
   * @param lost calls that came after another swarm's
   * @param unfinished tasks that nobody completed in time
   */
  record Result(Samples claims, Samples waits, long lost, long unfinished) {
    static Result of(List<Result> rounds) {
      return new Result(
          Samples.join(rounds.stream().map(Result::claims).toList()),
          Samples.join(rounds.stream().map(Result::waits).toList()),
          rounds.stream().mapToLong(Result::lost).sum(),
          rounds.stream().mapToLong(Result::unfinished).sum());
    }
  }

  Work(String coordinator, String governor, String nats) throws Exception {
    this.governor = GrpcClient.channel(governor);
    for (int i = 0; i < CHANNELS; i++) {
      coordinators.add(GrpcClient.channel(coordinator));
    }
    this.nats = Nats.connect(nats);
  }

  /** Lets {@code size} swarms work off {@code perSecond} tasks a second for so many seconds. */
  Result run(int size, int perSecond, int seconds) throws Exception {
    employ(size);
    int tasks = perSecond * seconds;
    Day today = new Day(tasks);
    day = today;
    long begin = System.nanoTime();
    submit(++days, perSecond, tasks, begin);
    boolean done = today.open.await(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    long wall = System.nanoTime() - begin;
    return new Result(samples(today.claims, wall), samples(today.waits, wall), today.lost.get(), done ? 0 : today.open.getCount());
  }

  private static Samples samples(ConcurrentLinkedQueue<Long> nanos, long wall) {
    return Samples.of(List.of(nanos.stream().mapToLong(Long::longValue).toArray()), wall);
  }

  private void submit(int number, int perSecond, int tasks, long begin) throws InterruptedException {
    TaskServiceGrpc.TaskServiceBlockingStub stub = TaskServiceGrpc.newBlockingStub(coordinators.getFirst().channel());
    ByteString payload = ByteString.copyFrom(new byte[256]);
    int sent = 0;
    while (sent < tasks) {
      long now = System.nanoTime();
      int due = (int) Math.min(tasks, (now - begin) * perSecond / 1_000_000_000L);
      if (due > sent) {
        SubmitTasksRequest.Builder request = SubmitTasksRequest.newBuilder().setRequestId(request());
        for (; sent < due; sent++) {
          String task = "work-" + number + "-" + sent;
          submitted.put(task, now);
          request.addSpecs(
              TaskSpec.newBuilder().setTaskId(task).addRequiredCapabilities("bench:work").setPayload(payload).setMaxCostMicros(CAP_MICROS));
        }
        SubmitTasksRequest ready = request.build();
        hands.execute(() -> stub.submitTasks(ready));
      }
      TimeUnit.NANOSECONDS.sleep(TICK_NANOS);
    }
  }

  /** Registers swarms, gives them money, a session and an ear, until there are so many. */
  private void employ(int size) {
    Hiring hiring = new Hiring(coordinators.getFirst().channel(), governor.channel(), this::request);
    for (; swarms < size; swarms++) {
      String swarm = "work-" + swarms;
      String session = hiring.hire(swarm, "bench:work");
      ClaimServiceGrpc.ClaimServiceBlockingStub stub = ClaimServiceGrpc.newBlockingStub(coordinators.get(swarms % CHANNELS).channel());
      Dispatcher ear = nats.createDispatcher();
      ear.subscribe(Subjects.offer(new SwarmId(swarm)), message -> hands.execute(() -> answer(stub, swarm, session, message.getData())));
    }
  }

  private void answer(ClaimServiceGrpc.ClaimServiceBlockingStub stub, String swarm, String session, byte[] body) {
    Day today = day;
    try {
      Offer.Builder offer = Offer.newBuilder();
      JsonFormat.parser().ignoringUnknownFields().merge(new String(body, StandardCharsets.UTF_8), offer);
      long begin = System.nanoTime();
      Claim claim =
          stub.claimTask(
                  ClaimTaskRequest.newBuilder().setRequestId(request()).setTaskId(offer.getTaskId()).setSwarmId(swarm).setSessionId(session).build())
              .getClaim();
      long end = System.nanoTime();
      today.claims.add(end - begin);
      Long since = submitted.remove(claim.getTaskId());
      if (since != null) {
        today.waits.add(end - since);
      }
      stub.completeTask(
          CompleteTaskRequest.newBuilder()
              .setRequestId(request())
              .setTaskId(claim.getTaskId())
              .setSwarmId(swarm)
              .setFence(claim.getFence())
              .setCostMicros(1)
              .build());
      today.open.countDown();
    } catch (StatusRuntimeException refused) {
      today.lost.incrementAndGet();
    } catch (java.io.IOException malformed) {
      throw new java.io.UncheckedIOException(malformed);
    }
  }

  private String request() {
    return "work-" + requests.incrementAndGet();
  }

  @Override
  public void close() throws InterruptedException {
    nats.close();
    hands.shutdownNow();
    coordinators.forEach(GrpcClient::close);
    governor.close();
  }
}
