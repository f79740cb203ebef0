package io.infrafabric.coordinator;

import static io.infrafabric.coordinator.CoordinatorFixture.assertRefused;
import static io.infrafabric.coordinator.v1.TaskSight.TASK_SIGHT_OUTSIDE;
import static io.infrafabric.coordinator.v1.TaskSight.TASK_SIGHT_RESULT;
import static io.infrafabric.coordinator.v1.TaskSight.TASK_SIGHT_SPEC;
import static io.infrafabric.coordinator.v1.TaskSight.TASK_SIGHT_WHOLE;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.grpc.Metadata;
import io.grpc.ServerInterceptor;
import io.grpc.stub.AbstractStub;
import io.grpc.stub.MetadataUtils;
import io.infrafabric.access.Role;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.TaskSight;
import io.infrafabric.coordinator.v1.ApproveTaskRequest;
import io.infrafabric.coordinator.v1.Blocker;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.ClaimServiceGrpc;
import io.infrafabric.coordinator.v1.ClaimTaskRequest;
import io.infrafabric.coordinator.v1.CompleteTaskRequest;
import io.infrafabric.coordinator.v1.FailTaskRequest;
import io.infrafabric.coordinator.v1.GetTaskRequest;
import io.infrafabric.coordinator.v1.GetTaskResponse;
import io.infrafabric.coordinator.v1.OfferTaskRequest;
import io.infrafabric.coordinator.v1.RaiseBlockerRequest;
import io.infrafabric.coordinator.v1.ReleaseTaskRequest;
import io.infrafabric.coordinator.v1.ReportProgressRequest;
import io.infrafabric.coordinator.v1.TaskServiceGrpc;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.kit.auth.AuthWitness;
import io.infrafabric.kit.auth.KeyRing;
import io.infrafabric.kit.auth.RateLimit;
import io.infrafabric.kit.auth.RefusalListener;
import io.infrafabric.kit.auth.RevokedTokens;
import io.infrafabric.kit.auth.SigningKey;
import io.infrafabric.kit.auth.TokenRules;
import io.infrafabric.kit.auth.TokenVerifier;
import io.infrafabric.kit.grpc.AccessGuard;
import io.infrafabric.kit.telemetry.Telemetry;
import io.infrafabric.names.SwarmId;
import io.infrafabric.testkit.nats.MemoryBus;
import io.infrafabric.testkit.store.MemoryStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What swarms see of tasks, by tokens on gRPC over the store in memory; calls without a token set the scene. */
class PrivacyServiceTest {
  private static final Metadata.Key<String> AUTHORIZATION = Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

  @TempDir Path folder;
  private final MemoryStore memory = new MemoryStore();
  private final MemoryBus told = new MemoryBus();
  private SigningKey people;
  private CoordinatorFixture fabric;
  private String fox;
  private String owl;
  private int requests;

  @BeforeEach
  void open() throws IOException {
    Path key = folder.resolve("people.pem");
    Path trusted = Files.writeString(folder.resolve("trusted.keys"), SigningKey.generate("people", EnumSet.of(Role.SWARM, Role.OPERATOR, Role.READONLY), key));
    people = SigningKey.read(key);
    TokenRules.Terms terms = new TokenRules.Terms("infrafabric", Duration.ofSeconds(10), Duration.ofHours(1));
    AccessGuard guard =
        new AccessGuard(
            Optional.of(new TokenVerifier(KeyRing.read(trusted), RevokedTokens.none(), terms, 100, InstantSource.system())),
            Optional.empty(),
            new AuthWitness("coordinator", "test", told, Telemetry.none().metrics(), new RateLimit(10, 1, System::nanoTime), RefusalListener.NONE, InstantSource.system()));
    fabric = new CoordinatorFixture(memory, memory, CoordinatorFixture.PATIENT, onlyWithToken(guard));
    fox = fabric.swarm(Samples.standing("fox", "a:b"));
    owl = fabric.swarm(Samples.standing("owl", "a:b", "help:build"));
    fabric.swarm(Samples.standing("crow", "a:b"));
  }

  private static ServerInterceptor onlyWithToken(ServerInterceptor guard) {
    return new ServerInterceptor() {
      @Override
      public <Q, R> io.grpc.ServerCall.Listener<Q> interceptCall(io.grpc.ServerCall<Q, R> call, Metadata headers, io.grpc.ServerCallHandler<Q, R> next) {
        return headers.containsKey(AUTHORIZATION) ? guard.interceptCall(call, headers, next) : next.startCall(call, headers);
      }
    };
  }

  @AfterEach
  void close() {
    fabric.close();
    told.close();
  }

  private <S extends AbstractStub<S>> S as(S stub, String subject, Role role) {
    Metadata token = new Metadata();
    token.put(AUTHORIZATION, "Bearer " + people.issue(subject, role, "infrafabric", Instant.now(), Duration.ofMinutes(5)));
    return stub.withInterceptors(MetadataUtils.newAttachHeadersInterceptor(token));
  }

  private GetTaskResponse get(String task, String subject, Role role) {
    return as(TaskServiceGrpc.newBlockingStub(fabric.channel()), subject, role).getTask(GetTaskRequest.newBuilder().setTaskId(task).build());
  }

  private GetTaskResponse get(String task, String swarm) {
    return get(task, swarm, Role.SWARM);
  }

  private String request() {
    return "r" + ++requests;
  }

  private Claim claim(String task, String swarm, String session) {
    return fabric.claims.claimTask(ClaimTaskRequest.newBuilder().setRequestId(request()).setTaskId(task).setSwarmId(swarm).setSessionId(session).build()).getClaim();
  }

  private void complete(Claim claim) {
    fabric.claims.completeTask(
        CompleteTaskRequest.newBuilder()
            .setRequestId(request())
            .setTaskId(claim.getTaskId())
            .setSwarmId(claim.getSwarmId())
            .setFence(claim.getFence())
            .setResult(ByteString.copyFromUtf8("42"))
            .build());
  }

  private static TaskSpec.Builder secret(String task) {
    return Samples.spec(task, "a:b").setPayload(ByteString.copyFromUtf8("a secret"));
  }

  @Test
  void holder_seesAll_andSoDoesWhoeverIsNoSwarm() {
    fabric.submit(secret("t"));
    Claim claim = claim("t", "fox", fox);
    fabric.claims.reportProgress(
        ReportProgressRequest.newBuilder()
            .setRequestId(request())
            .setTaskId("t")
            .setSwarmId("fox")
            .setFence(claim.getFence())
            .setCheckpoint(ByteString.copyFromUtf8("line 7"))
            .build());
    for (GetTaskResponse whole : List.of(get("t", "fox"), get("t", "ann", Role.READONLY), fabric.tasks.getTask(GetTaskRequest.newBuilder().setTaskId("t").build()))) {
      assertThat(whole.getSight()).isEqualTo(TASK_SIGHT_WHOLE);
      assertThat(whole.getTask()).isEqualTo(fabric.task("t"));
      assertThat(whole.getTask().getCheckpoint().getData().toStringUtf8()).isEqualTo("line 7");
    }

    GetTaskResponse stranger = get("t", "owl");
    assertThat(stranger.getSight()).isEqualTo(TASK_SIGHT_OUTSIDE);
    assertThat(stranger.getTask().getClaimed().getSwarmId()).isEqualTo("fox");
    assertThat(stranger.getTask().getClaimed().getFence()).isZero();
    assertThat(stranger.toString()).doesNotContain("a secret", "line 7", claim.getClaimId());
  }

  /** O7: a swarm sees what it is to sign off, and does so under its own token. */
  @Test
  void swarm_signsOffWhatNamesIt_andNobodyDoesInItsName() {
    fabric.submit(secret("p6").setNeedsApproval(true).addApproverSwarmIds("owl"));
    assertThat(get("p6", "owl").getTask().getSpec().getPayload()).isEqualTo(ByteString.copyFromUtf8("a secret"));
    assertThat(get("p6", "fox").getSight()).isEqualTo(TaskSight.TASK_SIGHT_OUTSIDE);
    var tasks = TaskServiceGrpc.newBlockingStub(fabric.channel());
    ApproveTaskRequest ofOwl = ApproveTaskRequest.newBuilder().setRequestId(request()).setTaskId("p6").setSwarmId("owl").build();
    ApproveTaskRequest ofFox = ofOwl.toBuilder().setSwarmId("fox").build();
    assertRefused(ErrorCode.ERROR_CODE_IMPERSONATION, () -> as(tasks, "fox", Role.SWARM).approveTask(ofOwl));
    assertRefused(ErrorCode.ERROR_CODE_PERMISSION_DENIED, () -> as(tasks, "fox", Role.SWARM).approveTask(ofFox));
    assertRefused(ErrorCode.ERROR_CODE_PERMISSION_DENIED, () -> as(tasks, "ada", Role.OPERATOR).approveTask(ofOwl));
    assertThat(as(tasks, "owl", Role.SWARM).approveTask(ofOwl).getTask().getSpec().getPayload()).as("it has signed").isEmpty();
    assertThat(fabric.task("p6").getApproval().getSwarmId()).isEqualTo("owl");
  }

  /** Facts on if.v1.task.> carry fences (ADR 10): whoever knows one can do nothing with it, as the holder or as itself. */
  @Test
  void fence_isNoCredential() {
    fabric.submit(secret("t"));
    Claim claim = claim("t", "fox", fox);
    ClaimServiceGrpc.ClaimServiceBlockingStub asOwl = as(fabric.claims, "owl", Role.SWARM);
    Map.of("fox", ErrorCode.ERROR_CODE_IMPERSONATION, "owl", ErrorCode.ERROR_CODE_NOT_THE_HOLDER)
        .forEach(
            (named, code) -> {
              assertRefused(code, () -> asOwl.completeTask(CompleteTaskRequest.newBuilder().setRequestId(request()).setTaskId("t").setSwarmId(named).setFence(claim.getFence()).build()));
              assertRefused(code, () -> asOwl.failTask(FailTaskRequest.newBuilder().setRequestId(request()).setTaskId("t").setSwarmId(named).setFence(claim.getFence()).build()));
              assertRefused(code, () -> asOwl.releaseTask(ReleaseTaskRequest.newBuilder().setRequestId(request()).setTaskId("t").setSwarmId(named).setFence(claim.getFence()).build()));
              assertRefused(code, () -> asOwl.reportProgress(ReportProgressRequest.newBuilder().setRequestId(request()).setTaskId("t").setSwarmId(named).setFence(claim.getFence()).build()));
              assertRefused(
                  code,
                  () -> asOwl.raiseBlocker(RaiseBlockerRequest.newBuilder().setRequestId(request()).setTaskId("t").setSwarmId(named).setFence(claim.getFence()).setType("weather").build()));
            });
    assertThat(fabric.task("t").getRevision()).as("nothing was written").isEqualTo(claim.getFence());
    as(fabric.claims, "fox", Role.SWARM)
        .completeTask(CompleteTaskRequest.newBuilder().setRequestId(request()).setTaskId("t").setSwarmId("fox").setFence(claim.getFence()).build());
    assertThat(fabric.task("t").hasCompleted()).isTrue();
  }

  /** The fence of a claim that was just made is the revision of the task. */
  @Test
  void revision_isNotTheWayToTheFence() {
    fabric.submit(secret("t"));
    Claim claim = claim("t", "fox", fox);
    assertThat(fabric.task("t").getRevision()).isEqualTo(claim.getFence());
    assertThat(get("t", "owl").getTask().getRevision()).isZero();
  }

  @Test
  void whoHasCompletedIt_seesItsOwnAttempt_andTheResultNoMore() {
    fabric.submit(secret("t"));
    Claim claim = claim("t", "fox", fox);
    complete(claim);
    GetTaskResponse done = get("t", "fox");
    assertThat(done.getSight()).isEqualTo(TASK_SIGHT_OUTSIDE);
    assertThat(done.getTask().getCompleted().getResult()).isEmpty();
    assertThat(done.getTask().getAttempts(0).getFence()).isEqualTo(claim.getFence());
    assertThat(get("t", "owl").getTask().getAttemptsList()).isEmpty();
  }

  @Test
  void whoeverItWasOfferedTo_seesTheWork_untilTheOfferIsOver() {
    fabric.submit(secret("t"));
    fabric.tasks.offerTask(OfferTaskRequest.newBuilder().setRequestId(request()).setTaskId("t").setSwarmId("owl").build());
    assertThat(get("t", "owl").getSight()).isEqualTo(TASK_SIGHT_SPEC);
    assertThat(get("t", "owl").getTask().getSpec().getPayload().toStringUtf8()).isEqualTo("a secret");
    assertThat(get("t", "fox").getSight()).isEqualTo(TASK_SIGHT_OUTSIDE);
    fabric.advance(Duration.ofSeconds(1));
    assertThat(get("t", "owl").getSight()).isEqualTo(TASK_SIGHT_OUTSIDE);
  }

  @Test
  void whoeverHoldsWhatComesAfter_seesTheResult_forAsLongAsItDoes() {
    fabric.submit(secret("first"));
    fabric.submit(secret("second").addDependsOn("first"));
    complete(claim("first", "fox", fox));
    fabric.settle();
    assertThat(get("first", "owl").getSight()).as("it does not hold the second yet").isEqualTo(TASK_SIGHT_OUTSIDE);

    Claim second = claim("second", "owl", owl);
    GetTaskResponse first = get("first", "owl");
    assertThat(first.getSight()).isEqualTo(TASK_SIGHT_RESULT);
    assertThat(first.getTask().getCompleted().getResult().toStringUtf8()).isEqualTo("42");
    assertThat(first.getTask().getCompleted().getClaim().getFence()).isZero();
    assertThat(first.getTask().getSpec().getPayload()).isEmpty();
    assertThat(get("first", "crow").getSight()).isEqualTo(TASK_SIGHT_OUTSIDE);

    complete(second);
    assertThat(get("first", "owl").getSight()).isEqualTo(TASK_SIGHT_OUTSIDE);
  }

  @Test
  void whoeverWasHelped_seesWhatTheHelperFound_andWaitingForATaskShowsNothing() {
    fabric.ranking.put("help:build", List.of(new SwarmId("owl")));
    fabric.submit(secret("other"));
    complete(claim("other", "owl", owl));
    fabric.submit(secret("blocked").setMaxCostMicros(10_000));
    Claim claim = claim("blocked", "fox", fox);
    RaiseBlockerRequest.Builder raise =
        RaiseBlockerRequest.newBuilder().setTaskId("blocked").setSwarmId("fox").setFence(claim.getFence()).setType("weather").setDescription("it rains");
    Blocker helped = fabric.claims.raiseBlocker(raise.clone().setRequestId(request()).addNeeds("help:build").build()).getBlocker();
    fabric.claims.raiseBlocker(raise.clone().setRequestId(request()).addWaitsForTaskIds("other").build());
    fabric.settle();
    String help = helped.getBlockerId() + "-h1";
    complete(claim(help, "owl", owl));
    fabric.settle();

    assertThat(get(help, "fox").getSight()).isEqualTo(TASK_SIGHT_RESULT);
    assertThat(get(help, "fox").getTask().getCompleted().getResult().toStringUtf8()).isEqualTo("42");
    assertThat(get(help, "crow").getSight()).isEqualTo(TASK_SIGHT_OUTSIDE);
    assertThat(get("other", "fox").getSight()).as("who names a task to wait for it has not been told of its result").isEqualTo(TASK_SIGHT_OUTSIDE);
    assertThat(get("blocked", "owl").getSight()).as("helping shows the blocker, not the blocked task").isEqualTo(TASK_SIGHT_OUTSIDE);
  }
}
