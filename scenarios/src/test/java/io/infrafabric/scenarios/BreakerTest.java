package io.infrafabric.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.infrafabric.cli.Main;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.ClaimEnd;
import io.infrafabric.coordinator.v1.Offer;
import io.infrafabric.coordinator.v1.RaiseBlockerRequest;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.error.Refusal;
import io.infrafabric.governor.v1.ApplyPolicyRequest;
import io.infrafabric.governor.v1.BreakerState;
import io.infrafabric.governor.v1.GetSwarmRequest;
import io.infrafabric.governor.v1.ResetRequest;
import io.infrafabric.governor.v1.Standing;
import io.infrafabric.governor.v1.TripRequest;
import io.infrafabric.names.Subjects;
import io.infrafabric.names.SwarmId;
import io.nats.client.Connection;
import io.nats.client.Nats;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Breakers of swarms and capabilities on a fabric of two coordinators: who is stopped, what becomes of what is held, and who helps first. */
class BreakerTest {
  private static final Duration SOON = Duration.ofSeconds(60);
  private static RunningFabric fabric;
  private static FabricClient client;

  private final String bad = Unique.capability();
  private final String good = Unique.capability();
  private final String swarm = Unique.id("mixed");

  @BeforeAll
  static void start() throws Exception {
    fabric = RunningFabric.startTwoCoordinators();
    client = fabric.client();
  }

  @AfterAll
  static void stop() {
    fabric.close();
  }

  private static void policy(String document) {
    client.policies().applyPolicy(ApplyPolicyRequest.newBuilder().setRequestId(FabricClient.request()).setPrincipal("ada@example.org").setDocument(document).build());
  }

  private String start(String... capabilities) {
    client.register(swarm, 100_000_000, 50, capabilities);
    return client.open(swarm, Duration.ofMinutes(5));
  }

  private static String submit(String capability) {
    String task = Unique.id("t");
    client.submit(TaskSpec.newBuilder().setTaskId(task).addRequiredCapabilities(capability).build());
    return task;
  }

  private Standing standing() {
    return client.registry().getSwarm(GetSwarmRequest.newBuilder().setSwarmId(swarm).build()).getStanding();
  }

  private void failInOne(String session) {
    for (int i = 0; i < 3; i++) {
      client.fail(client.claim(submit(bad), swarm, session), "no", false);
      client.complete(client.claim(submit(good), swarm, session), "yes", 0);
    }
    await().atMost(SOON).until(() -> standing().getStopsCount() == 1);
  }

  private void trip(String capability) {
    client
        .breakers()
        .trip(
            TripRequest.newBuilder()
                .setRequestId(FabricClient.request())
                .setSwarmId(swarm)
                .setCapability(capability)
                .setPrincipal("ada@example.org")
                .setReason("looking")
                .build());
  }

  private void reset(String capability) {
    client
        .breakers()
        .reset(
            ResetRequest.newBuilder()
                .setRequestId(FabricClient.request())
                .setSwarmId(swarm)
                .setCapability(capability)
                .setPrincipal("ada@example.org")
                .setReason("looked")
                .build());
  }

  @Test
  void capabilityThatFails_isStopped_itsClaimsAreRevoked_andOneProbeOfManyLetsItGoOn() throws Exception {
    policy("circuit_breaker: {open_claims: revoke, half_open_after: 2s}");
    String session = start(bad, good);
    String held = submit(bad);
    Claim claim = client.claim(held, swarm, session);
    failInOne(session);
    List<String> wanted = IntStream.range(0, 20).mapToObj(i -> submit(bad)).toList();
    assertThat(client.complete(client.claim(submit(good), swarm, session), "yes", 0)).isNotNull();
    await().atMost(SOON).until(() -> client.task(held).getAttemptsCount() == 1);
    assertThat(client.task(held).getAttempts(0).getEnd()).isEqualTo(ClaimEnd.CLAIM_END_REVOKED);
    assertThat(Refused.by(() -> client.complete(claim, "late", 0)).code()).isEqualTo(ErrorCode.ERROR_CODE_STALE_FENCE);

    await().atMost(SOON).until(() -> standing().getStops(0).getState() == BreakerState.BREAKER_STATE_HALF_OPEN);
    try (FabricClient other = fabric.clientOf(1)) {
      Race<Claim> race =
          Race.of(wanted.stream().<Callable<Claim>>map(task -> () -> (task.hashCode() % 2 == 0 ? client : other).claim(task, swarm, session)).toList());
      assertThat(race.answers()).as("of %d claims", wanted.size()).hasSize(1);
      assertThat(race.refusals()).extracting(Refusal::code).containsOnly(ErrorCode.ERROR_CODE_BREAKER_OPEN);
      assertThat(race.refusals()).allSatisfy(refusal -> assertThat(refusal.metadata()).containsEntry("capability", bad));
      client.complete(race.answers().getFirst(), "better", 0);
    }
    await().atMost(SOON).until(() -> standing().getStopsCount() == 0);
    String next = wanted.stream().filter(task -> client.task(task).hasReady()).findFirst().orElseThrow();
    await().atMost(SOON).ignoreExceptions().until(() -> client.claim(next, swarm, session) != null);
  }

  @Test
  void park_keepsClaimAndFence_untilAPersonResets() {
    policy("circuit_breaker: {open_claims: park}");
    String session = start(bad, good);
    Claim held = client.claim(submit(bad), swarm, session);
    trip("");
    await().atMost(SOON).until(() -> client.task(held.getTaskId()).hasParked());
    assertThat(Refused.by(() -> client.complete(held, "early", 0)).code()).isEqualTo(ErrorCode.ERROR_CODE_TASK_NOT_READY);
    reset("");
    await().atMost(SOON).until(() -> client.task(held.getTaskId()).hasClaimed());
    client.complete(held, "done", 0);
  }

  /** The figure is printed and not judged: the machine may be busy. */
  @Test
  void trip_isToldToSubscribers() throws Exception {
    start(bad, good);
    LinkedBlockingQueue<Long> heard = new LinkedBlockingQueue<>();
    List<Long> micros = new ArrayList<>();
    try (Connection nats = Nats.connect(fabric.fabric().nats().address())) {
      nats.createDispatcher(message -> heard.add(System.nanoTime())).subscribe(Subjects.event("breaker", "opened", swarm));
      nats.flush(SOON);
      for (int i = 0; i < 30; i++) {
        trip(i % 2 == 0 ? "" : bad);
        long answered = System.nanoTime();
        Long told = heard.poll(30, TimeUnit.SECONDS);
        assertThat(told).as("trip %d is told", i).isNotNull();
        micros.add(Math.max(0, told - answered) / 1_000);
        reset(i % 2 == 0 ? "" : bad);
      }
    }
    List<Long> sorted = micros.stream().sorted().toList();
    System.out.printf(
        "breaker trip, from its answer to the subscriber: p50 %.1f ms, p95 %.1f ms, longest %.1f ms of %d%n",
        sorted.get(15) / 1e3, sorted.get(28) / 1e3, sorted.getLast() / 1e3, sorted.size());
  }

  @Test
  void commandLine_opensShowsAndResets_withItsExitCodes() {
    start(bad, good);
    assertThat(ifctl("breaker", "open", swarm, "--capability", bad, "--by", "ada", "--reason", "odd").exitCode()).isZero();
    JsonObject shown = JsonParser.parseString(ifctl("-o", "json", "breaker", "get", swarm).out()).getAsJsonObject();
    assertThat(shown.get("swarmId").getAsString()).isEqualTo(swarm);
    assertThat(shown.getAsJsonArray("capabilities").get(0).getAsJsonObject().get("state").getAsString()).isEqualTo("BREAKER_STATE_OPEN");
    assertThat(ifctl("breaker", "list", "--open").out()).contains(swarm, bad, "manual", "odd");
    assertThat(ifctl("breaker", "reset", swarm, "--by", "ada", "--reason", "done").exitCode()).as("that of the whole is closed").isEqualTo(2);
    assertThat(ifctl("breaker", "reset", swarm, "--capability", bad, "--by", "ada", "--reason", "done").exitCode()).isZero();
    assertThat(ifctl("breaker", "get", "nobody-at-all").exitCode()).isEqualTo(6);
  }

  private static Ifctl.Result ifctl(String... arguments) {
    List<String> words = new ArrayList<>(List.of("ifctl", "--governor", fabric.fabric().governor().address()));
    words.addAll(List.of(arguments));
    PrintStream before = System.out;
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (PrintStream captured = new PrintStream(out, true, StandardCharsets.UTF_8)) {
      System.setOut(captured);
      int exitCode = Main.run(words.toArray(String[]::new));
      return new Ifctl.Result(exitCode, out.toString(StandardCharsets.UTF_8), "");
    } finally {
      System.setOut(before);
    }
  }

  /** O6: the relation of a swarm to the one that is blocked alters who is offered help first. */
  @Test
  void relation_altersWhoIsOfferedHelpFirst() throws Exception {
    String first = Unique.capability();
    String second = Unique.capability();
    String stranger = "a-" + Unique.id("helper");
    String elder = "z-" + Unique.id("helper");
    String session = start(good);
    for (String helper : List.of(stranger, elder)) {
      client.register(helper, 0, 3, first, second);
      client.open(helper, Duration.ofMinutes(5));
    }
    assertThat(firstRung(first, stranger, elder, session)).as("by id, where nothing else tells them apart").isEqualTo(stranger);
    policy("relations:\n  - {kind: support, helpers: [" + elder + "], of: [" + swarm + "]}\n");
    assertThat(firstRung(second, stranger, elder, session)).isEqualTo(elder);
  }

  private String firstRung(String need, String one, String other, String session) throws Exception {
    List<Offer> rung = new CopyOnWriteArrayList<>();
    try (Connection nats = Nats.connect(fabric.fabric().nats().address())) {
      nats.createDispatcher(message -> rung.add(Multitude.offer(message)))
          .subscribe(Subjects.offer(new SwarmId(one)))
          .subscribe(Subjects.offer(new SwarmId(other)));
      nats.flush(SOON);
      Claim blocked = client.claim(submit(good), swarm, session);
      RaiseBlockerRequest raise =
          RaiseBlockerRequest.newBuilder()
              .setRequestId(FabricClient.request())
              .setTaskId(blocked.getTaskId())
              .setSwarmId(swarm)
              .setFence(blocked.getFence())
              .setType("other")
              .setDescription("cannot do it")
              .addNeeds(need)
              .build();
      String blocker = client.claims().raiseBlocker(raise).getBlocker().getBlockerId();
      await().atMost(SOON).until(() -> rung.stream().anyMatch(offer -> offer.getTaskId().startsWith(blocker)));
      Offer offered = rung.stream().filter(offer -> offer.getTaskId().startsWith(blocker)).findFirst().orElseThrow();
      Task help = client.task(offered.getTaskId());
      assertThat(help.getSpec().getHelpsSwarmId()).isEqualTo(swarm);
      return offered.getSwarmId();
    }
  }
}
