package io.infrafabric.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.grpc.Channel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.infrafabric.coordinator.v1.ClaimServiceGrpc;
import io.infrafabric.coordinator.v1.ClaimTaskRequest;
import io.infrafabric.coordinator.v1.KeepAliveRequest;
import io.infrafabric.coordinator.v1.Offer;
import io.infrafabric.coordinator.v1.OpenSessionRequest;
import io.infrafabric.coordinator.v1.SessionServiceGrpc;
import io.infrafabric.coordinator.v1.SubmitTaskRequest;
import io.infrafabric.coordinator.v1.TaskServiceGrpc;
import io.infrafabric.kit.config.Settings;
import io.infrafabric.kit.grpc.GrpcClient;
import io.infrafabric.kit.grpc.GrpcServer;
import io.infrafabric.kit.lifecycle.Lifecycle;
import io.infrafabric.kit.lifecycle.Periodic;
import io.infrafabric.kit.nats.Subscription;
import io.infrafabric.kit.telemetry.Telemetry;
import io.infrafabric.names.Keys;
import io.infrafabric.names.Subjects;
import io.infrafabric.names.SwarmId;
import io.infrafabric.testkit.Stalls;
import io.infrafabric.testkit.nats.BusFaults;
import io.infrafabric.testkit.nats.MemoryBus;
import io.infrafabric.testkit.store.MemoryStore;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * I11 on a whole coordinator: every message is dropped, and swarms that follow the documented rules still find their work, each task within
 * 5 s of being ready.
 */
class LivenessTest {
  private static final int SWARMS = 10;
  private static final int TASKS = 25;
  private static final Duration PROMISED = Duration.ofSeconds(5);
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Duration HEARTBEAT = Duration.ofSeconds(3);
  private static final Keys KEYS = new Keys();

  private final MemoryStore store = new MemoryStore();
  private final MemoryBus bus = new MemoryBus();
  private final Map<String, Long> claimedNanos = new ConcurrentHashMap<>();

  @Test
  void everyReadyTask_isClaimedThoughEveryMessageIsDropped() {
    bus.set(BusFaults.DEAF);
    IntStream.range(0, SWARMS).forEach(i -> CoordinatorFixture.put(store, KEYS.standing(swarm(i)), Samples.standing(swarm(i).value(), "a:b").build().toByteString()));
    CoordinatorConfig config = ((Settings.Ready<CoordinatorConfig>) Settings.load(CoordinatorConfig.class, new String[] {"--grpc-port=0"}, Map.of())).value();
    // Nobody is there to rank: the governor's messages are dropped too, so to say.
    try (Lifecycle lifecycle = new Lifecycle("liveness");
        GrpcClient governor = GrpcClient.channel("127.0.0.1:1")) {
      GrpcServer server = Main.open(config, lifecycle, Telemetry.none(), InstantSource.system(), store, bus, governor.channel(), services -> {});
      try (GrpcClient coordinator = GrpcClient.channel("127.0.0.1:" + server.port())) {
        claimAll(coordinator.channel());
      }
    }
  }

  private void claimAll(Channel coordinator) {
    AtomicInteger heard = new AtomicInteger();
    Map<String, Long> readyNanos = new HashMap<>();
    List<Periodic> running = new ArrayList<>();
    try (Stalls stalls = Stalls.watching();
        Subscription doorbells = bus.subscribe(Subjects.OFFERS, message -> heard.incrementAndGet())) {
      for (int i = 0; i < SWARMS; i++) {
        String swarm = swarm(i).value();
        String session =
            SessionServiceGrpc.newBlockingStub(coordinator)
                .openSession(OpenSessionRequest.newBuilder().setRequestId("open").setSwarmId(swarm).build())
                .getSessionId();
        running.add(Periodic.start("heart-" + swarm, HEARTBEAT, () -> heartbeat(coordinator, swarm, session)));
      }
      for (int i = 0; i < TASKS; i++) {
        TaskServiceGrpc.newBlockingStub(coordinator)
            .submitTask(SubmitTaskRequest.newBuilder().setRequestId("t" + i).setSpec(Samples.spec("t" + i, "a:b")).build());
        readyNanos.put("t" + i, System.nanoTime());
      }
      await("all claimed").atMost(PATIENCE).until(() -> claimedNanos.size() == TASKS);
      assertThat(bus.sent(Subjects.OFFERS)).as("it was rung").isNotEmpty();
      assertThat(heard).as("and not heard").hasValue(0);
      assertThat(readyNanos)
          .allSatisfy((task, ready) -> assertThat(stalls.running(ready, claimedNanos.get(task))).as("from ready to claimed: %s", task).isLessThanOrEqualTo(PROMISED));
    } finally {
      running.forEach(Periodic::close);
    }
  }

  private void heartbeat(Channel coordinator, String swarm, String session) {
    KeepAliveRequest alive = KeepAliveRequest.newBuilder().setSwarmId(swarm).setSessionId(session).build();
    for (Offer offer : SessionServiceGrpc.newBlockingStub(coordinator).keepAlive(alive).getOffersList()) {
      try {
        ClaimServiceGrpc.newBlockingStub(coordinator)
            .claimTask(
                ClaimTaskRequest.newBuilder()
                    .setRequestId(swarm + "-" + offer.getTaskId())
                    .setTaskId(offer.getTaskId())
                    .setSwarmId(swarm)
                    .setSessionId(session)
                    .build());
        claimedNanos.put(offer.getTaskId(), System.nanoTime());
      } catch (StatusRuntimeException another) {
        // Somebody else was told too, and was faster.
        assertThat(another.getStatus().getCode()).isEqualTo(Status.Code.ABORTED);
      }
    }
  }

  private static SwarmId swarm(int number) {
    return new SwarmId("s" + number);
  }
}
