package io.infrafabric.governor;

import io.grpc.StatusRuntimeException;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.governor.budget.BudgetSettings;
import io.infrafabric.governor.escalation.CoordinatorDoor;
import io.infrafabric.governor.escalation.EscalationSettings;
import io.infrafabric.governor.match.MatchSettings;
import io.infrafabric.governor.registry.ManifestSettings;
import io.infrafabric.governor.relay.Facts;
import io.infrafabric.governor.report.ReportSettings;
import io.infrafabric.governor.v1.AccountServiceGrpc;
import io.infrafabric.governor.v1.BreakerServiceGrpc;
import io.infrafabric.governor.v1.EscalationServiceGrpc;
import io.infrafabric.governor.v1.GrantRequest;
import io.infrafabric.governor.v1.Manifest;
import io.infrafabric.governor.v1.MatchServiceGrpc;
import io.infrafabric.governor.v1.PolicyServiceGrpc;
import io.infrafabric.governor.v1.RegisterSwarmRequest;
import io.infrafabric.governor.v1.RegisterSwarmResponse;
import io.infrafabric.governor.v1.RegistryServiceGrpc;
import io.infrafabric.governor.webhook.WebhookSettings;
import io.infrafabric.governor.witness.WitnessSettings;
import io.infrafabric.kit.grpc.Errors;
import io.infrafabric.kit.auth.AuthSettings;
import io.infrafabric.kit.auth.RateSettings;
import io.infrafabric.kit.grpc.GrpcLimits;
import io.infrafabric.kit.grpc.InProcessServer;
import io.infrafabric.kit.grpc.TlsSettings;
import io.infrafabric.kit.nats.NatsSettings;
import io.infrafabric.kit.scrape.MetricsSettings;
import io.infrafabric.kit.relay.OutboundMessage;
import io.infrafabric.kit.store.Store;
import io.infrafabric.kit.telemetry.Telemetry;
import io.infrafabric.names.Keys;
import io.infrafabric.policy.DecisionSettings;
import io.infrafabric.testkit.nats.MemoryBus;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.function.Executable;

/** A governor on gRPC in this process, with a coordinator that writes its commitments. */
final class GovernorFixture implements AutoCloseable {
  /** Of a model whose price went up. */
  private static final String[] TOKEN_PRICES = {"sonnet@2024-01-01=3/15", "sonnet@2025-01-01=4/20", "haiku@2024-01-01=0.25/1.25"};

  final List<OutboundMessage> published = new CopyOnWriteArrayList<>();
  final RegistryServiceGrpc.RegistryServiceBlockingStub registry;
  final MatchServiceGrpc.MatchServiceBlockingStub matches;
  final AccountServiceGrpc.AccountServiceBlockingStub accounts;
  final BreakerServiceGrpc.BreakerServiceBlockingStub breakers;
  final PolicyServiceGrpc.PolicyServiceBlockingStub policies;
  final EscalationServiceGrpc.EscalationServiceBlockingStub escalations;
  final CommitmentsHand coordinator;
  final MemoryBus bus;
  final Governor governor;
  private final InProcessServer server;

  GovernorFixture(Store store, String prefix) {
    this(store, prefix, Telemetry.none());
  }

  GovernorFixture(Store store, String prefix, Telemetry telemetry) {
    this(store, prefix, telemetry, new MemoryBus());
  }

  /**
   * @param bus that several governors may share
   */
  GovernorFixture(Store store, String prefix, Telemetry telemetry, MemoryBus bus) {
    this(store, prefix, telemetry, bus, ManifestSettings.defaults(), MatchSettings.defaults(), CoordinatorHand.away(), EscalationSettings.defaults(), WebhookSettings.none());
  }

  GovernorFixture(Store store, String prefix, Telemetry telemetry, ManifestSettings manifests, MatchSettings matching) {
    this(store, prefix, telemetry, new MemoryBus(), manifests, matching, CoordinatorHand.away(), EscalationSettings.defaults(), WebhookSettings.none());
  }

  GovernorFixture(
      Store store, String prefix, Telemetry telemetry, CoordinatorDoor tasks, EscalationSettings escalation, WebhookSettings webhook) {
    this(store, prefix, telemetry, new MemoryBus(), ManifestSettings.defaults(), MatchSettings.defaults(), tasks, escalation, webhook);
  }

  private GovernorFixture(
      Store store,
      String prefix,
      Telemetry telemetry,
      MemoryBus bus,
      ManifestSettings manifests,
      MatchSettings matching,
      CoordinatorDoor tasks,
      EscalationSettings escalation,
      WebhookSettings webhook) {
    this.bus = bus;
    Keys keys = new Keys(prefix);
    coordinator = new CommitmentsHand(store, keys);
    GovernorConfig config =
        new GovernorConfig(
            "governor-test", List.of("http://unused"), NatsSettings.of("nats://unused"), "127.0.0.1", 0,
            GrpcLimits.defaults(), prefix, 20, Duration.ZERO, Duration.ofMillis(200), AuthSettings.off(), RateSettings.defaults(), TlsSettings.none(), WitnessSettings.off(),
            manifests, matching, DecisionSettings.defaults(), "unused", escalation, webhook, new BudgetSettings(List.of(TOKEN_PRICES), Duration.ofHours(1), Duration.ofMillis(50)), ReportSettings.defaults(), MetricsSettings.off());
    governor =
        Governor.open(
            store,
            config,
            new Facts(keys, InstantSource.system()),
            message -> {
              published.add(message);
              return CompletableFuture.completedFuture(null);
            },
            bus,
            tasks,
            InstantSource.system(),
            telemetry);
    governor.ready().join();
    server = InProcessServer.start("governor-test", governor.services(), List.of(), GrpcLimits.defaults());
    registry = RegistryServiceGrpc.newBlockingStub(server.channel());
    matches = MatchServiceGrpc.newBlockingStub(server.channel());
    accounts = AccountServiceGrpc.newBlockingStub(server.channel());
    breakers = BreakerServiceGrpc.newBlockingStub(server.channel());
    policies = PolicyServiceGrpc.newBlockingStub(server.channel());
    escalations = EscalationServiceGrpc.newBlockingStub(server.channel());
  }

  RegisterSwarmResponse register(String swarm, String requestId, String... capabilities) {
    Manifest manifest =
        Manifest.newBuilder()
            .setSwarmId(swarm)
            .addAllCapabilities(List.of(capabilities))
            .setCostPerHourMicros(2_000_000)
            .build();
    return registry.registerSwarm(RegisterSwarmRequest.newBuilder().setRequestId(requestId).setManifest(manifest).build());
  }

  void grant(String swarm, String requestId, long micros) {
    accounts.grant(GrantRequest.newBuilder().setRequestId(requestId).setAccountId(swarm).setAmountMicros(micros).build());
  }

  /** The code with which a call is refused. */
  static ErrorCode refusalOf(Executable call) {
    try {
      call.execute();
    } catch (StatusRuntimeException status) {
      return Errors.refusalOf(status).orElseThrow().code();
    } catch (Throwable other) {
      throw new AssertionError(other);
    }
    throw new AssertionError("it was not refused");
  }

  @Override
  public void close() {
    server.close();
    governor.close();
  }
}
