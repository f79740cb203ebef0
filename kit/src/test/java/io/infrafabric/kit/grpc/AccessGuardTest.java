package io.infrafabric.kit.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.google.protobuf.util.JsonFormat;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.stub.StreamObserver;
import io.infrafabric.access.Role;
import io.infrafabric.common.v1.AuthFailure;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.ClaimNextRequest;
import io.infrafabric.coordinator.v1.ClaimServiceGrpc;
import io.infrafabric.coordinator.v1.ClaimServiceGrpc.ClaimServiceBlockingStub;
import io.infrafabric.coordinator.v1.CompleteTaskRequest;
import io.infrafabric.coordinator.v1.ObjectClaim;
import io.infrafabric.coordinator.v1.ObjectServiceGrpc;
import io.infrafabric.coordinator.v1.PutObjectRequest;
import io.infrafabric.coordinator.v1.PutObjectResponse;
import io.infrafabric.coordinator.v1.ResolveBlockerRequest;
import io.infrafabric.error.Refusal;
import io.infrafabric.kit.auth.AuthSettings;
import io.infrafabric.kit.auth.AuthWitness;
import io.infrafabric.kit.auth.CallRates;
import io.infrafabric.kit.auth.KeyRing;
import io.infrafabric.kit.auth.RateLimit;
import io.infrafabric.kit.auth.RateSettings;
import io.infrafabric.kit.auth.RefusalListener;
import io.infrafabric.kit.auth.RevokedTokens;
import io.infrafabric.kit.auth.SigningKey;
import io.infrafabric.kit.auth.TokenRules;
import io.infrafabric.kit.auth.TokenVerifier;
import io.infrafabric.kit.auth.Tokens;
import io.infrafabric.kit.telemetry.Metrics;
import io.infrafabric.kit.telemetry.Telemetry;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

class AccessGuardTest {
  private static final Duration SOON = Duration.ofSeconds(20);

  @TempDir Path folder;
  private final WorkStub work = new WorkStub();
  private final ToldBus bus = new ToldBus();
  private final Metrics metrics = Telemetry.none().metrics();
  private Tokens tokens;
  private Doors doors;
  private GrpcServer server;
  private GrpcClient client;

  @BeforeEach
  void keys() {
    tokens = new Tokens(folder);
  }

  @AfterEach
  void close() {
    if (client != null) {
      client.close();
      server.close();
    }
    if (doors != null) {
      doors.close();
    }
  }

  private void start(AuthSettings auth, RateSettings rate) {
    doors = Doors.open("test", "test-1", new DoorSettings(auth, rate, TlsSettings.none()), bus, RefusalListener.NONE, metrics, InstantSource.system());
    server = builder().doors(doors).build().start();
    client = GrpcClient.channel(server.target());
  }

  private GrpcServer.Builder builder() {
    return GrpcServer.Builder.of("test").limits(GrpcLimits.defaults().withDrain(Duration.ofMillis(300))).service(work).service(work.objects());
  }

  private void startRequired() {
    start(AuthSettings.off().required(tokens.trusted()), RateSettings.defaults());
  }

  private Channel as(String token) {
    return ClientInterceptors.intercept(client.channel(), new TokenSender(() -> Optional.ofNullable(token)));
  }

  private ClaimServiceBlockingStub claims(String token) {
    return ClaimServiceGrpc.newBlockingStub(as(token));
  }

  private String claimNext(String token, String swarm) {
    return claims(token).claimNext(ClaimNextRequest.newBuilder().setSwarmId(swarm).build()).getClaim().getTaskId();
  }

  private Refusal refused(Runnable call) {
    Throwable failure = catchThrowable(call::run);
    assertThat(failure).isInstanceOf(StatusRuntimeException.class);
    return Errors.refusalOf(failure).orElseThrow();
  }

  @Test
  void aSwarm_isServedAsItself_andTheHandlerKnowsWhoCalls() {
    startRequired();
    assertThat(claimNext(tokens.token("a", Role.SWARM), "a")).isEqualTo("a");
    assertThat(bus.facts).isEmpty();
  }

  /** Though the same token was good a moment ago, and is remembered. */
  @Test
  void aTokenThatIsRevoked_isRefusedFromTheNextLookOn_andOthersOfItsBearerAreGood() throws Exception {
    Path revoked = Files.writeString(folder.resolve("revoked.tokens"), "# none yet\n");
    start(AuthSettings.off().required(tokens.trusted()).without(revoked), RateSettings.defaults());
    String lost = tokens.token("a", Role.SWARM);
    assertThat(claimNext(lost, "a")).isEqualTo("a");

    Files.writeString(revoked, RevokedTokens.line(lost) + "\n");
    doors.look();
    Refusal refusal = refused(() -> claimNext(lost, "a"));
    assertThat(refusal.code()).isEqualTo(ErrorCode.ERROR_CODE_TOKEN_INVALID);
    assertThat(refusal.message()).isEqualTo("the token is not accepted: it was revoked");
    assertThat(claimNext(tokens.token("a", Role.SWARM), "a")).isEqualTo("a");
    assertThat(metrics.snapshot()).containsEntry("if.auth.revoked", 1L).containsEntry("if.auth.refused_token_invalid", 1L);

    Files.writeString(revoked, "# what it named has ended long since\n");
    doors.look();
    assertThat(claimNext(lost, "a")).isEqualTo("a");
  }

  @Test
  void aTokenOfB_usedAsA_isRefused_andNothingIsBegun() {
    startRequired();
    Refusal refusal = refused(() -> claimNext(tokens.token("b", Role.SWARM), "a"));
    assertThat(refusal.code()).isEqualTo(ErrorCode.ERROR_CODE_IMPERSONATION);
    assertThat(refusal.message()).isEqualTo("the token is of b, and swarm_id names a");
    assertThat(refused(() -> claimNext(tokens.token("b", Role.SWARM), "")).code()).isEqualTo(ErrorCode.ERROR_CODE_IMPERSONATION);
    assertThat(work.begun).isEmpty();
  }

  /** Each way in which a token can be wrong, over the wire. */
  @Test
  void whatIsWrongWithATokenIsTold_andNothingIsBegun() throws Exception {
    startRequired();
    SigningKey key = SigningKey.read(folder.resolve("people.pem"));
    String good = tokens.token("a", Role.SWARM);
    String expired = key.issue("a", Role.SWARM, Tokens.AUDIENCE, Instant.now().minusSeconds(600), Duration.ofMinutes(5));
    String notYet = key.issue("a", Role.SWARM, Tokens.AUDIENCE, Instant.now().plusSeconds(600), Duration.ofMinutes(5));
    String elsewhere = key.issue("a", Role.SWARM, "other", Instant.now(), Duration.ofMinutes(5));
    String tooLong = key.issue("a", Role.SWARM, Tokens.AUDIENCE, Instant.now(), Duration.ofHours(2));
    String untrusted = new Tokens(Files.createDirectory(folder.resolve("others"))).token("a", Role.SWARM);
    String readonly = tokens.token("ann", Role.READONLY);

    assertThat(code(null)).isEqualTo(ErrorCode.ERROR_CODE_UNAUTHENTICATED);
    assertThat(code(expired)).isEqualTo(ErrorCode.ERROR_CODE_TOKEN_EXPIRED);
    assertThat(List.of(notYet, elsewhere, tooLong, untrusted, good + "A", good.substring(1), "x"))
        .allSatisfy(token -> assertThat(code(token)).isEqualTo(ErrorCode.ERROR_CODE_TOKEN_INVALID));
    assertThat(code(readonly)).isEqualTo(ErrorCode.ERROR_CODE_PERMISSION_DENIED);
    assertThat(((StatusRuntimeException) catchThrowable(() -> claimNext(null, "a"))).getStatus().getCode()).isEqualTo(Status.Code.UNAUTHENTICATED);
    assertThat(work.begun).isEmpty();
  }

  private ErrorCode code(String token) {
    return refused(() -> claimNext(token, "a")).code();
  }

  @Test
  void aPerson_doesThingsInItsOwnNameOnly() {
    startRequired();
    String ann = tokens.token("ann", Role.OPERATOR);
    claims(ann).resolveBlocker(ResolveBlockerRequest.newBuilder().setPrincipal("ann").build());
    Refusal refusal = refused(() -> claims(ann).resolveBlocker(ResolveBlockerRequest.newBuilder().setPrincipal("bob").build()));
    assertThat(refusal.code()).isEqualTo(ErrorCode.ERROR_CODE_IMPERSONATION);
    String swarm = tokens.token("a", Role.SWARM);
    assertThat(refused(() -> claims(swarm).resolveBlocker(ResolveBlockerRequest.newBuilder().setSwarmId("a").setPrincipal("ann").build())).code())
        .isEqualTo(ErrorCode.ERROR_CODE_IMPERSONATION);
    assertThat(work.begun).containsExactly("ResolveBlocker ann");
  }

  @Test
  void aService_actsForTheSwarmsThatItRuns() {
    startRequired();
    CallerIdentity chassis =
        CallerIdentity.ofService(
            "chassis-1",
            new AuthSettings(AuthSettings.off().mode(), Optional.empty(), Optional.empty(), Optional.of(tokens.services()), Tokens.AUDIENCE, Duration.ZERO, Duration.ofHours(1), 1, 1, 1, false, false),
            TlsSettings.none(),
            InstantSource.system());
    try (GrpcClient asChassis = GrpcClient.channel(server.target(), chassis)) {
      var stub = ClaimServiceGrpc.newBlockingStub(asChassis.channel());
      assertThat(stub.claimNext(ClaimNextRequest.newBuilder().setSwarmId("a").build()).getClaim().getTaskId()).isEqualTo("chassis-1");
    }
  }

  @Test
  void health_needsNoToken_andReflectionIsNotServed() {
    startRequired();
    assertThatCode(() -> HealthGrpc.newBlockingStub(client.channel()).check(HealthCheckRequest.getDefaultInstance())).doesNotThrowAnyException();
    assertThat(reflects()).isFalse();
  }

  @Test
  void off_asksNobody() {
    start(AuthSettings.off(), RateSettings.defaults());
    assertThat(claimNext(null, "a")).isEqualTo("nobody");
    for (int i = 0; i < 150; i++) {
      claimNext(null, "a");
    }
    assertThat(reflects()).isTrue();
    assertThat(doors.guard()).isEmpty(); // nothing stands in the way of a call
  }

  private boolean reflects() {
    CompletableFuture<Boolean> answered = new CompletableFuture<>();
    var requests =
        ServerReflectionGrpc.newStub(client.channel())
            .serverReflectionInfo(
                new StreamObserver<>() {
                  @Override
                  public void onNext(ServerReflectionResponse answer) {
                    answered.complete(true);
                  }

                  @Override
                  public void onError(Throwable failure) {
                    answered.complete(false);
                  }

                  @Override
                  public void onCompleted() {
                    answered.complete(false);
                  }
                });
    requests.onNext(ServerReflectionRequest.newBuilder().setListServices("").build());
    boolean reflects = answered.join();
    requests.onCompleted();
    return reflects;
  }

  @Test
  void aStream_isHeldToItsFirstMessage_andToTheLaterOnes() {
    startRequired();
    String a = tokens.token("a", Role.SWARM);
    assertThat(put(a, "b")).isEqualTo(ErrorCode.ERROR_CODE_IMPERSONATION);
    assertThat(put(a, "")).isEqualTo(ErrorCode.ERROR_CODE_IMPERSONATION);
    assertThat(work.begun).isEmpty();
    assertThat(put(a, "a", "", "")).isNull();
    assertThat(work.begun).containsExactly("PutObject", "piece", "piece", "piece");

    work.begun.clear();
    assertThat(put(a, "a", "b")).isEqualTo(ErrorCode.ERROR_CODE_IMPERSONATION);
    await().atMost(SOON).untilAsserted(() -> assertThat(work.begun).containsExactly("PutObject", "piece", "cancelled"));
  }

  /** The code with which it is refused, or null. */
  private ErrorCode put(String token, String... swarms) {
    CompletableFuture<ErrorCode> end = new CompletableFuture<>();
    StreamObserver<PutObjectRequest> requests =
        ObjectServiceGrpc.newStub(as(token))
            .putObject(
                new StreamObserver<>() {
                  @Override
                  public void onNext(PutObjectResponse answer) {
                    end.complete(null);
                  }

                  @Override
                  public void onError(Throwable failure) {
                    end.complete(Errors.refusalOf(failure).orElseThrow().code());
                  }

                  @Override
                  public void onCompleted() {
                    end.complete(null);
                  }
                });
    for (String swarm : swarms) {
      PutObjectRequest.Builder piece = PutObjectRequest.newBuilder();
      if (!swarm.isEmpty()) {
        piece.setClaim(ObjectClaim.newBuilder().setSwarmId(swarm));
      }
      requests.onNext(piece.build());
    }
    requests.onCompleted();
    return end.join();
  }

  @Test
  void aSwarmThatCallsTooOften_isThrottled_othersAreNot_andItMayStillComplete() {
    AtomicLong nanos = new AtomicLong();
    startRequired(nanos);
    String loud = tokens.token("loud", Role.SWARM);
    for (int i = 0; i < 100; i++) {
      claimNext(loud, "loud");
    }
    Refusal refusal = refused(() -> claimNext(loud, "loud"));
    assertThat(refusal.code()).isEqualTo(ErrorCode.ERROR_CODE_RATE_LIMITED);
    assertThat(refusal.retryAfter()).contains(Duration.ofMillis(10));
    assertThat(claimNext(tokens.token("quiet", Role.SWARM), "quiet")).isEqualTo("quiet");
    claims(loud).completeTask(CompleteTaskRequest.newBuilder().setSwarmId("loud").build());

    nanos.addAndGet(Duration.ofMillis(10).toNanos());
    assertThat(claimNext(loud, "loud")).isEqualTo("loud");
    assertThat(metrics.snapshot()).containsEntry("if.auth.refused_rate_limited", 1L);
  }

  /** The same with a clock that the test moves. */
  private void startRequired(AtomicLong nanos) {
    var terms = new TokenRules.Terms(Tokens.AUDIENCE, Duration.ofSeconds(10), Duration.ofHours(1));
    TokenVerifier verifier = new TokenVerifier(KeyRing.read(tokens.trusted()), RevokedTokens.none(), terms, 100, InstantSource.system());
    AuthWitness witness = new AuthWitness("test", "test-1", bus, metrics, new RateLimit(10, 1, nanos::get), RefusalListener.NONE, InstantSource.system());
    CallRates rates = new CallRates(RateSettings.defaults(), nanos::get);
    server = builder().interceptor(new AccessGuard(Optional.of(verifier), Optional.of(rates), witness)).build().start();
    client = GrpcClient.channel(server.target());
  }

  @Test
  void withoutTokens_callsAreCountedByTheSwarmThatTheyName_whereThatIsWanted() {
    start(AuthSettings.off(), new RateSettings(RateSettings.Limited.ALWAYS, 1, 1_000, 100));
    List<Boolean> refused =
        IntStream.range(0, 40).mapToObj(i -> catchThrowable(() -> claimNext(null, "loud")) != null).toList();
    assertThat(refused).contains(true);
    assertThat(claimNext(null, "quiet")).isEqualTo("nobody");
  }

  /** Each is counted; what is logged and published is bounded, and holds no token. */
  @Test
  void refusals_areWitnessed_withoutTheToken_andNotWithoutEnd() throws Exception {
    ListAppender<ILoggingEvent> log = new ListAppender<>();
    LoggerContext loggers = (LoggerContext) LoggerFactory.getILoggerFactory();
    log.start();
    loggers.getLogger("ROOT").addAppender(log);
    String token = tokens.token("b", Role.SWARM);
    AtomicLong nanos = new AtomicLong();
    startRequired(nanos);
    try {
      for (int i = 0; i < 50; i++) {
        refused(() -> claimNext(token, "a"));
        refused(() -> claimNext(token + "A", "a"));
      }
      nanos.addAndGet(Duration.ofSeconds(1).toNanos());
      refused(() -> claimNext(null, "a"));
    } finally {
      loggers.getLogger("ROOT").detachAppender(log);
    }
    assertThat(metrics.snapshot()).containsEntry("if.auth.refused_impersonation", 50L).containsEntry("if.auth.refused_token_invalid", 50L);

    assertThat(bus.facts).hasSize(11);
    AuthFailure first = fact(0);
    assertThat(bus.facts.getFirst().subject()).isEqualTo("if.v1.event.auth.impersonation." + first.getId());
    assertThat(bus.facts.getFirst().headers()).containsEntry("ce-type", "infrafabric.auth.impersonation.v1").containsEntry("ce-source", "/test");
    assertThat(first.getPrincipal()).isEqualTo("b");
    assertThat(first.getRole()).isEqualTo("swarm");
    assertThat(first.getKeyId()).isEqualTo("people");
    assertThat(first.getMethod()).isEqualTo("infrafabric.coordinator.v1.ClaimService/ClaimNext");
    assertThat(first.getInstance()).isEqualTo("test-1");
    assertThat(fact(1).getPrincipal()).isEmpty(); // nothing was verified
    assertThat(fact(9).getUntold()).isZero();
    assertThat(fact(10).getReason()).isEqualTo("UNAUTHENTICATED");
    assertThat(fact(10).getUntold()).isEqualTo(90);

    String signature = token.substring(token.lastIndexOf('.') + 1);
    String body = token.split("\\.")[1];
    assertThat(log.list).isNotEmpty().allSatisfy(event -> assertThat(event.getFormattedMessage() + event.getKeyValuePairs() + event.getThrowableProxy())
        .doesNotContain(signature).doesNotContain(body));
    assertThat(bus.facts).allSatisfy(fact -> assertThat(new String(fact.body(), StandardCharsets.UTF_8) + fact.headers())
        .doesNotContain(signature).doesNotContain(body));
  }

  private AuthFailure fact(int number) throws Exception {
    AuthFailure.Builder fact = AuthFailure.newBuilder();
    JsonFormat.parser().merge(new String(bus.facts.get(number).body(), StandardCharsets.UTF_8), fact);
    return fact.build();
  }
}
