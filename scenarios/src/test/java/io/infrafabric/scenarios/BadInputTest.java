package io.infrafabric.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.google.protobuf.ByteString;
import com.google.protobuf.util.Durations;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.CancelTaskRequest;
import io.infrafabric.coordinator.v1.ClaimNextRequest;
import io.infrafabric.coordinator.v1.ClaimTaskRequest;
import io.infrafabric.coordinator.v1.CompleteTaskRequest;
import io.infrafabric.coordinator.v1.FailTaskRequest;
import io.infrafabric.coordinator.v1.GetTaskRequest;
import io.infrafabric.coordinator.v1.ListTasksRequest;
import io.infrafabric.coordinator.v1.OpenSessionRequest;
import io.infrafabric.coordinator.v1.ReleaseTaskRequest;
import io.infrafabric.coordinator.v1.ReportProgressRequest;
import io.infrafabric.coordinator.v1.SubmitTaskRequest;
import io.infrafabric.coordinator.v1.SubmitTasksRequest;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.error.Refusal;
import io.infrafabric.governor.v1.GrantRequest;
import io.infrafabric.governor.v1.Manifest;
import io.infrafabric.governor.v1.RegisterSwarmRequest;
import io.infrafabric.names.Keys;
import io.infrafabric.names.Limits;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What is wrong is refused with its code, the field and what to do, and nothing is written; on gRPC and on NATS alike. */
@ExtendWith(SharedFabric.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BadInputTest {
  private static final String SWARM = "careful-with-input";
  private static final String TASK = "held-by-the-careful";
  private static final List<String> BAD_IDS = List.of("a.b", "a*", "a>", "a/b", "a b", "Abc", "-a", "a-", "ä", "a".repeat(64), "if.v1.>");
  private static final List<String> BAD_CAPABILITIES = List.of("code", "code:", ":review", "a:b:c:d", "Code:Review", "code:*", "code review:x", "x".repeat(41) + ":y", "");
  private static final List<Long> BAD_MONEY = List.of(-1L, Long.MIN_VALUE, Limits.MONEY_MICROS + 1, Long.MAX_VALUE);

  private final RunningFabric fabric;
  private NatsDoor nats;
  private long fence;
  private Map<String, Long> before;

  BadInputTest(RunningFabric fabric) {
    this.fabric = fabric;
  }

  @BeforeAll
  void aSwarmHoldsATask() throws IOException, InterruptedException {
    nats = NatsDoor.of(fabric);
    fabric.client().register(SWARM, 1_000_000, 10, "bad:input");
    String session = fabric.client().open(SWARM, Duration.ofMinutes(5));
    fabric.client().submit(TaskSpec.newBuilder().setTaskId(TASK).addRequiredCapabilities("bad:input").setMaxCostMicros(1_000).build());
    fence = fabric.client().claim(TASK, SWARM, session).getFence();
  }

  @AfterAll
  void stop() throws InterruptedException {
    nats.close();
  }

  /** Of all keys that a request can write; not the cursors of the relays and the archive, which follow what was written earlier. */
  private Map<String, Long> revisions() {
    Keys keys = new Keys();
    return fabric.revisions(
        keys.tasks(), keys.plans(), keys.sessions(), keys.commitments(), keys.standings(), keys.swarms(), keys.accounts(), keys.breakers(), keys.contracts(), keys.blockers());
  }

  @BeforeEach
  void remember() {
    before = revisions();
  }

  /** No key is new, and those of this swarm and its task are as they were; sessions of earlier scenarios may end meanwhile. */
  @AfterEach
  void nothingIsWritten() {
    Map<String, Long> after = revisions();
    assertThat(before.keySet()).containsAll(after.keySet());
    before.forEach(
        (key, revision) -> {
          if (Set.of(SWARM, TASK).contains(Keys.idOf(key))) {
            assertThat(after).containsEntry(key, revision);
          }
        });
  }

  private static void assertHelpful(Refusal refusal, ErrorCode code, String field) {
    assertThat(refusal.code()).as(refusal.message()).isEqualTo(code);
    assertThat(refusal.message()).contains(field);
    assertThat(refusal.fields()).filteredOn(wrong -> wrong.path().equals(field)).singleElement().satisfies(wrong -> assertThat(wrong.description()).isNotBlank());
  }

  private static Arguments bad(String what, ErrorCode code, String field, Function<FabricClient, Object> call) {
    return arguments(what, code, field, call);
  }

  private static Arguments badSpec(String what, ErrorCode code, String field, TaskSpec.Builder spec) {
    return bad(what, code, "spec." + field, client -> client.submit(spec.build()));
  }

  private static TaskSpec.Builder spec() {
    return TaskSpec.newBuilder().setTaskId("never");
  }

  static Stream<Arguments> specs() {
    ErrorCode argument = ErrorCode.ERROR_CODE_INVALID_ARGUMENT;
    List<Arguments> all = new ArrayList<>();
    for (String id : BAD_IDS) {
      all.add(badSpec("task id " + id, ErrorCode.ERROR_CODE_INVALID_ID, "task_id", spec().setTaskId(id)));
      all.add(badSpec("plan id " + id, ErrorCode.ERROR_CODE_INVALID_ID, "plan_id", spec().setPlanId(id)));
      all.add(badSpec("dependency " + id, ErrorCode.ERROR_CODE_INVALID_ID, "depends_on[0]", spec().addDependsOn(id)));
    }
    for (String capability : BAD_CAPABILITIES) {
      all.add(badSpec("capability " + capability, ErrorCode.ERROR_CODE_INVALID_CAPABILITY, "required_capabilities[1]", spec().addRequiredCapabilities("a:b").addRequiredCapabilities(capability)));
    }
    for (long micros : BAD_MONEY) {
      all.add(badSpec("cap " + micros, ErrorCode.ERROR_CODE_INVALID_MONEY, "max_cost_micros", spec().setMaxCostMicros(micros)));
    }
    all.add(badSpec("payload", ErrorCode.ERROR_CODE_PAYLOAD_TOO_LARGE, "payload", spec().setPayload(ByteString.copyFrom(new byte[Limits.PAYLOAD_BYTES + 1]))));
    all.add(badSpec("attempts", argument, "max_attempts", spec().setMaxAttempts(Limits.ATTEMPTS + 1)));
    all.add(badSpec("negative attempts", argument, "max_attempts", spec().setMaxAttempts(-1)));
    all.add(badSpec("back-off", argument, "retry_backoff", spec().setRetryBackoff(Durations.fromSeconds(-1))));
    all.add(badSpec("short negative back-off", argument, "retry_backoff", spec().setRetryBackoff(Durations.fromNanos(-1))));
    all.add(badSpec("malformed back-off", argument, "retry_backoff", spec().setRetryBackoff(com.google.protobuf.Duration.newBuilder().setNanos(2_000_000_000))));
    all.add(badSpec("malformed time", argument, "not_before", spec().setNotBefore(com.google.protobuf.Timestamp.newBuilder().setSeconds(Long.MAX_VALUE))));
    all.add(badSpec("reputation", argument, "min_reputation_millis", spec().setMinReputationMillis(1_001)));
    all.add(badSpec("priority", argument, "priority", spec().setPriorityValue(99)));
    all.add(badSpec("label", argument, "labels", spec().putLabels("k".repeat(64), "")));
    all.add(badSpec("deadline", ErrorCode.ERROR_CODE_INVALID_ARGUMENT, "deadline", spec().setDeadline(com.google.protobuf.Timestamp.newBuilder().setNanos(-1))));
    return all.stream();
  }

  Stream<Arguments> requests() {
    ErrorCode argument = ErrorCode.ERROR_CODE_INVALID_ARGUMENT;
    ErrorCode id = ErrorCode.ERROR_CODE_INVALID_ID;
    List<Arguments> all = new ArrayList<>();
    all.add(bad("submit without request id", argument, "request_id", client -> client.tasks().submitTask(SubmitTaskRequest.newBuilder().setSpec(spec()).build())));
    all.add(bad("request id with a blank", argument, "request_id", client -> client.tasks().submitTask(SubmitTaskRequest.newBuilder().setRequestId("a b").setSpec(spec()).build())));
    all.add(bad("no tasks", argument, "specs", client -> client.tasks().submitTasks(SubmitTasksRequest.newBuilder().setRequestId("r").build())));
    all.add(
        bad("too many tasks", argument, "specs", client ->
            client.tasks().submitTasks(SubmitTasksRequest.newBuilder().setRequestId("r").addAllSpecs(Collections.nCopies(1_001, TaskSpec.getDefaultInstance())).build())));
    all.add(
        bad("one of many", id, "specs[1].task_id", client ->
            client.tasks().submitTasks(SubmitTasksRequest.newBuilder().setRequestId("r").addSpecs(spec()).addSpecs(spec().setTaskId("a/b")).build())));
    all.add(
        bad("one id twice", argument, "specs[1].task_id", client ->
            client.tasks().submitTasks(SubmitTasksRequest.newBuilder().setRequestId("r").addSpecs(spec()).addSpecs(spec()).build())));
    all.add(bad("get nothing", id, "task_id", client -> client.tasks().getTask(GetTaskRequest.getDefaultInstance())));
    all.add(bad("page token", id, "page_token", client -> client.tasks().listTasks(ListTasksRequest.newBuilder().setPageToken("a.b").build())));
    all.add(bad("cancel without request id", argument, "request_id", client -> client.tasks().cancelTask(CancelTaskRequest.newBuilder().setTaskId(TASK).build())));
    all.add(bad("cancel at length", argument, "reason", client -> client.tasks().cancelTask(CancelTaskRequest.newBuilder().setRequestId("r").setTaskId(TASK).setReason("r".repeat(1_025)).build())));
    for (String bad : BAD_IDS) {
      all.add(bad("claim " + bad, id, "task_id", client -> client.claims().claimTask(ClaimTaskRequest.newBuilder().setRequestId("r").setTaskId(bad).setSwarmId(SWARM).build())));
      all.add(bad("claim by " + bad, id, "swarm_id", client -> client.claims().claimTask(ClaimTaskRequest.newBuilder().setRequestId("r").setTaskId(TASK).setSwarmId(bad).build())));
      all.add(bad("session of " + bad, id, "swarm_id", client -> client.sessions().openSession(OpenSessionRequest.newBuilder().setRequestId("r").setSwarmId(bad).build())));
      all.add(bad("manifest of " + bad, id, "manifest.swarm_id", client -> register(client, manifest().setSwarmId(bad))));
    }
    all.add(bad("claim without request id", argument, "request_id", client -> client.claims().claimTask(ClaimTaskRequest.newBuilder().setTaskId(TASK).setSwarmId(SWARM).build())));
    all.add(bad("next without request id", argument, "request_id", client -> client.claims().claimNext(ClaimNextRequest.newBuilder().setSwarmId(SWARM).build())));
    all.add(bad("agent with a blank", argument, "agent", client -> client.claims().claimNext(ClaimNextRequest.newBuilder().setRequestId("r").setSwarmId(SWARM).setAgent("a b").build())));
    all.add(bad("negative fence", argument, "fence", client -> client.claims().completeTask(completion().setFence(-1).build())));
    all.add(bad("no fence", argument, "fence", client -> client.claims().failTask(FailTaskRequest.newBuilder().setRequestId("r").setTaskId(TASK).setSwarmId(SWARM).build())));
    all.add(bad("release without fence", argument, "fence", client -> client.claims().releaseTask(ReleaseTaskRequest.newBuilder().setRequestId("r").setTaskId(TASK).setSwarmId(SWARM).build())));
    all.add(bad("101 percent", argument, "percent", client -> client.claims().reportProgress(progress().setPercent(101).build())));
    all.add(bad("negative percent", argument, "percent", client -> client.claims().reportProgress(progress().setPercent(-1).build())));
    all.add(bad("long note", argument, "note", client -> client.claims().reportProgress(progress().setNote("n".repeat(1_025)).build())));
    all.add(bad("large result", ErrorCode.ERROR_CODE_PAYLOAD_TOO_LARGE, "result", client -> client.claims().completeTask(completion().setResult(ByteString.copyFrom(new byte[Limits.PAYLOAD_BYTES + 1])).build())));
    for (long micros : BAD_MONEY) {
      all.add(bad("cost " + micros, ErrorCode.ERROR_CODE_INVALID_MONEY, "cost_micros", client -> client.claims().completeTask(completion().setCostMicros(micros).build())));
      all.add(bad("grant " + micros, ErrorCode.ERROR_CODE_INVALID_MONEY, "amount_micros", client -> client.accounts().grant(GrantRequest.newBuilder().setRequestId("r").setAccountId(SWARM).setAmountMicros(micros).build())));
      all.add(bad("rate " + micros, ErrorCode.ERROR_CODE_INVALID_MONEY, "manifest.cost_per_hour_micros", client -> register(client, manifest().setCostPerHourMicros(micros))));
    }
    all.add(bad("session of a moment", argument, "ttl", client -> client.sessions().openSession(OpenSessionRequest.newBuilder().setRequestId("r").setSwarmId(SWARM).setTtl(Durations.fromMillis(1_999)).build())));
    all.add(bad("session for ever", argument, "ttl", client -> client.sessions().openSession(OpenSessionRequest.newBuilder().setRequestId("r").setSwarmId(SWARM).setTtl(com.google.protobuf.Duration.newBuilder().setSeconds(Long.MAX_VALUE)).build())));
    for (String capability : BAD_CAPABILITIES) {
      all.add(bad("manifest with " + capability, ErrorCode.ERROR_CODE_INVALID_CAPABILITY, "manifest.capabilities[0]", client -> register(client, manifest().clearCapabilities().addCapabilities(capability))));
    }
    all.add(bad("claims at once", argument, "manifest.max_concurrent", client -> register(client, manifest().setMaxConcurrent(257))));
    return all.stream();
  }

  private static Object register(FabricClient client, Manifest.Builder manifest) {
    return client.registry().registerSwarm(RegisterSwarmRequest.newBuilder().setRequestId("r").setManifest(manifest).build());
  }

  private static Manifest.Builder manifest() {
    return Manifest.newBuilder().setSwarmId("unwanted").addCapabilities("a:b");
  }

  private CompleteTaskRequest.Builder completion() {
    return CompleteTaskRequest.newBuilder().setRequestId("r").setTaskId(TASK).setSwarmId(SWARM).setFence(fence);
  }

  private ReportProgressRequest.Builder progress() {
    return ReportProgressRequest.newBuilder().setRequestId("r").setTaskId(TASK).setSwarmId(SWARM).setFence(fence);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource({"specs", "requests"})
  void overGrpc_isRefusedNamingTheField(String what, ErrorCode code, String field, Function<FabricClient, Object> call) {
    assertHelpful(Refused.by(() -> call.apply(fabric.client())), code, field);
  }

  static Stream<Arguments> bodies() {
    return Stream.of(
        arguments("SubmitTask", "{\"requestId\":\"r\",\"spec\":{\"taskId\":\"a.b\"}}", "INVALID_ID", "spec.task_id"),
        arguments("SubmitTask", "{\"requestId\":\"r\",\"spec\":{\"taskId\":\"if.v1.>\"}}", "INVALID_ID", "spec.task_id"),
        arguments("SubmitTask", "{\"requestId\":\"r\",\"spec\":{\"taskId\":\"" + "a".repeat(64) + "\"}}", "INVALID_ID", "spec.task_id"),
        arguments("SubmitTask", "{\"requestId\":\"r\",\"spec\":{\"requiredCapabilities\":[\"code\"]}}", "INVALID_CAPABILITY", "spec.required_capabilities[0]"),
        arguments("SubmitTask", "{\"requestId\":\"r\",\"spec\":{\"maxCostMicros\":\"-1\"}}", "INVALID_MONEY", "spec.max_cost_micros"),
        arguments("SubmitTask", "{\"requestId\":\"r\",\"spec\":{\"maxCostMicros\":9223372036854775807}}", "INVALID_MONEY", "spec.max_cost_micros"),
        arguments("SubmitTask", "{\"requestId\":\"r\",\"spec\":{\"maxCostMicros\":92233720368547758070}}", "INVALID_ARGUMENT", "92233720368547758070"),
        arguments("SubmitTask", "{\"requestId\":\"r\",\"spec\":{\"payload\":\"" + "A".repeat(4 * (Limits.PAYLOAD_BYTES / 3 + 1)) + "\"}}", "PAYLOAD_TOO_LARGE", "spec.payload"),
        arguments("SubmitTask", "{\"spec\":{\"taskId\":\"never\"}}", "INVALID_ARGUMENT", "request_id"),
        arguments("SubmitTask", "{\"requestId\":\"r\",\"spec\":{\"taskId\":\"never\"},\"urgent\":true}", "UNKNOWN_FIELD", "urgent"),
        arguments("SubmitTask", "{\"requestId\":\"r\",\"spec\":{\"taskId\":\"never\",\"prioritty\":\"HIGH\"}}", "UNKNOWN_FIELD", "prioritty"),
        arguments("SubmitTask", "{\"requestId\":\"r\",\"spec\":{\"taskId\":\"never\",\"priority\":\"URGENT\"}}", "INVALID_ARGUMENT", "URGENT"),
        arguments("SubmitTask", "{\"requestId\":\"r\",\"spec\":", "INVALID_ARGUMENT", "JSON"),
        arguments("SubmitTask", "[]", "INVALID_ARGUMENT", "JSON"),
        arguments("SubmitTask", "\u0000\u0001", "INVALID_ARGUMENT", "JSON"),
        arguments("SubmitTasks", "{\"requestId\":\"r\",\"specs\":[" + "{},".repeat(1_000) + "{}]}", "INVALID_ARGUMENT", "specs"),
        arguments("ClaimTask", "{\"requestId\":\"r\",\"taskId\":\"a*\",\"swarmId\":\"" + SWARM + "\"}", "INVALID_ID", "task_id"),
        arguments("CompleteTask", "{\"requestId\":\"r\",\"taskId\":\"" + TASK + "\",\"swarmId\":\"" + SWARM + "\",\"fence\":\"-1\"}", "INVALID_ARGUMENT", "fence"),
        arguments("CompleteTask", "{\"requestId\":\"r\",\"taskId\":\"" + TASK + "\",\"swarmId\":\"" + SWARM + "\",\"fence\":\"1\",\"costMicros\":-5}", "INVALID_MONEY", "cost_micros"),
        arguments("ReportProgress", "{\"requestId\":\"r\",\"taskId\":\"" + TASK + "\",\"swarmId\":\"" + SWARM + "\",\"fence\":\"1\",\"percent\":101}", "INVALID_ARGUMENT", "percent"));
  }

  @ParameterizedTest(name = "{0} {index}: {2} {3}")
  @MethodSource("bodies")
  void overNats_isRefusedNamingTheField(String method, String body, String code, String named) throws Exception {
    NatsDoor.Answer answer = nats.call("coordinator", method, body);
    assertThat(answer.error()).as(answer.body()).startsWith(code + ": ").contains(named);
    assertThat(answer.body()).contains("\"code\":\"" + code + "\"").contains(named).contains("\"advice\":\"");
  }

  @Test
  void requestBeyondTheLimitOfGrpc_isRefusedAsTooLarge() {
    TaskSpec large = TaskSpec.newBuilder().setPayload(ByteString.copyFrom(new byte[Limits.PAYLOAD_BYTES])).build();
    Refusal refusal =
        Refused.by(
            () ->
                fabric.client().tasks().submitTasks(SubmitTasksRequest.newBuilder().setRequestId("r").addAllSpecs(Collections.nCopies(17, large)).build()));
    assertThat(refusal.code()).isEqualTo(ErrorCode.ERROR_CODE_PAYLOAD_TOO_LARGE);
  }
}
