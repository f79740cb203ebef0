package io.infrafabric.bench.push;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.infrafabric.bench.Part;
import io.infrafabric.bench.Samples;
import io.infrafabric.bench.Talk;
import io.infrafabric.bench.claim.Hiring;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.ClaimServiceGrpc;
import io.infrafabric.coordinator.v1.ClaimTaskRequest;
import io.infrafabric.coordinator.v1.CompleteTaskRequest;
import io.infrafabric.coordinator.v1.KeepAliveRequest;
import io.infrafabric.coordinator.v1.Offer;
import io.infrafabric.coordinator.v1.SessionServiceGrpc;
import io.infrafabric.coordinator.v1.SubmitTaskRequest;
import io.infrafabric.coordinator.v1.TaskServiceGrpc;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.kit.grpc.GrpcClient;
import io.infrafabric.kit.lifecycle.Threads;
import io.infrafabric.local.LocalFabric;
import io.infrafabric.local.ServiceKind;
import io.nats.client.Message;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * Tasks one at a time through a fabric with many connected swarms: from the submit to the first doorbell at a receiver, and to
 * the answer of the claim that won. In turn with it bare messages to the same receivers, and publishes to streams.
 */
public final class PushBench implements Part {
  private static final String CAPABILITY = "bench:push";
  private static final int HIRED_AT_ONCE = 64;
  private static final int WARMED_UP_AT_ONCE = 16;
  private static final double AIM_MILLIS = 10;

  /** Somebody else has it, or the swarm has no room: the task is offered again. */
  private static final Set<Status.Code> LOST = EnumSet.of(Status.Code.ABORTED, Status.Code.RESOURCE_EXHAUSTED);
  private static final long PATIENCE_SECONDS = 30;

  private final Path home;
  private final List<Integer> sizes;
  private final int tasks;
  private final int warmUp;
  private final Map<String, String> settings;
  private final AtomicLong requests = new AtomicLong();
  private final Map<String, String> sessions = new ConcurrentHashMap<>();
  private final ExecutorService threads = Threads.virtualPerTask("push");
  private final Map<String, Run> runs = new ConcurrentHashMap<>();
  private volatile CompletableFuture<Long> bareHeard;

  /** One task on its way. */
  private record Run(String task, CompletableFuture<Long> doorbell, CompletableFuture<Claim> claim, CompletableFuture<Long> claimed) {}

  private record Figures(Samples doorbell, Samples claimed, Samples bare, Samples memory, Samples disk) {}

  private ClaimServiceGrpc.ClaimServiceBlockingStub claims;
  private TaskServiceGrpc.TaskServiceBlockingStub submits;
  private SessionServiceGrpc.SessionServiceBlockingStub renewals;

  /**
   * @param sizes connected swarms, ascending
   * @param tasks measured at each size
   * @param warmUp tasks before anything is measured, several at once, as a coordinator has them that has run for a while; a
   *     tenth of it, one at a time, before each size
   * @param settings of the services, by the names of their variables
   */
  public PushBench(Path home, List<Integer> sizes, int tasks, int warmUp, Map<String, String> settings) {
    this.home = home;
    this.sizes = sizes;
    this.tasks = tasks;
    this.warmUp = warmUp;
    this.settings = settings;
  }

  @Override
  public Outcome run(Talk talk) throws Exception {
    LocalFabric.Builder builder = LocalFabric.of(home).without(ServiceKind.CHASSIS).progress(talk::progress);
    settings.forEach(builder::setting);
    try (LocalFabric fabric = builder.start();
        GrpcClient coordinator = GrpcClient.channel(fabric.coordinators().getFirst().address());
        GrpcClient governor = GrpcClient.channel(fabric.governor().address());
        BareMessages bare = new BareMessages(fabric.nats().address());
        Listeners listeners = new Listeners(fabric.nats().address(), this::onDoorbell, message -> bareHeard.complete(System.nanoTime()))) {
      claims = ClaimServiceGrpc.newBlockingStub(coordinator.channel());
      submits = TaskServiceGrpc.newBlockingStub(coordinator.channel());
      renewals = SessionServiceGrpc.newBlockingStub(coordinator.channel());
      Hiring hiring = new Hiring(coordinator.channel(), governor.channel(), this::request);
      Map<Integer, Figures> all = new LinkedHashMap<>();
      for (int size : sizes) {
        talk.progress("hiring swarms until there are " + size);
        hire(hiring, size);
        listeners.grow(size);
        if (all.isEmpty()) {
          talk.progress("warming up with " + warmUp + " tasks");
          warmUp();
        }
        measure(size, Math.max(1, warmUp / 10), bare);
        all.put(size, measure(size, tasks, bare));
        tell(talk, size, all.get(size));
      }
      return new Outcome(List.of("\"push\":" + json(fabric, all)), !all.isEmpty());
    } finally {
      threads.shutdown();
    }
  }

  /** Hires more until there are so many; those of before show a sign of life, so that all live through what is measured. */
  private void hire(Hiring hiring, int size) throws Exception {
    int before = sessions.size();
    forAll(0, before, swarm -> renewals.keepAlive(KeepAliveRequest.newBuilder().setSwarmId(swarm).setSessionId(sessions.get(swarm)).build()));
    forAll(before, size, swarm -> hiring.register(swarm, CAPABILITY, Hiring.MAX_CONCURRENT));
    forAll(before, size, swarm -> sessions.put(swarm, hiring.open(swarm, Hiring.SESSION)));
  }

  private void forAll(int from, int to, Consumer<String> what) throws Exception {
    Semaphore slots = new Semaphore(HIRED_AT_ONCE);
    List<Future<?>> all = new ArrayList<>();
    for (int i = from; i < to; i++) {
      String swarm = Listeners.swarm(i);
      slots.acquire();
      all.add(
          threads.submit(
              () -> {
                try {
                  what.accept(swarm);
                } finally {
                  slots.release();
                }
              }));
    }
    for (Future<?> one : all) {
      one.get();
    }
  }

  /** Code that has run ten thousand times is compiled: one task at a time would need minutes for it. */
  private void warmUp() throws Exception {
    Semaphore slots = new Semaphore(WARMED_UP_AT_ONCE);
    List<Future<?>> all = new ArrayList<>();
    for (int i = 0; i < warmUp; i++) {
      slots.acquire();
      all.add(
          threads.submit(
              () -> {
                try {
                  Run now = submit();
                  now.claimed().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
                  complete(now);
                } finally {
                  slots.release();
                }
                return null;
              }));
    }
    for (Future<?> one : all) {
      one.get();
    }
  }

  private Run submit() {
    Run now = new Run("push-" + requests.incrementAndGet(), new CompletableFuture<>(), new CompletableFuture<>(), new CompletableFuture<>());
    runs.put(now.task(), now);
    submits.submitTask(
        SubmitTaskRequest.newBuilder()
            .setRequestId(request())
            .setSpec(TaskSpec.newBuilder().setTaskId(now.task()).addRequiredCapabilities(CAPABILITY).setMaxCostMicros(1))
            .build());
    return now;
  }

  private Figures measure(int size, int count, BareMessages bare) throws Exception {
    long[] doorbell = new long[count];
    long[] claimed = new long[count];
    long[] heard = new long[count];
    long[] memory = new long[count];
    long[] disk = new long[count];
    for (int i = 0; i < count; i++) {
      long begin = System.nanoTime();
      Run now = submit();
      doorbell[i] = now.doorbell().get(PATIENCE_SECONDS, TimeUnit.SECONDS) - begin;
      claimed[i] = now.claimed().get(PATIENCE_SECONDS, TimeUnit.SECONDS) - begin;
      complete(now);
      bareHeard = new CompletableFuture<>();
      long sent = System.nanoTime();
      bare.send(i % size);
      heard[i] = bareHeard.get(PATIENCE_SECONDS, TimeUnit.SECONDS) - sent;
      boolean memoryFirst = i % 2 == 0;
      long first = bare.append(memoryFirst);
      long second = bare.append(!memoryFirst);
      memory[i] = memoryFirst ? first : second;
      disk[i] = memoryFirst ? second : first;
    }
    return new Figures(samples(doorbell), samples(claimed), samples(heard), samples(memory), samples(disk));
  }

  private static Samples samples(long[] nanos) {
    long sum = 0;
    for (long one : nanos) {
      sum += one;
    }
    return Samples.of(List.of(nanos), sum);
  }

  private void onDoorbell(Message message) {
    long heard = System.nanoTime();
    Offer offer = offer(message);
    Run now = runs.get(offer.getTaskId());
    if (now != null) {
      now.doorbell().complete(heard);
      threads.execute(() -> claim(now, offer.getSwarmId()));
    }
  }

  /** Every swarm that is rung claims, as it would; one wins, the others hear that it is taken, or that they are full by now. */
  private void claim(Run now, String swarm) {
    try {
      Claim claim =
          claims
              .claimTask(
                  ClaimTaskRequest.newBuilder()
                      .setRequestId(request())
                      .setTaskId(now.task())
                      .setSwarmId(swarm)
                      .setSessionId(sessions.get(swarm))
                      .build())
              .getClaim();
      now.claimed().complete(System.nanoTime());
      now.claim().complete(claim);
    } catch (StatusRuntimeException refused) {
      if (!LOST.contains(refused.getStatus().getCode())) {
        now.claimed().completeExceptionally(refused);
      }
    }
  }

  private void complete(Run now) throws Exception {
    Claim claim = now.claim().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    runs.remove(now.task());
    claims.completeTask(
        CompleteTaskRequest.newBuilder()
            .setRequestId(request())
            .setTaskId(claim.getTaskId())
            .setSwarmId(claim.getSwarmId())
            .setFence(claim.getFence())
            .build());
  }

  private static Offer offer(Message message) {
    Offer.Builder offer = Offer.newBuilder();
    try {
      JsonFormat.parser().ignoringUnknownFields().merge(new String(message.getData(), StandardCharsets.UTF_8), offer);
    } catch (InvalidProtocolBufferException malformed) {
      throw new IllegalStateException("not an offer", malformed);
    }
    return offer.build();
  }

  private String request() {
    return "push-" + requests.incrementAndGet();
  }

  private static void tell(Talk talk, int size, Figures figures) {
    talk.line("%6d swarms   submit -> doorbell          %s", size, times(figures.doorbell()));
    talk.line("                submit -> claim answered    %s", times(figures.claimed()));
    talk.line("                bare NATS publish -> heard  %s", times(figures.bare()));
    talk.line("                stream in memory, ack       %s", times(figures.memory()));
    talk.line("                stream on disk, ack         %s", times(figures.disk()));
    talk.aim(
        String.format(Locale.ROOT, "%d swarms, submit to doorbell p95 below 10 ms (%.1f)", size, figures.doorbell().percentileMillis(95)),
        figures.doorbell().percentileMillis(95) < AIM_MILLIS);
    talk.aim(
        String.format(Locale.ROOT, "%d swarms, submit to claim answered p95 below 10 ms (%.1f)", size, figures.claimed().percentileMillis(95)),
        figures.claimed().percentileMillis(95) < AIM_MILLIS);
  }

  private static String times(Samples samples) {
    return String.format(
        Locale.ROOT,
        "p50 %7.2f   p95 %7.2f   p99 %7.2f ms",
        samples.percentileMillis(50),
        samples.percentileMillis(95),
        samples.percentileMillis(99));
  }

  private static String json(LocalFabric fabric, Map<Integer, Figures> all) {
    StringBuilder out = new StringBuilder("{\"etcd\":\"" + fabric.etcd().version() + "\",\"nats\":\"" + fabric.nats().version() + "\",\"sizes\":{");
    String comma = "";
    for (Map.Entry<Integer, Figures> each : all.entrySet()) {
      Figures figures = each.getValue();
      out.append(comma).append('"').append(each.getKey()).append("\":{\"submitToDoorbell\":").append(figures.doorbell().json());
      out.append(",\"submitToClaimed\":").append(figures.claimed().json());
      out.append(",\"bareNats\":").append(figures.bare().json());
      out.append(",\"streamInMemory\":").append(figures.memory().json());
      out.append(",\"streamOnDisk\":").append(figures.disk().json()).append('}');
      comma = ",";
    }
    return out.append("}}").toString();
  }
}
