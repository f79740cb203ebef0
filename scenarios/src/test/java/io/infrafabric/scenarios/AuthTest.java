package io.infrafabric.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.protobuf.ByteString;
import io.infrafabric.access.Role;
import io.infrafabric.chassis.v1.Contract;
import io.infrafabric.chassis.v1.LoadSwarmRequest;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.ClaimNextRequest;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.governor.v1.ApproveEscalationRequest;
import io.infrafabric.governor.v1.Escalation;
import io.infrafabric.governor.v1.ListEscalationsRequest;
import io.infrafabric.governor.v1.QueryRequest;
import io.infrafabric.governor.v1.TripRequest;
import io.infrafabric.kit.auth.RevokedTokens;
import io.infrafabric.kit.auth.SigningKey;
import io.infrafabric.kit.grpc.CallerIdentity;
import io.infrafabric.kit.grpc.TlsSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A fabric that wants a token of everybody: through gRPC, NATS and ifctl. */
class AuthTest {
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final Duration TTL = Duration.ofMinutes(1);
  private static final int RATE = 20;

  @TempDir static Path folder;
  private static RunningFabric running;
  private static Ifctl ifctl;
  private static SigningKey people;
  private static final List<String> ISSUED = new ArrayList<>();

  private static FabricClient admin;

  @BeforeAll
  static void start() throws Exception {
    Path trusted = folder.resolve("trusted.keys");
    Files.writeString(trusted, shell("token", "keygen", "--id", "people-1", "--out", folder.resolve("people.pem").toString()));
    String services = SigningKey.generate("services-1", Set.of(Role.SERVICE), folder.resolve("services.pem"));
    Files.writeString(trusted, services + "\n", StandardOpenOption.APPEND);
    people = SigningKey.read(folder.resolve("people.pem"));
    running =
        RunningFabric.start(
            "IF_AUTH_MODE", "required",
            "IF_AUTH_KEYS", trusted.toString(),
            "IF_AUTH_REVOKED", Files.writeString(folder.resolve("revoked.tokens"), "").toString(),
            "IF_AUTH_SIGNING_KEY", folder.resolve("services.pem").toString(),
            "IF_RATE_CALLS", String.valueOf(RATE));
    ifctl = new Ifctl(running);
    admin = as("root", Role.ADMIN);
  }

  @AfterAll
  static void stop() {
    admin.close();
    running.close();
  }

  /** ifctl without any fabric. */
  private static String shell(String... arguments) throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin/java").toString(), "--enable-native-access=ALL-UNNAMED", "-cp", System.getProperty("java.class.path"), "io.infrafabric.cli.Main", "ifctl"));
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
    assertThat(process.exitValue()).isZero();
    return out;
  }

  private static String token(String subject, Role role) {
    String token = people.issue(subject, role, "infrafabric", Instant.now(), Duration.ofMinutes(10));
    ISSUED.add(token);
    return token;
  }

  private static FabricClient asToken(String token) {
    return running.clientAs(new CallerIdentity(TlsSettings.none(), () -> Optional.ofNullable(token)));
  }

  private static FabricClient as(String subject, Role role) {
    return asToken(token(subject, role));
  }

  private static String submit(String capability) {
    String task = Unique.id("task");
    admin.submit(TaskSpec.newBuilder().setTaskId(task).addRequiredCapabilities(capability).build());
    return task;
  }

  @Test
  void aSwarm_worksAsItself_andNobodyWorksForIt() throws Exception {
    String a = Unique.id("a");
    String b = Unique.id("b");
    String skill = Unique.capability();
    admin.register(a, 1_000_000, 3, skill);
    admin.register(b, 1_000_000, 3, skill);
    String task = submit(skill);
    String expired = people.issue(a, Role.SWARM, "infrafabric", Instant.now().minus(Duration.ofHours(1)), Duration.ofMinutes(5));
    try (FabricClient asA = as(a, Role.SWARM);
        FabricClient asB = as(b, Role.SWARM);
        FabricClient late = asToken(expired);
        FabricClient nobody = asToken(null)) {
      String session = asA.open(a, TTL);
      assertThat(Refused.by(() -> asB.claim(task, a, session)).code()).isEqualTo(ErrorCode.ERROR_CODE_IMPERSONATION);
      assertThat(Refused.by(() -> late.claim(task, a, session)).code()).isEqualTo(ErrorCode.ERROR_CODE_TOKEN_EXPIRED);
      assertThat(Refused.by(() -> nobody.claim(task, a, session)).code()).isEqualTo(ErrorCode.ERROR_CODE_UNAUTHENTICATED);
      assertThat(Refused.by(() -> admin.claim(task, a, session)).code()).isEqualTo(ErrorCode.ERROR_CODE_PERMISSION_DENIED);
      assertThat(admin.task(task).hasReady()).as("nothing was done for any of them").isTrue();

      Claim claim = asA.claim(task, a, session);
      assertThat(Refused.by(() -> asB.complete(claim, "stolen", 0)).code()).isEqualTo(ErrorCode.ERROR_CODE_IMPERSONATION);
      asA.complete(claim, "done", 0);
      assertThat(admin.task(task).hasCompleted()).isTrue();

      assertThat(asA.account(a).getAccount().getAccountId()).isEqualTo(a);
      assertThat(Refused.by(() -> asA.account(b)).code()).isEqualTo(ErrorCode.ERROR_CODE_IMPERSONATION);
      assertThat(Refused.by(() -> asA.submit(TaskSpec.newBuilder().setTaskId(Unique.id("own")).build())).code()).isEqualTo(ErrorCode.ERROR_CODE_PERMISSION_DENIED);
      assertThat(Refused.by(() -> nobody.account(a)).code()).isEqualTo(ErrorCode.ERROR_CODE_UNAUTHENTICATED);
      assertThat(Refused.by(() -> nobody.contracts().listContracts(io.infrafabric.chassis.v1.ListContractsRequest.getDefaultInstance())).code())
          .isEqualTo(ErrorCode.ERROR_CODE_UNAUTHENTICATED);
    }
  }

  /** I14: its holder sees a task, whoever holds what comes after its result, and others how far it is; on gRPC, on NATS and at the shell. */
  @Test
  void aTask_isShownToWhomItConcerns_andToNobodyElse() throws Exception {
    String a = Unique.id("a");
    String b = Unique.id("b");
    String stranger = Unique.id("stranger");
    String skill = Unique.capability();
    admin.register(a, 1_000_000, 3, skill);
    admin.register(b, 1_000_000, 3, skill);
    admin.register(stranger, 1_000_000, 3, Unique.capability());
    String first = Unique.id("task");
    String second = Unique.id("task");
    TaskSpec.Builder spec = TaskSpec.newBuilder().addRequiredCapabilities(skill).setPayload(ByteString.copyFromUtf8("a secret"));
    admin.submit(spec.setTaskId(first).build());
    admin.submit(spec.setTaskId(second).addDependsOn(first).build());
    String strangers = token(stranger, Role.SWARM);
    try (FabricClient asA = as(a, Role.SWARM);
        FabricClient asB = as(b, Role.SWARM);
        FabricClient asStranger = asToken(strangers);
        NatsDoor nats = NatsDoor.of(running)) {
      Claim claim = asA.claim(first, a, asA.open(a, TTL));
      assertThat(asA.task(first).getClaimed().getFence()).isEqualTo(claim.getFence());
      assertThat(asA.task(first).getSpec().getPayload().toStringUtf8()).isEqualTo("a secret");
      assertThat(asStranger.task(first).getClaimed().getSwarmId()).isEqualTo(a);
      assertThat(asStranger.task(first).getClaimed().getFence()).isZero();
      assertThat(asStranger.task(first).getSpec().getPayload()).isEmpty();

      asA.complete(claim, "found", 0);
      await().atMost(SOON).until(() -> admin.task(second).hasReady());
      asB.claim(second, b, asB.open(b, TTL));
      assertThat(asB.task(first).getCompleted().getResult().toStringUtf8()).isEqualTo("found");
      assertThat(asB.task(first).getSpec().getPayload()).isEmpty();
      assertThat(asStranger.task(first).getCompleted().getResult()).isEmpty();
      NatsDoor.Answer mirrored = nats.callAs(strangers, "coordinator", "GetTask", "{\"taskId\":\"%s\"}".formatted(first));
      assertThat(mirrored.error()).isEmpty();
      assertThat(mirrored.body()).contains("TASK_SIGHT_OUTSIDE").doesNotContain("fence", "payload", "result");
    }
    Path file = Files.writeString(folder.resolve("stranger.token"), strangers);
    Ifctl.Result result = ifctl.call(Files.writeString(folder.resolve("nothing"), ""), "--token-file", file.toString(), "task", "result", first);
    assertThat(result.exitCode()).as(result.talk()).isEqualTo(5);
    assertThat(result.out()).isEmpty();
    assertThat(result.talk()).contains("PERMISSION_DENIED");
  }

  @Test
  void aGoodToken_ofASwarmThatIsNotRegistered_opensNothing() {
    String stranger = Unique.id("stranger");
    try (FabricClient asStranger = as(stranger, Role.SWARM)) {
      assertThat(Refused.by(() -> asStranger.open(stranger, TTL)).code()).isEqualTo(ErrorCode.ERROR_CODE_SWARM_NOT_FOUND);
      assertThat(Refused.by(() -> asStranger.claim(submit(Unique.capability()), stranger, "0123456789abcdef0123456789abcdef")).code())
          .isIn(ErrorCode.ERROR_CODE_SWARM_NOT_FOUND, ErrorCode.ERROR_CODE_SESSION_NOT_FOUND);
    }
  }

  @Test
  void aTokenThatIsRevoked_isGoodForNothing_withinSeconds() throws Exception {
    String lost = token("eve", Role.READONLY);
    try (FabricClient asEve = asToken(lost);
        FabricClient asEveAnew = as("eve", Role.READONLY)) {
      asEve.status();
      Files.writeString(folder.resolve("revoked.tokens"), RevokedTokens.line(lost) + "\n", StandardOpenOption.APPEND);
      await().atMost(SOON).ignoreExceptions().until(() -> Refused.by(asEve::status).message().equals("the token is not accepted: it was revoked"));
      asEveAnew.status();
    }
  }

  @Test
  void nats_hasTheSameDoors_andRefusalsAreFacts() throws Exception {
    String a = Unique.id("a");
    admin.register(a, 0, 1, Unique.capability());
    String own = token(a, Role.SWARM);
    String other = token(Unique.id("b"), Role.SWARM);
    String open = "{\"requestId\":\"%s\",\"swarmId\":\"%s\"}";
    try (NatsDoor nats = NatsDoor.of(running)) {
      List<String> facts = nats.listen("if.v1.event.auth.impersonation.*");
      assertThat(nats.call("coordinator", "OpenSession", open.formatted(FabricClient.request(), a)).error()).startsWith("UNAUTHENTICATED");
      assertThat(nats.callAs(own, "coordinator", "OpenSession", open.formatted(FabricClient.request(), a)).body()).contains("sessionId");
      assertThat(nats.callAs(own, "governor", "GetSwarm", "{\"swarmId\":\"%s\"}".formatted(a)).body()).contains(a);
      await()
          .atMost(SOON)
          .until(
              () -> {
                assertThat(nats.callAs(other, "coordinator", "OpenSession", open.formatted(FabricClient.request(), a)).error()).startsWith("IMPERSONATION");
                return !facts.isEmpty();
              });
      assertThat(facts.getFirst()).contains("\"reason\":\"IMPERSONATION\"").contains("OpenSession");
    }
  }

  @Test
  void aLoudSwarm_isThrottled_andOthersAreNot() {
    String loud = Unique.id("loud");
    String quiet = Unique.id("quiet");
    try (FabricClient asLoud = as(loud, Role.SWARM);
        FabricClient asQuiet = as(quiet, Role.SWARM)) {
      List<ErrorCode> codes = new ArrayList<>();
      List<java.util.concurrent.Future<ErrorCode>> calls = new ArrayList<>();
      try (var threads = java.util.concurrent.Executors.newVirtualThreadPerTaskExecutor()) {
        for (int i = 0; i < 10 * RATE; i++) {
          calls.add(threads.submit(() -> Refused.by(() -> next(asLoud, loud)).code()));
        }
      }
      calls.forEach(call -> codes.add(call.resultNow()));
      assertThat(codes).contains(ErrorCode.ERROR_CODE_RATE_LIMITED);
      assertThat(codes.stream().filter(code -> code != ErrorCode.ERROR_CODE_RATE_LIMITED).count()).isGreaterThanOrEqualTo(RATE);
      assertThat(Refused.by(() -> next(asQuiet, quiet)).code()).isNotEqualTo(ErrorCode.ERROR_CODE_RATE_LIMITED);
    }
  }

  /** The entries about refused calls, each as the JSON that is hashed. */
  private static List<JsonObject> refusals() {
    QueryRequest request = QueryRequest.newBuilder().setOperation("auth.refused").setPageSize(500).build();
    return admin.witness().query(request).getEntriesList().stream().map(entry -> JsonParser.parseString(entry.getEntry()).getAsJsonObject()).toList();
  }

  private static boolean isOf(JsonObject entry, String who, String name, String code) {
    return entry.has(who) && entry.get(who).getAsString().equals(name) && entry.getAsJsonObject("refused").get("code").getAsString().equals(code);
  }

  /** C14: every refusal is in the witness log, added up, so that somebody who knocks without end does not fill it. */
  @Test
  void refusals_areWitnessed_eachInASum() {
    String forger = Unique.id("forger");
    String thief = Unique.id("thief");
    int calls = 400;
    try (FabricClient asForger = as(forger, Role.READONLY); FabricClient asThief = as(thief, Role.SWARM)) {
      for (int i = 0; i < calls; i++) {
        assertThat(Refused.by(() -> asForger.submit(TaskSpec.getDefaultInstance())).code()).isEqualTo(ErrorCode.ERROR_CODE_PERMISSION_DENIED);
      }
      assertThat(Refused.by(() -> asThief.account("somebody-else")).code()).isEqualTo(ErrorCode.ERROR_CODE_IMPERSONATION);
    }
    await()
        .atMost(SOON)
        .untilAsserted(
            () -> {
              List<JsonObject> all = refusals();
              List<JsonObject> forged = all.stream().filter(entry -> isOf(entry, "principal", forger, "PERMISSION_DENIED")).toList();
              assertThat(forged.stream().mapToLong(entry -> entry.getAsJsonObject("refused").get("count").getAsLong()).sum()).isEqualTo(calls);
              assertThat(forged).as("sums").hasSizeLessThanOrEqualTo(30);
              assertThat(forged).allSatisfy(entry -> assertThat(entry.get("component").getAsString()).isEqualTo("coordinator"));
              assertThat(all).filteredOn(entry -> isOf(entry, "swarm", thief, "IMPERSONATION")).singleElement().satisfies(entry -> assertThat(entry.get("component").getAsString()).isEqualTo("governor"));
            });
    String told = refusals().toString();
    ISSUED.forEach(token -> assertThat(told).doesNotContain(signature(token)));
  }

  private static Object next(FabricClient client, String swarm) {
    return client.claims().claimNext(ClaimNextRequest.newBuilder().setRequestId(FabricClient.request()).setSwarmId(swarm).setSessionId("none").build());
  }

  /** The chassis looks the swarm up, opens its session and claims with a token that it signs itself. */
  @Test
  void services_knowEachOther() {
    String swarm = Unique.id("inside");
    String skill = Unique.capability();
    admin.register(swarm, 0, 1, skill);
    Contract contract = Contract.newBuilder().setSwarmId(swarm).addCapabilities(skill).setMaxConcurrent(1).build();
    try (FabricClient operator = as("ann", Role.OPERATOR)) {
      operator
          .contracts()
          .loadSwarm(LoadSwarmRequest.newBuilder().setRequestId(FabricClient.request()).setContract(contract).setModule(Modules.sleeping()).build());
      String task = submit(skill);
      await().atMost(SOON).until(() -> operator.task(task).hasClaimed());
    }
  }

  private static Escalation asked(String subject) {
    return await()
        .atMost(SOON)
        .until(
            () ->
                admin.escalations().listEscalations(ListEscalationsRequest.getDefaultInstance()).getEscalationsList().stream()
                    .filter(one -> one.getSubjectId().equals(subject))
                    .toList(),
            found -> found.size() == 1)
        .getFirst();
  }

  private static Escalation approve(FabricClient client, Escalation asked, String principal) {
    ApproveEscalationRequest.Builder request =
        ApproveEscalationRequest.newBuilder().setRequestId(FabricClient.request()).setEscalationId(asked.getEscalationId());
    return client.escalations().approveEscalation(request.setPrincipal(principal).setReason("looked at it").build()).getEscalation();
  }

  /** The governor carries out what a person decides about a task with a token that it signs itself, in the name of that person. */
  @Test
  void anOperator_decidesAboutTasks_andOnlyAnAdminAboutBreakersAndMoney() {
    String task = Unique.id("gated");
    String swarm = Unique.id("tripped");
    admin.submit(TaskSpec.newBuilder().setTaskId(task).setNeedsApproval(true).build());
    admin.register(swarm, 0, 1, Unique.capability());
    try (FabricClient operator = as("ann", Role.OPERATOR)) {
      operator
          .breakers()
          .trip(TripRequest.newBuilder().setRequestId(FabricClient.request()).setSwarmId(swarm).setPrincipal("ann").setReason("odd").build());
      assertThat(Refused.by(() -> approve(operator, asked(swarm), "")).code()).isEqualTo(ErrorCode.ERROR_CODE_PERMISSION_DENIED);
      assertThat(approve(admin, asked(swarm), "").getPrincipal()).isEqualTo("root");
      assertThat(Refused.by(() -> approve(operator, asked(task), "root")).code()).isEqualTo(ErrorCode.ERROR_CODE_IMPERSONATION);
      assertThat(approve(operator, asked(task), "").getPrincipal()).isEqualTo("ann");
      await().atMost(SOON).until(() -> operator.task(task).getApproval().getPrincipal(), "ann"::equals);
    }
  }

  @Test
  void ifctl_callsAsItsTokenSays() throws Exception {
    Path file = Files.writeString(folder.resolve("ann.token"), token("ann", Role.READONLY) + "\n");
    Path none = Files.writeString(folder.resolve("none"), "");

    Ifctl.Result without = ifctl.call(none, "task", "list");
    assertThat(without.exitCode()).as(without.talk()).isEqualTo(5);
    assertThat(without.talk()).contains("UNAUTHENTICATED").contains("IF_TOKEN_FILE");
    Ifctl.Result list = ifctl.call(none, "--token-file", file.toString(), "task", "list");
    assertThat(list.exitCode()).as(list.talk()).isZero();
    Ifctl.Result submit = ifctl.call(none, "--token-file", file.toString(), "task", "cancel", "some-task");
    assertThat(submit.exitCode()).as(submit.talk()).isEqualTo(5);
    assertThat(submit.talk()).contains("PERMISSION_DENIED").contains("ann is readonly");
    for (Ifctl.Result result : List.of(without, list, submit)) {
      assertThat(result.out() + result.talk()).doesNotContain(signature(Files.readString(file).strip()));
    }
  }

  /** Whatever else this class has done, no log of a service shows a token or a key. */
  @AfterAll
  static void noLog_showsASecret() throws IOException {
    String key = Files.readString(folder.resolve("services.pem")).lines().filter(line -> !line.startsWith("-") && !line.startsWith("kid")).findFirst().orElseThrow();
    try (Stream<Path> logs = Files.walk(running.fabric().folder())) {
      List<Path> all = logs.filter(file -> file.toString().endsWith(".log")).toList();
      assertThat(all).hasSizeGreaterThan(3);
      for (Path log : all) {
        String text = read(log);
        assertThat(text).as(log.toString()).doesNotContain(key);
        ISSUED.forEach(token -> assertThat(text).as(log.toString()).doesNotContain(signature(token)));
      }
    }
  }

  private static String read(Path log) {
    try {
      return Files.readString(log, StandardCharsets.ISO_8859_1);
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  private static String signature(String token) {
    return token.substring(token.lastIndexOf('.') + 1);
  }
}
