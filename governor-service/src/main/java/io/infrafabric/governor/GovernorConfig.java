package io.infrafabric.governor;

import io.infrafabric.governor.account.SettlementLimits;
import io.infrafabric.governor.budget.BudgetSettings;
import io.infrafabric.governor.match.MatchSettings;
import io.infrafabric.governor.registry.ManifestSettings;
import io.infrafabric.governor.report.ReportSettings;
import io.infrafabric.kit.auth.AuthSettings;
import io.infrafabric.kit.auth.RateSettings;
import io.infrafabric.governor.escalation.EscalationSettings;
import io.infrafabric.governor.webhook.WebhookSettings;
import io.infrafabric.governor.witness.WitnessSettings;
import io.infrafabric.kit.config.Default;
import io.infrafabric.kit.config.Doc;
import io.infrafabric.kit.grpc.DoorSettings;
import io.infrafabric.kit.grpc.GrpcLimits;
import io.infrafabric.kit.grpc.TlsSettings;
import io.infrafabric.kit.nats.NatsSettings;
import io.infrafabric.kit.scrape.MetricsSettings;
import io.infrafabric.names.Keys;
import io.infrafabric.policy.ActivePolicy;
import io.infrafabric.policy.DecisionSettings;
import java.time.Duration;
import java.util.List;

/** Settings of the governor. */
public record GovernorConfig(
    @Doc("Names this process in traces, elections and logs.") @Default("governor-1") String instanceId,
    @Doc("Members of the etcd cluster.") @Default("http://127.0.0.1:2379") List<String> etcdEndpoints,
    NatsSettings nats,
    @Doc("Address that gRPC listens on.") @Default("127.0.0.1") String grpcHost,
    @Doc("Port that gRPC listens on; 0 takes a free one.") @Default("50052") int grpcPort,
    GrpcLimits grpc,
    @Doc("Where all keys live in etcd.") @Default(Keys.DEFAULT_ROOT) String keyPrefix,
    @Doc("Share of the granted money at which a warning is published, in percent.") @Default("20") int lowBudgetPercent,
    @Doc("How long a claim that has ended waits to be booked together with others of its swarm; failures, and what brings the money near its end, do not wait.")
        @Default("500ms")
        Duration settleLinger,
    @Doc("How often all commitments are looked through for claims to book.") @Default("5s") Duration settleEvery,
    AuthSettings auth,
    RateSettings rate,
    TlsSettings tls,
    WitnessSettings witness,
    ManifestSettings manifest,
    MatchSettings match,
    DecisionSettings decisions,
    @Doc("The coordinators, who carry out what people decide about tasks.") @Default("127.0.0.1:50051") String coordinatorTarget,
    EscalationSettings escalation,
    WebhookSettings webhook,
    BudgetSettings budget,
    ReportSettings report,
    MetricsSettings metrics) {
  private static final Duration LONGEST_LINGER = Duration.ofSeconds(5);

  /** Refuses what the features would refuse. */
  public GovernorConfig {
    etcdEndpoints = List.copyOf(etcdEndpoints);
    new Keys(keyPrefix);
    settlementLimits(ActivePolicy.first(), lowBudgetPercent, 0);
    if (settleLinger.isNegative() || settleLinger.compareTo(LONGEST_LINGER) > 0) {
      throw new IllegalArgumentException("settle-linger must be 0 to " + LONGEST_LINGER.toSeconds() + "s, not " + settleLinger);
    }
    new DoorSettings(auth, rate, tls).requireUsable(grpcHost);
    webhook.requireUsable();
    metrics.requireSafe(auth);
  }

  /** Who comes in. */
  DoorSettings doors() {
    return new DoorSettings(auth, rate, tls);
  }

  /** When settlement speaks up under a policy, and which price it compares with. */
  SettlementLimits settlementLimits(ActivePolicy policy, long referenceMicrosPerHour) {
    return settlementLimits(policy, lowBudgetPercent, referenceMicrosPerHour);
  }

  private static SettlementLimits settlementLimits(ActivePolicy policy, int lowBudgetPercent, long referenceMicrosPerHour) {
    return new SettlementLimits(policy.breaker(), lowBudgetPercent, policy.revision(), referenceMicrosPerHour);
  }

  /** Where all keys live. */
  Keys keys() {
    return new Keys(keyPrefix);
  }
}
