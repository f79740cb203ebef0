package io.infrafabric.bench.rival;

import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import io.grpc.StatusRuntimeException;
import io.infrafabric.bench.Patience;
import io.infrafabric.bench.claim.Hiring;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.ClaimNextRequest;
import io.infrafabric.coordinator.v1.ClaimServiceGrpc;
import io.infrafabric.coordinator.v1.ClaimServiceGrpc.ClaimServiceBlockingStub;
import io.infrafabric.coordinator.v1.CompleteTaskRequest;
import io.infrafabric.coordinator.v1.KeepAliveRequest;
import io.infrafabric.coordinator.v1.SessionServiceGrpc;
import io.infrafabric.coordinator.v1.SubmitTasksRequest;
import io.infrafabric.coordinator.v1.TaskServiceGrpc;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.error.Refusal;
import io.infrafabric.kit.grpc.Errors;
import io.infrafabric.kit.grpc.GrpcClient;
import io.infrafabric.local.LocalFabric;
import io.infrafabric.local.ServiceKind;
import io.infrafabric.names.Subjects;
import io.infrafabric.names.SwarmId;
import io.nats.client.Connection;
import io.nats.client.Nats;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * InfraFabric as a queue of jobs: each worker is a swarm with an account and a session, which claims the next task as soon as it
 * has completed one, and waits for its doorbell when there is none.
 */
final class FabricJobs implements Rival {
  private static final String CAPABILITY = "bench:job";
  private static final int CHANNELS = 16;
  private static final long CAP_MICROS = 1_000;
  private static final java.time.Duration PAUSE = java.time.Duration.ofSeconds(1);
  private static final Duration TTL = Hiring.SESSION;

  private final LocalFabric fabric;
  private final GrpcClient governor;
  private final List<GrpcClient> coordinators = new ArrayList<>();
  private final Connection nats;
  private final AtomicLong requests = new AtomicLong();
  private final ByteString payload = ByteString.copyFrom(new byte[256]);
  private final Patience patience = new Patience();
  private final List<Worker> workers = new ArrayList<>();
  private int rounds;

  private record Worker(ClaimServiceBlockingStub stub, String swarm, String session, Semaphore doorbell) {}

  private FabricJobs(LocalFabric fabric) throws Exception {
    this.fabric = fabric;
    this.governor = GrpcClient.channel(fabric.governor().address());
    for (int i = 0; i < CHANNELS; i++) {
      coordinators.add(GrpcClient.channel(fabric.coordinators().getFirst().address()));
    }
    this.nats = Nats.connect(fabric.nats().address());
  }

  static FabricJobs start(Path home, Path folder, Map<String, String> settings) throws Exception {
    LocalFabric.Builder builder = LocalFabric.of(home).folder(folder).without(ServiceKind.CHASSIS).progress(System.err::println);
    settings.forEach(builder::setting);
    LocalFabric fabric = builder.start();
    try {
      return new FabricJobs(fabric);
    } catch (Exception e) {
      fabric.close();
      throw e;
    }
  }

  LocalFabric fabric() {
    return fabric;
  }

  @Override
  public String name() {
    return "InfraFabric";
  }

  @Override
  public String versions() {
    return "InfraFabric 0.1, etcd %s, nats-server %s".formatted(fabric.etcd().version(), fabric.nats().version());
  }

  @Override
  public String durable() {
    return "submit, claim (who has it, its fence, the money promised for it) and completion are each answered after etcd has synced its"
        + " log (fdatasync); many calls share one sync; no message is relied on";
  }

  @Override
  public long round(Load load) throws Exception {
    employ(load.workers());
    int number = ++rounds;
    CountDownLatch open = new CountDownLatch(load.jobs());
    Crew crew = new Crew();
    for (Worker worker : workers.subList(0, load.workers())) {
      crew.add(() -> work(worker, open));
    }
    TaskServiceGrpc.TaskServiceBlockingStub submits = TaskServiceGrpc.newBlockingStub(coordinators.getFirst().channel());
    long begin = System.nanoTime();
    crew.begin();
    Producers.run(load, (from, count) -> submit(submits, tasks(number, from, count)));
    crew.await(open);
    long nanos = System.nanoTime() - begin;
    workers.forEach(worker -> worker.doorbell().release());
    crew.end();
    return nanos;
  }

  private void submit(TaskServiceGrpc.TaskServiceBlockingStub submits, SubmitTasksRequest request) {
    patience.call(() -> submits.submitTasks(request));
  }

  private SubmitTasksRequest tasks(int number, int from, int count) {
    SubmitTasksRequest.Builder request = SubmitTasksRequest.newBuilder().setRequestId(request());
    for (int i = from; i < from + count; i++) {
      request.addSpecs(
          TaskSpec.newBuilder()
              .setTaskId("job-" + number + "-" + i)
              .addRequiredCapabilities(CAPABILITY)
              .setPayload(payload)
              .setMaxCostMicros(CAP_MICROS));
    }
    return request.build();
  }

  private void work(Worker worker, CountDownLatch open) throws InterruptedException {
    while (open.getCount() > 0) {
      worker.doorbell().drainPermits();
      Claim claim;
      try {
        claim =
            worker
                .stub()
                .claimNext(
                    ClaimNextRequest.newBuilder()
                        .setRequestId(request())
                        .setSwarmId(worker.swarm())
                        .setSessionId(worker.session())
                        .build())
                .getClaim();
      } catch (StatusRuntimeException refused) {
        pause(worker, refused);
        continue;
      }
      CompleteTaskRequest request =
          CompleteTaskRequest.newBuilder()
              .setRequestId(request())
              .setTaskId(claim.getTaskId())
              .setSwarmId(worker.swarm())
              .setFence(claim.getFence())
              .setCostMicros(1)
              .build();
      patience.call(() -> worker.stub().completeTask(request));
      open.countDown();
    }
  }

  /** Until the doorbell rings, or for as long as the refusal says. */
  private static void pause(Worker worker, StatusRuntimeException refused) throws InterruptedException {
    Refusal refusal = Errors.refusalOf(refused).orElseThrow(() -> refused);
    worker.doorbell().tryAcquire(refusal.retryAfter().orElse(PAUSE).toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Sees to it that there are so many workers, all with a live session. */
  private void employ(int count) {
    var sessions = SessionServiceGrpc.newBlockingStub(coordinators.getFirst().channel());
    for (Worker worker : workers) {
      sessions.keepAlive(KeepAliveRequest.newBuilder().setSwarmId(worker.swarm()).setSessionId(worker.session()).build());
    }
    Hiring hiring = new Hiring(coordinators.getFirst().channel(), governor.channel(), this::request);
    while (workers.size() < count) {
      int number = workers.size();
      String swarm = "rival-" + number;
      hiring.register(swarm, CAPABILITY, 1);
      Worker worker =
          new Worker(
              ClaimServiceGrpc.newBlockingStub(coordinators.get(number % CHANNELS).channel()), swarm, hiring.open(swarm, TTL), new Semaphore(0));
      nats.createDispatcher(message -> worker.doorbell().release()).subscribe(Subjects.offer(new SwarmId(swarm)));
      workers.add(worker);
    }
  }

  private String request() {
    return "rival-" + requests.incrementAndGet();
  }

  @Override
  public void close() throws InterruptedException {
    nats.close();
    coordinators.forEach(GrpcClient::close);
    governor.close();
    fabric.close();
  }
}
