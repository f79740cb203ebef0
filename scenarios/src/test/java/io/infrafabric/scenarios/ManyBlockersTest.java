package io.infrafabric.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import io.infrafabric.coordinator.v1.Blocker;
import io.infrafabric.coordinator.v1.BlockerEvent;
import io.infrafabric.coordinator.v1.CancelTaskRequest;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.ListBlockersRequest;
import io.infrafabric.coordinator.v1.ListBlockersResponse;
import io.infrafabric.coordinator.v1.RaiseBlockerRequest;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.nats.client.Connection;
import io.nats.client.Message;
import io.nats.client.Nats;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** C11: a swarm that meets a thousand obstacles at once; none is lost, and an orchestrator hears of each. */
@ExtendWith(SharedFabric.class)
class ManyBlockersTest {
  private static final Duration SOON = Duration.ofSeconds(60);

  private final RunningFabric fabric;
  private final FabricClient client;
  private final String skill = Unique.capability();
  private final String owner = Unique.id("blocked");

  ManyBlockersTest(RunningFabric fabric) {
    this.fabric = fabric;
    this.client = fabric.client();
  }

  private List<Claim> held(int tasks) {
    client.register(owner, 1_000_000, tasks, skill);
    String session = client.open(owner, Duration.ofMinutes(2));
    List<Claim> claims = new ArrayList<>();
    for (int i = 0; i < tasks; i++) {
      String task = Unique.id("stuck");
      client.submit(TaskSpec.newBuilder().setTaskId(task).addRequiredCapabilities(skill).setMaxCostMicros(1_000).build());
      claims.add(client.claim(task, owner, session));
    }
    return claims;
  }

  private static RaiseBlockerRequest raise(Claim claim, int number) {
    return RaiseBlockerRequest.newBuilder()
        .setRequestId(FabricClient.request())
        .setTaskId(claim.getTaskId())
        .setSwarmId(claim.getSwarmId())
        .setFence(claim.getFence())
        .setType("weather")
        .setDescription("blocker " + number)
        .build();
  }

  /** As it is worst: all of one task, over two coordinators that write the same record. */
  @Test
  void thousandBlockersOfOneTask_overTwoCoordinators_areAThousandFacts() throws Exception {
    Claim claim = held(1).getFirst();
    try (FabricClient other = fabric.clientOf(1)) {
      thousandBlockers(List.of(claim), List.of(client, other));
    }
    assertThat(client.task(claim.getTaskId()).getParked().getBlockerIdsList()).hasSize(1_000);
    cancel(claim);
  }

  @Test
  void thousandBlockersOfOneSwarm_areAThousandInTheListAndAtTheOrchestrator() throws Exception {
    List<Claim> claims = held(20);
    thousandBlockers(claims, List.of(client));
    claims.forEach(this::cancel);
  }

  /** Raises 1,000 at once, evenly spread over the claims and the doors; each is to be listed, and told to who subscribes. */
  private void thousandBlockers(List<Claim> claims, List<FabricClient> doors) throws Exception {
    Map<String, String> told = new ConcurrentHashMap<>();
    AtomicLong lastToldNanos = new AtomicLong();
    Patience patience = new Patience(new LoadLog(), new CountDownLatch(1));
    Map<String, String> raised = new HashMap<>();
    try (Connection nats = Nats.connect(fabric.fabric().nats().address());
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      nats.createDispatcher(
              message -> {
                Blocker blocker = event(message).getBlocker();
                if (blocker.getSwarmId().equals(owner) && told.put(blocker.getBlockerId(), blocker.getDescription()) == null) {
                  lastToldNanos.set(System.nanoTime());
                }
              })
          .subscribe("if.v1.event.blocker.raised.*");
      nats.flush(SOON);
      long begin = System.nanoTime();
      List<Future<Blocker>> answers =
          IntStream.range(0, 1_000)
              .mapToObj(
                  i -> {
                    FabricClient door = doors.get(i % doors.size());
                    RaiseBlockerRequest request = raise(claims.get(i % claims.size()), i);
                    return threads.submit(() -> patience.untilAnswered("RaiseBlocker", () -> door.claims().raiseBlocker(request)).getBlocker());
                  })
              .toList();
      for (Future<Blocker> answer : answers) {
        raised.put(answer.get().getBlockerId(), answer.get().getDescription());
      }
      long answered = System.nanoTime();
      assertThat(raised.values()).hasSize(1_000).doesNotHaveDuplicates();
      await().atMost(SOON).until(() -> told.size() >= 1_000);
      System.out.printf(
          "1,000 blockers of one swarm on %d tasks over %d coordinators: raised in %d ms, %.0f a second; the last was told %d ms after the first was sent%n",
          claims.size(), doors.size(), (answered - begin) / 1_000_000, 1e12 / (answered - begin), (lastToldNanos.get() - begin) / 1_000_000);
    }
    assertThat(told).isEqualTo(raised);
    await("both coordinators list them").atMost(SOON).untilAsserted(() -> assertThat(listed(client)).isEqualTo(raised));
    try (FabricClient other = fabric.clientOf(1)) {
      await("both coordinators list them").atMost(SOON).untilAsserted(() -> assertThat(listed(other)).isEqualTo(raised));
    }
  }

  private static BlockerEvent event(Message message) {
    BlockerEvent.Builder event = BlockerEvent.newBuilder();
    try {
      JsonFormat.parser().merge(new String(message.getData(), StandardCharsets.UTF_8), event);
    } catch (InvalidProtocolBufferException malformed) {
      throw new AssertionError("not of a blocker: " + message, malformed);
    }
    return event.build();
  }

  /** The blockers of the swarm, by pages: each id once, with what it says. */
  private Map<String, String> listed(FabricClient door) {
    Map<String, String> all = new HashMap<>();
    String next = "";
    do {
      ListBlockersResponse page = door.claims().listBlockers(ListBlockersRequest.newBuilder().setSwarmId(owner).setPageSize(300).setPageToken(next).build());
      for (Blocker blocker : page.getBlockersList()) {
        assertThat(all.put(blocker.getBlockerId(), blocker.getDescription())).as("listed twice: %s", blocker.getBlockerId()).isNull();
      }
      next = page.getNextPageToken();
    } while (!next.isEmpty());
    return all;
  }

  private void cancel(Claim claim) {
    Task cancelled =
        client.tasks().cancelTask(CancelTaskRequest.newBuilder().setRequestId(FabricClient.request()).setTaskId(claim.getTaskId()).build()).getTask();
    assertThat(cancelled.hasCancelled()).isTrue();
  }
}
