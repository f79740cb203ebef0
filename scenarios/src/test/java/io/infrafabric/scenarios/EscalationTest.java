package io.infrafabric.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.GetSessionRequest;
import io.infrafabric.coordinator.v1.RaiseBlockerRequest;
import io.infrafabric.coordinator.v1.SessionStatus;
import io.infrafabric.coordinator.v1.TaskEventType;
import io.infrafabric.coordinator.v1.TaskRecord;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.governor.v1.ApproveEscalationRequest;
import io.infrafabric.governor.v1.DeliveryState;
import io.infrafabric.governor.v1.Escalation;
import io.infrafabric.governor.v1.EscalationEffectState;
import io.infrafabric.governor.v1.EscalationServiceGrpc;
import io.infrafabric.governor.v1.EscalationState;
import io.infrafabric.governor.v1.EscalationType;
import io.infrafabric.governor.v1.ListEscalationsRequest;
import io.infrafabric.governor.v1.QueryRequest;
import io.infrafabric.governor.v1.RejectEscalationRequest;
import io.infrafabric.governor.v1.WitnessServiceGrpc;
import io.infrafabric.kit.grpc.GrpcClient;
import io.infrafabric.names.Keys;
import io.infrafabric.names.TaskId;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a person must decide (G10, O7, O8): raised once for each cause, told to webhooks that fail, stall and double, decided once, and carried
 * out once though the governor is killed in between.
 */
class EscalationTest {
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final Duration DEADLINE = Duration.ofSeconds(12);
  private static final long CAP_MICROS = 100_000;

  @TempDir private static Path folder;
  private static HookSink sink;
  private static RunningFabric running;
  private static GrpcClient governor;

  private final FabricClient client = running.client();

  @BeforeAll
  static void start() throws Exception {
    sink = new HookSink();
    Path secret = folder.resolve("hook.secret");
    Files.writeString(secret, HookSink.SECRET);
    Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-------"));
    running =
        RunningFabric.startWithoutChassis(
            "IF_ESCALATION_DEADLINE", DEADLINE.toSeconds() + "s",
            "IF_ESCALATION_LOOK_EVERY", "500ms",
            "IF_WEBHOOK_TARGETS", sink.address("/hook") + "," + sink.address("/deaf"),
            "IF_WEBHOOK_HOSTS", "127.0.0.1",
            "IF_WEBHOOK_LOOPBACK", "true",
            "IF_WEBHOOK_SECRET_FILE", secret.toString(),
            "IF_WEBHOOK_TIMEOUT", "2s",
            "IF_WEBHOOK_TRIES", "6",
            "IF_WEBHOOK_FIRST_WAIT", "50ms",
            "IF_WEBHOOK_LONGEST_WAIT", "300ms");
    governor = GrpcClient.channel(running.fabric().governor().address(), Duration.ofSeconds(30));
  }

  /** Nothing was acknowledged twice, signed wrongly or old: the first try is failed, the second taken and not answered, of every post. */
  @AfterAll
  static void judgeAndStop() {
    try {
      assertThat(sink.wrong()).isEmpty();
      assertThat(sink.acknowledged()).isNotEmpty().allSatisfy((id, times) -> assertThat(times).as(id).isEqualTo(1));
    } finally {
      stop();
    }
  }

  private static void stop() {
    if (governor != null) {
      governor.close();
    }
    if (running != null) {
      running.close();
    }
    sink.close();
  }

  private static EscalationServiceGrpc.EscalationServiceBlockingStub escalations() {
    return EscalationServiceGrpc.newBlockingStub(governor.channel()).withWaitForReady();
  }

  private static Stream<Escalation> about(String subject) {
    return escalations().listEscalations(ListEscalationsRequest.newBuilder().setPageSize(500).build()).getEscalationsList().stream()
        .filter(one -> one.getSubjectId().equals(subject));
  }

  private static Escalation asked(String subject, EscalationType type) {
    Escalation found = await().atMost(SOON).until(() -> about(subject).toList(), all -> all.size() == 1).getFirst();
    assertThat(found.getType()).isEqualTo(type);
    return found;
  }

  private static Escalation approve(Escalation escalation) {
    return escalations()
        .approveEscalation(
            ApproveEscalationRequest.newBuilder()
                .setRequestId(FabricClient.request())
                .setEscalationId(escalation.getEscalationId())
                .setPrincipal("ada@example.org")
                .setReason("looked at it")
                .build())
        .getEscalation();
  }

  private static Ifctl.Result ifctl(String... arguments) throws Exception {
    Path nothing = folder.resolve("nothing");
    if (!Files.exists(nothing)) {
      Files.createFile(nothing);
    }
    return new Ifctl(running).call(nothing, arguments);
  }

  /** What happened to a task, from etcd's own history. */
  private static List<TaskEventType> events(String task) {
    return running.history(new Keys().task(new TaskId(task))).stream()
        .flatMap(version -> version.value().stream())
        .map(EscalationTest::event)
        .toList();
  }

  private static TaskEventType event(ByteString value) {
    try {
      return TaskRecord.parseFrom(value).getLast().getEvent();
    } catch (InvalidProtocolBufferException malformed) {
      throw new AssertionError(malformed);
    }
  }

  @Test
  void anOverspend_pausesTheSwarm_tellsTheWebhookOnce_andAPersonResumesItWithIfctl() throws Exception {
    String swarm = Unique.id("spender");
    String skill = Unique.capability();
    client.register(swarm, CAP_MICROS, 10, skill);
    String session = client.open(swarm, Duration.ofMinutes(2));
    TaskSpec.Builder paid = TaskSpec.newBuilder().addRequiredCapabilities(skill).setMaxCostMicros(CAP_MICROS);
    String first = client.submit(paid.setTaskId(Unique.id("paid")).build()).getTask().getSpec().getTaskId();
    String next = client.submit(paid.setTaskId(Unique.id("paid")).build()).getTask().getSpec().getTaskId();
    client.complete(client.claim(first, swarm, session), "all of it", CAP_MICROS);

    Escalation trip = asked(swarm, EscalationType.ESCALATION_TYPE_BREAKER_RESET);
    assertThat(Refused.by(() -> client.claim(next, swarm, session)).code()).isEqualTo(ErrorCode.ERROR_CODE_BREAKER_OPEN);
    await()
        .atMost(SOON)
        .until(
            () -> client.sessions().getSession(GetSessionRequest.newBuilder().setSwarmId(swarm).build()).getSession().getStatus(),
            SessionStatus.SESSION_STATUS_PAUSED::equals);
    String id = trip.getEscalationId();
    String post = await().atMost(SOON).until(() -> posts(id), acknowledged -> !acknowledged.isEmpty()).getFirst();
    JsonObject told = sink.body(post).getAsJsonObject("data");
    assertThat(told.get("swarmId").getAsString()).isEqualTo(swarm);
    assertThat(told.get("instructions").toString()).contains("ifctl escalation approve " + id);
    assertThat(told.has("deliveries")).isFalse();
    await()
        .atMost(SOON)
        .until(() -> about(swarm).findFirst().orElseThrow().getDeliveriesList().toString(), all -> all.contains("_DEAD") && all.contains("_DELIVERED"));

    Ifctl.Result list = ifctl("escalation", "list", "--swarm", swarm, "-o", "jsonl");
    assertThat(list.exitCode()).isZero();
    assertThat(JsonParser.parseString(list.out()).getAsJsonObject().get("escalationId").getAsString()).isEqualTo(id);
    assertThat(ifctl("escalation", "get", id).out()).contains("is stopped (budget exhausted)").contains("dead after 6 tries, status 500").doesNotContain("/hook", "whsec");
    Ifctl.Result approved = ifctl("escalation", "approve", id, "--by", "ada", "--reason", "it may go on", "--grant", "0.10", "-o", "json");
    assertThat(approved.exitCode()).as(approved.talk()).isZero();
    assertThat(JsonParser.parseString(approved.out()).getAsJsonObject().get("principal").getAsString()).isEqualTo("ada");
    client.claim(next, swarm, session);
    assertThat(ifctl("escalation", "reject", id, "--by", "bob", "--reason", "too late").exitCode()).isEqualTo(3);
    assertThat(ifctl("escalation", "get", "breaker-none").exitCode()).isEqualTo(6);
    assertThat(about(swarm)).hasSize(1);
    QueryRequest decided = QueryRequest.newBuilder().setOperation("escalation.approved").setSwarmId(swarm).build();
    await()
        .atMost(SOON)
        .untilAsserted(
            () ->
                assertThat(WitnessServiceGrpc.newBlockingStub(governor.channel()).query(decided).getEntriesList())
                    .singleElement()
                    .satisfies(entry -> assertThat(entry.toString()).contains("ada")));
  }

  /** Posts about an escalation that were acknowledged. */
  private static List<String> posts(String id) {
    return sink.acknowledged().keySet().stream().filter(post -> post.startsWith(id + ".")).sorted().toList();
  }

  /** Waits until nothing is on its way to a webhook: who is killed between an acknowledgement and its note would send once more. */
  private static void awaitSilence() {
    await()
        .atMost(SOON)
        .until(
            () ->
                escalations().listEscalations(ListEscalationsRequest.newBuilder().setPageSize(500).build()).getEscalationsList().stream()
                    .flatMap(one -> one.getDeliveriesList().stream())
                    .noneMatch(delivery -> delivery.getState() == DeliveryState.DELIVERY_STATE_PENDING));
  }

  @Test
  void aGate_isOpenedOnce_thoughTheGovernorIsKilledBetweenDecisionAndEffect() throws Exception {
    String task = Unique.id("gated");
    client.submit(TaskSpec.newBuilder().setTaskId(task).setNeedsApproval(true).build());
    Escalation gate = asked(task, EscalationType.ESCALATION_TYPE_APPROVAL_GATE);
    awaitSilence();
    running.fabric().coordinators().getFirst().pause();
    try {
      Escalation decided = approve(gate);
      assertThat(decided.getState()).isEqualTo(EscalationState.ESCALATION_STATE_APPROVED);
      assertThat(decided.getEffect().getState()).isEqualTo(EscalationEffectState.ESCALATION_EFFECT_STATE_PENDING);
      running.fabric().governor().kill();
    } finally {
      running.fabric().coordinators().getFirst().resume();
    }
    running.fabric().governor().start();
    await()
        .atMost(SOON)
        .ignoreExceptions()
        .until(() -> about(task).findFirst().orElseThrow().getEffect().getState(), EscalationEffectState.ESCALATION_EFFECT_STATE_DONE::equals);
    assertThat(client.task(task).getApproval().getPrincipal()).isEqualTo("ada@example.org");
    assertThat(events(task)).filteredOn(TaskEventType.TASK_EVENT_TYPE_APPROVED::equals).hasSize(1);
    assertThat(about(task)).hasSize(1);
  }

  @Test
  void aBlockerThatNobodyCanHelpWith_isAskedAbout_andARejectionCancelsTheTask() {
    String swarm = Unique.id("stuck");
    String skill = Unique.capability();
    String task = Unique.id("stuck");
    client.register(swarm, 1_000_000, 10, skill);
    client.submit(TaskSpec.newBuilder().setTaskId(task).addRequiredCapabilities(skill).setMaxCostMicros(CAP_MICROS).build());
    Claim claim = client.claim(task, swarm, client.open(swarm, Duration.ofMinutes(2)));
    client
        .claims()
        .raiseBlocker(
            RaiseBlockerRequest.newBuilder()
                .setRequestId(FabricClient.request())
                .setTaskId(task)
                .setSwarmId(swarm)
                .setFence(claim.getFence())
                .setType("weather")
                .addNeeds(Unique.capability())
                .build());
    Escalation nobody = asked(task, EscalationType.ESCALATION_TYPE_NOBODY_QUALIFIED);
    assertThat(nobody.getReason()).contains("nobody was found");
    Escalation no =
        escalations()
            .rejectEscalation(
                RejectEscalationRequest.newBuilder()
                    .setRequestId(FabricClient.request())
                    .setEscalationId(nobody.getEscalationId())
                    .setPrincipal("ada@example.org")
                    .setReason("we do without it")
                    .build())
            .getEscalation();
    assertThat(no.getState()).isEqualTo(EscalationState.ESCALATION_STATE_REJECTED);
    await().atMost(SOON).until(() -> client.task(task).hasCancelled());
    assertThat(client.task(task).getCancelled().getReason()).contains("rejected by ada@example.org");
  }

  @Test
  void aTaskThatUsedUpItsAttempts_isAskedAbout_andRequeuedByAnApproval() {
    String swarm = Unique.id("clumsy");
    String skill = Unique.capability();
    String task = Unique.id("failed");
    client.register(swarm, 0, 10, skill);
    String session = client.open(swarm, Duration.ofMinutes(2));
    client.submit(TaskSpec.newBuilder().setTaskId(task).addRequiredCapabilities(skill).setMaxAttempts(1).build());
    client.fail(client.claim(task, swarm, session), "out of luck", true);
    Escalation given = asked(task, EscalationType.ESCALATION_TYPE_TASK_QUARANTINED);
    assertThat(given.getEvidenceList()).anyMatch(line -> line.contains("out of luck"));
    approve(given);
    await().atMost(SOON).until(() -> client.task(task).hasReady());
    assertThat(client.task(task).getRequeue().getPrincipal()).isEqualTo("ada@example.org");
    client.complete(client.claim(task, swarm, session), "at last", 0);
  }

  @Test
  void whatNobodyLooksAt_isRaisedAgain_toldAgain_andHeardOnNats() throws Exception {
    try (NatsDoor nats = NatsDoor.of(running)) {
      List<String> heard = nats.listen("if.v1.event.escalation.*.*");
      String task = Unique.id("ignored");
      client.submit(TaskSpec.newBuilder().setTaskId(task).setNeedsApproval(true).build());
      String id = asked(task, EscalationType.ESCALATION_TYPE_APPROVAL_GATE).getEscalationId();
      await().atMost(SOON.plus(DEADLINE)).until(() -> about(task).findFirst().orElseThrow().getLevel() >= 2);
      String second = await().atMost(SOON).until(() -> posts(id), acknowledged -> acknowledged.size() >= 2).get(1);
      assertThat(sink.body(second).get("type").getAsString()).isEqualTo("escalation.raised_again");
      await()
          .atMost(SOON)
          .untilAsserted(
              () ->
                  assertThat(heard.stream().filter(body -> body.contains(id)).map(EscalationTest::lastEvent))
                      .contains("ESCALATION_EVENT_TYPE_RAISED", "ESCALATION_EVENT_TYPE_RAISED_AGAIN"));
      assertThat(about(task)).as("one escalation, however often").hasSize(1);
      approve(about(task).findFirst().orElseThrow());
    }
  }

  private static String lastEvent(String body) {
    return JsonParser.parseString(body).getAsJsonObject().get("lastEvent").getAsString();
  }
}
