package io.infrafabric.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import io.infrafabric.coordinator.v1.ListSessionsRequest;
import io.infrafabric.coordinator.v1.Session;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.governor.v1.GrantRequest;
import io.infrafabric.names.Subjects;
import io.infrafabric.names.SwarmId;
import io.nats.client.Connection;
import io.nats.client.JetStreamSubscription;
import io.nats.client.Message;
import io.nats.client.Nats;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Swarms in another language, over the public doors: NATS alone, gRPC alone, and the first swarm of the README as it stands. */
class NodeClientTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Duration TTL = Duration.ofSeconds(2);
  private static final Path FIRST_SWARM = RunningFabric.repository().resolve("deploy/examples/first-swarm/swarm.mjs");

  private static NodeFolder node;
  private static RunningFabric running;

  @BeforeAll
  static void start() throws Exception {
    node = NodeFolder.installed().add(FIRST_SWARM);
    running = RunningFabric.startWithoutChassis();
  }

  @AfterAll
  static void stop() {
    if (running != null) {
      running.close();
    }
  }

  @Test
  void swarmOverNats_takesOffersHeartbeatsAndCompletes() throws Exception {
    Map<String, String> settings =
        Map.of("NATS_URL", nats(), "SWARM", "node-nats", "CAPABILITY", "code:nats", "TASKS", "5", "TTL", TTL.toSeconds() + "s");
    try (NodeProgram swarm = node.start("nats-swarm.mjs", settings)) {
      granted(swarm, "node-nats");
      Instant listening = Instant.now();
      Session session = session("node-nats");
      for (String task : tasks("nats", 4)) {
        submit(task, "code:nats");
      }
      swarm.awaitLine("completed nats-4");
      await("longer than a session lives without heartbeats").atMost(PATIENCE).until(() -> Instant.now().isAfter(listening.plus(TTL.multipliedBy(2))));
      assertThat(session("node-nats").getRevision()).as("the opening of the session").isEqualTo(session.getRevision());
      submit("nats-5", "code:nats");
      assertThat(swarm.awaitExit()).as(() -> swarm.lines().toString()).isZero();
      completedBy("node-nats", tasks("nats", 5));
    }
  }

  @Test
  void swarmThatWasAway_readsTheOffersItMissedFromTheStream() throws Exception {
    Map<String, String> settings = Map.of("NATS_URL", nats(), "SWARM", "node-back", "CAPABILITY", "code:back", "TASKS", "3");
    try (NodeProgram swarm = node.start("returning-swarm.mjs", settings)) {
      swarm.awaitLine("registered");
      running.client().accounts().grant(GrantRequest.newBuilder().setRequestId(FabricClient.request()).setAccountId("node-back").setAmountMicros(10_000).build());
      swarm.goOn();
      swarm.awaitLine("away");
      submit("back-1", "code:back");
      submit("back-2", "code:back");
      await("rung while it is away").atMost(PATIENCE).until(() -> kept("node-back").containsAll(List.of("back-1", "back-2")));
      swarm.goOn();
      swarm.awaitLine("caught up");
      assertThat(swarm.lines()).contains("kept back-1", "kept back-2", "completed back-1", "completed back-2");
      submit("back-3", "code:back");
      assertThat(swarm.awaitExit()).as(() -> swarm.lines().toString()).isZero();
      completedBy("node-back", tasks("back", 3));
    }
  }

  /** The tasks that the stream of offers keeps for a swarm. */
  private static Set<String> kept(String swarm) throws Exception {
    Set<String> tasks = new HashSet<>();
    try (Connection connection = Nats.connect(nats())) {
      JetStreamSubscription all = connection.jetStream().subscribe(Subjects.offer(new SwarmId(swarm)));
      for (Message message = all.nextMessage(Duration.ofSeconds(1)); message != null; message = all.nextMessage(Duration.ofMillis(100))) {
        tasks.add(Multitude.offer(message).getTaskId());
      }
    }
    return tasks;
  }

  @Test
  void swarmOverGrpc_takesTheNextAndCompletes() throws Exception {
    Map<String, String> settings =
        Map.of(
            "PROTO", RunningFabric.repository().resolve("proto/src/main/protobuf").toString(),
            "GOVERNOR", running.fabric().governor().address(),
            "COORDINATOR", running.fabric().coordinators().getFirst().address(),
            "SWARM", "node-grpc",
            "CAPABILITY", "code:grpc",
            "TASKS", "5");
    try (NodeProgram swarm = node.start("grpc-swarm.mjs", settings)) {
      granted(swarm, "node-grpc");
      tasks("grpc", 5).forEach(task -> submit(task, "code:grpc"));
      assertThat(swarm.awaitExit()).as(() -> swarm.lines().toString()).isZero();
      completedBy("node-grpc", tasks("grpc", 5));
    }
  }

  @Test
  void firstSwarm_shoutsWhatItIsGiven() throws Exception {
    try (NodeProgram swarm = node.start(FIRST_SWARM.getFileName().toString(), Map.of("NATS_URL", nats()))) {
      running
          .client()
          .submit(
              TaskSpec.newBuilder()
                  .setTaskId("first-1")
                  .addRequiredCapabilities("text:shout")
                  .setPayload(ByteString.copyFromUtf8("hello"))
                  .build());
      await("the task done: " + swarm.lines()).atMost(PATIENCE).until(() -> running.client().task("first-1").hasCompleted());
      assertThat(running.client().task("first-1").getCompleted().getResult().toStringUtf8()).isEqualTo("HELLO");
    }
  }

  @Test
  void firstSwarm_isTheOneInTheReadme() throws IOException {
    assertThat(Files.readString(RunningFabric.repository().resolve("README.md"))).contains("```js\n" + Files.readString(FIRST_SWARM) + "```");
  }

  /** The swarm registers itself; money is the operator's. */
  private static void granted(NodeProgram swarm, String id) throws IOException {
    swarm.awaitLine("registered");
    running.client().accounts().grant(GrantRequest.newBuilder().setRequestId(FabricClient.request()).setAccountId(id).setAmountMicros(10_000).build());
    swarm.goOn();
    swarm.awaitLine("listening");
  }

  private static void submit(String task, String capability) {
    running.client().submit(TaskSpec.newBuilder().setTaskId(task).addRequiredCapabilities(capability).setMaxCostMicros(100).build());
  }

  private static void completedBy(String swarm, List<String> tasks) {
    for (String task : tasks) {
      assertThat(running.client().task(task).getCompleted().getClaim().getSwarmId()).as(task).isEqualTo(swarm);
      assertThat(running.client().task(task).getCompleted().getResult().toStringUtf8()).isEqualTo(task + " by " + swarm);
    }
    await("its money")
        .atMost(PATIENCE)
        .until(() -> running.client().account(swarm).getAccount().getSettledMicros() == 100L * tasks.size());
    Judgement.history(running, Set.copyOf(tasks));
  }

  private static Session session(String swarm) {
    return running.client().sessions().listSessions(ListSessionsRequest.getDefaultInstance()).getSessionsList().stream()
        .filter(session -> session.getSwarmId().equals(swarm))
        .findFirst()
        .orElseThrow(() -> new AssertionError(swarm + " has no session"));
  }

  private static List<String> tasks(String name, int count) {
    return IntStream.rangeClosed(1, count).mapToObj(i -> name + "-" + i).toList();
  }

  private static String nats() {
    return running.fabric().nats().address();
  }
}
