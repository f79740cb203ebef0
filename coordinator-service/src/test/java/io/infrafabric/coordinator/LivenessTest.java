package io.infrafabric.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.grpc.Channel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.infrafabric.coordinator.v1.ClaimServiceGrpc;
import io.infrafabric.coordinator.v1.ClaimTaskRequest;
import io.infrafabric.coordinator.v1.GetTaskRequest;
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
import io.infrafabric.testkit.nats.BusFaults;
import io.infrafabric.testkit.nats.MemoryBus;
import io.infrafabric.testkit.store.MemoryStore;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** I11 on a whole coordinator: every message is dropped, and swarms that follow the documented rules still find their work. */
class LivenessTest {
  private static final int SWARMS = 10;
  private static final int TASKS = 25;
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Duration HEARTBEAT = Duration.ofSeconds(3);
  private static final Keys KEYS = new Keys();

  private final MemoryStore store = new MemoryStore();
  private final MemoryBus bus = new MemoryBus();

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
    List<Long> waits = new CopyOnWriteArrayList<>();
    List<Periodic> running = new ArrayList<>();
    try (Subscription doorbells = bus.subscribe(Subjects.OFFERS, message -> heard.incrementAndGet())) {
      for (int i = 0; i < SWARMS; i++) {
        String swarm = swarm(i).value();
        String session =
            SessionServiceGrpc.newBlockingStub(coordinator)
                .openSession(OpenSessionRequest.newBuilder().setRequestId("open").setSwarmId(swarm).build())
                .getSessionId();
        running.add(Periodic.start("heart-" + swarm, HEARTBEAT, () -> heartbeat(coordinator, swarm, session)));
      }
      List<Long> begun = new ArrayList<>();
      for (int i = 0; i < TASKS; i++) {
        begun.add(System.nanoTime());
        TaskServiceGrpc.newBlockingStub(coordinator)
            .submitTask(SubmitTaskRequest.newBuilder().setRequestId("t" + i).setSpec(Samples.spec("t" + i, "a:b")).build());
      }
      for (int i = 0; i < TASKS; i++) {
        GetTaskRequest task = GetTaskRequest.newBuilder().setTaskId("t" + i).build();
        await("t" + i).atMost(PATIENCE).until(() -> TaskServiceGrpc.newBlockingStub(coordinator).getTask(task).getTask().hasClaimed());
        waits.add(System.nanoTime() - begun.get(i));
      }
      assertThat(bus.sent(Subjects.OFFERS)).as("it was rung").isNotEmpty();
      assertThat(heard).as("and not heard").hasValue(0);
      System.out.printf("%d tasks without a message: the longest wait for a claim was %d ms%n", TASKS, Collections.max(waits) / 1_000_000);
    } finally {
      running.forEach(Periodic::close);
    }
  }

  private static void heartbeat(Channel coordinator, String swarm, String session) {
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
