package io.infrafabric.scenarios;

import static org.awaitility.Awaitility.await;

import io.grpc.StatusRuntimeException;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.ClaimNextRequest;
import io.infrafabric.coordinator.v1.ClaimTaskRequest;
import io.infrafabric.coordinator.v1.Offer;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.kit.grpc.Errors;
import io.infrafabric.names.Headers;
import io.infrafabric.names.Subjects;
import io.infrafabric.names.SwarmId;
import io.nats.client.Connection;
import io.nats.client.Dispatcher;
import io.nats.client.Message;
import io.nats.client.Nats;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Work by a script that counts everything it does: tasks are submitted one after the other; whoever is rung claims, a tenth of the tasks over NATS;
 * then some claims are tried by others, some sent again, and most ended.
 */
final class CountedLoad implements AutoCloseable {
  static final int SWARMS = 3;
  static final int TASKS = 60;
  static final int COMPLETED = 40;
  static final int FAILED = 10;
  private static final int LATE = 20;
  private static final int RETRIED = 10;
  private static final int OVER_NATS = 10;
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final Duration TTL = Duration.ofMinutes(5);

  /** What the script was told. */
  final AtomicInteger claimsAnswered = new AtomicInteger();

  final AtomicInteger claimsRefused = new AtomicInteger();
  final AtomicInteger nextRefused = new AtomicInteger();
  final AtomicInteger completionsRefused = new AtomicInteger();

  /** Of its own clock, for the answered claims; at the client, so with the way there and back. */
  final AtomicLong claimNanos = new AtomicLong();

  /** The offers that rang, by the ids of their messages. */
  final Set<String> offers = ConcurrentHashMap.newKeySet();

  /** What rang or failed that should not have. */
  final List<String> surprises = new CopyOnWriteArrayList<>();

  private final FabricClient client;
  private final FabricClient overNats;
  private final Connection nats;
  private final String skill = Unique.capability();
  private final Map<String, String> sessions = new ConcurrentHashMap<>();
  private final Map<String, ClaimTaskRequest> wonBy = new ConcurrentHashMap<>();
  private final Map<String, Claim> won = new ConcurrentHashMap<>();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  private CountedLoad(FabricClient client, Connection nats) {
    this.client = client;
    this.nats = nats;
    this.overNats = FabricClient.over(new NatsChannel(nats));
  }

  static CountedLoad on(RunningFabric running) throws IOException, InterruptedException {
    return new CountedLoad(running.client(), Nats.connect(running.fabric().nats().address()));
  }

  /** Does all of it. */
  void run() throws Exception {
    hire();
    for (int i = 0; i < TASKS; i++) {
      client.submit(TaskSpec.newBuilder().setTaskId(Unique.id("counted")).addRequiredCapabilities(skill).setMaxCostMicros(10).build());
    }
    await("all are claimed by who was rung").atMost(SOON).until(() -> won.size() == TASKS || !surprises.isEmpty());
    List<Claim> claims = new ArrayList<>(won.values());
    claims.subList(0, LATE).forEach(this::tryTooLate);
    claims.subList(0, RETRIED).forEach(claim -> claim(client, wonBy.get(claim.getTaskId())));
    findNothing();
    claims.subList(0, COMPLETED).forEach(claim -> client.complete(claim, "done", 3));
    claims.subList(COMPLETED, COMPLETED + FAILED).forEach(claim -> client.fail(claim, "as written", false));
    completeTwice(claims.getFirst());
  }

  private void hire() throws Exception {
    Dispatcher doorbells = nats.createDispatcher(this::ring);
    for (int i = 0; i < SWARMS; i++) {
      String swarm = Unique.id("counting");
      client.register(swarm, 1_000_000, TASKS, skill);
      doorbells.subscribe(Subjects.offer(new SwarmId(swarm)));
      nats.flush(SOON);
      sessions.put(swarm, client.open(swarm, TTL));
    }
  }

  private void ring(Message message) {
    Offer offer = Multitude.offer(message);
    if (!offers.add(message.getHeaders().getFirst(Headers.MESSAGE_ID))) {
      surprises.add("an offer rang twice: " + offer);
    }
    boolean natsAlone = Math.floorMod(offer.getTaskId().hashCode(), OVER_NATS) == 0;
    threads.execute(() -> claim(natsAlone ? overNats : client, request(offer.getTaskId(), offer.getSwarmId())));
  }

  private ClaimTaskRequest request(String task, String swarm) {
    return ClaimTaskRequest.newBuilder()
        .setRequestId(FabricClient.request())
        .setTaskId(task)
        .setSwarmId(swarm)
        .setSessionId(sessions.get(swarm))
        .build();
  }

  private void claim(FabricClient door, ClaimTaskRequest request) {
    long begin = System.nanoTime();
    try {
      Claim claim = door.claims().claimTask(request).getClaim();
      claimNanos.addAndGet(System.nanoTime() - begin);
      claimsAnswered.incrementAndGet();
      wonBy.put(claim.getTaskId(), request);
      won.put(claim.getTaskId(), claim);
    } catch (StatusRuntimeException failure) {
      refused(failure, claimsRefused);
    }
  }

  private void refused(StatusRuntimeException failure, AtomicInteger count) {
    if (Errors.refusalOf(failure).isPresent()) {
      count.incrementAndGet();
    } else {
      surprises.add(failure.toString());
    }
  }

  private void tryTooLate(Claim claim) {
    String other = sessions.keySet().stream().filter(swarm -> !swarm.equals(claim.getSwarmId())).findFirst().orElseThrow();
    claim(client, request(claim.getTaskId(), other));
  }

  private void findNothing() {
    String swarm = sessions.keySet().iterator().next();
    try {
      surprises.add(
          "there was something: "
              + client
                  .claims()
                  .claimNext(ClaimNextRequest.newBuilder().setRequestId(FabricClient.request()).setSwarmId(swarm).setSessionId(sessions.get(swarm)).build()));
    } catch (StatusRuntimeException failure) {
      refused(failure, nextRefused);
    }
  }

  private void completeTwice(Claim claim) {
    try {
      surprises.add("completed twice: " + client.complete(claim, "done again", 3));
    } catch (StatusRuntimeException failure) {
      refused(failure, completionsRefused);
    }
  }

  @Override
  public void close() throws InterruptedException {
    nats.close();
    threads.close();
  }
}
