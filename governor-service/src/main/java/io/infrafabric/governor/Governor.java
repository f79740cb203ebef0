package io.infrafabric.governor;

import io.grpc.BindableService;
import io.infrafabric.governor.account.Accounts;
import io.infrafabric.governor.account.GrpcAccounts;
import io.infrafabric.governor.account.SettlementLoop;
import io.infrafabric.governor.account.SettlementBell;
import io.infrafabric.governor.books.Books;
import io.infrafabric.governor.books.BooksCheck;
import io.infrafabric.governor.books.ReplicaBooks;
import io.infrafabric.governor.budget.AccountTree;
import io.infrafabric.governor.breaker.Breakers;
import io.infrafabric.governor.breaker.GrpcBreakers;
import io.infrafabric.governor.breaker.Probes;
import io.infrafabric.governor.breaker.SloBell;
import io.infrafabric.governor.escalation.CoordinatorDoor;
import io.infrafabric.governor.escalation.EscalationLoop;
import io.infrafabric.governor.escalation.GrpcEscalations;
import io.infrafabric.governor.match.GrpcMatches;
import io.infrafabric.governor.match.MatchPreferences;
import io.infrafabric.governor.match.Matches;
import io.infrafabric.governor.policy.GrpcPolicies;
import io.infrafabric.governor.policy.Policies;
import io.infrafabric.governor.registry.GrpcRegistry;
import io.infrafabric.governor.registry.ManifestRejections;
import io.infrafabric.governor.registry.Registry;
import io.infrafabric.governor.relay.Facts;
import io.infrafabric.governor.report.Figures;
import io.infrafabric.governor.report.Reports;
import io.infrafabric.governor.spend.SpendFolder;
import io.infrafabric.governor.webhook.Webhooks;
import io.infrafabric.governor.witness.GrpcWitness;
import io.infrafabric.governor.witness.Witness;
import io.infrafabric.governor.witness.WitnessQueries;
import io.infrafabric.kit.lifecycle.Periodic;
import io.infrafabric.kit.lifecycle.Threads;
import io.infrafabric.kit.nats.Bus;
import io.infrafabric.kit.quarantine.Quarantine;
import io.infrafabric.kit.relay.Publisher;
import io.infrafabric.kit.store.AntiEntropy;
import io.infrafabric.kit.store.Prefix;
import io.infrafabric.kit.store.Replica;
import io.infrafabric.kit.store.ReplicaSettings;
import io.infrafabric.kit.store.Store;
import io.infrafabric.kit.telemetry.Metrics;
import io.infrafabric.kit.telemetry.Telemetry;
import io.infrafabric.names.Keys;
import io.infrafabric.policy.BreakerPolicy;
import io.infrafabric.policy.DecisionLog;
import io.infrafabric.policy.PolicyRecords;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.function.Supplier;

/** The governor's features over one store: what {@link Main} serves and tests call. */
public final class Governor implements AutoCloseable {
  private static final Duration FOLD_EVERY = Duration.ofMinutes(1);

  private final Replica replica;
  private final SettlementLoop settlement;
  private final List<BindableService> services;
  private final Periodic antiEntropy;
  private final Periodic folding;
  private final Registry registry;
  private final Witness witness;
  private final EscalationLoop escalations;
  private final Webhooks webhooks;
  private final Periodic quarantine;
  private final Probes probes;
  private final SloBell slos;
  private final DecisionLog decisions;
  private final ExecutorService slow;
  private final AccountTree tree;

  private Governor(
      Store store,
      Replica replica,
      AntiEntropy comparison,
      GovernorConfig config,
      Facts facts,
      Publisher publisher,
      Bus bus,
      CoordinatorDoor coordinator,
      InstantSource clock,
      Telemetry telemetry) {
    Keys keys = config.keys();
    ReplicaBooks books = new ReplicaBooks(replica, keys);
    PolicyRecords policies = new PolicyRecords(keys);
    MatchPreferences preferences = config.match().preferences(config.manifest().priceList());
    Supplier<BreakerPolicy> breaking = () -> policies.inForce(replica).breaker();
    this.replica = replica;
    this.slow = Threads.virtualPerTask("governor-slow");
    this.decisions =
        new DecisionLog(bus, "governor", () -> policies.shadow(replica), config.decisions(), telemetry.metrics(), clock).start();
    this.settlement =
        SettlementLoop.start(
            replica, facts, publisher, decisions, () -> config.settlementLimits(policies.inForce(replica), preferences.referenceMicrosPerHour()), config.settleLinger(), config.settleEvery(), clock, telemetry);
    this.witness =
        Witness.open(store, keys, config.witness(), config.instanceId(), books::model, clock, telemetry.metrics());
    this.registry =
        new Registry(books, config.manifest(), new ManifestRejections(facts, publisher, telemetry.metrics(), clock), clock);
    Matches matches = new Matches(replica, keys, preferences, () -> policies.inForce(replica), facts, publisher, clock, telemetry.metrics());
    this.escalations =
        EscalationLoop.start(
            store, replica, keys, config.instanceId(), config.escalation(), config.webhook().sinkNames(), config.lowBudgetPercent(), coordinator, matches::unfit, clock, telemetry.metrics());
    this.webhooks = Webhooks.start(store, keys, config.instanceId(), config.webhook(), escalations.all(), clock, telemetry.metrics());
    Reports reports = new Reports(replica, keys, config.report().days(), new Reports.Compared(preferences.pricedReferenceModel(), matches::rankings, matches::answered), clock);
    Figures.tell(replica, keys, reports, telemetry.metrics());
    this.folding = Periodic.start("fold-spend", FOLD_EVERY, new SpendFolder(replica, keys, config.report().days(), clock)::runOnce);
    this.tree = AccountTree.open(store, replica, facts, publisher, config.budget(), config.lowBudgetPercent(), () -> policies.inForce(replica).limits().getMaxCostPerTaskMicros(), slow, clock);
    this.probes = new Probes(replica, keys).start(clock);
    this.slos = SloBell.open(bus, books, breaking, clock, telemetry.metrics());
    this.services =
        List.of(
            new GrpcRegistry(registry),
            new GrpcMatches(matches),
            new GrpcAccounts(new Accounts(books, clock), tree, reports),
            new GrpcBreakers(new Breakers(books, breaking, clock).follow(replica, keys)),
            new GrpcPolicies(new Policies(replica, keys, bus, clock, slow)),
            new GrpcEscalations(escalations),
            new GrpcWitness(new WitnessQueries(witness)));
    this.antiEntropy = Periodic.start("anti-entropy", AntiEntropy.EVERY, comparison::runOnce);
    // Every governor does it: each write compares what it found.
    this.quarantine = Quarantine.start(replica, keys, "governor", new BooksCheck(keys).owned(), () -> true, telemetry.metrics(), clock);
    gauges(books, keys, policies, telemetry.metrics());
  }

  private void gauges(ReplicaBooks books, Keys keys, PolicyRecords policies, Metrics metrics) {
    metrics.gauge("if.policy.revision", "Revision of the policy that this governor goes by", () -> policies.inForce(replica).revision());
    metrics.gauge("if.registry.swarms", "Swarms that are registered", () -> replica.scan(keys.standings()).size());
    metrics.gauge("if.breaker.open", "Swarms whose breaker is open", () -> books.breakers().filter(Books::isOpen).count());
    metrics.gauge(
        "if.breaker.capabilities_open",
        "Breakers of single capabilities that are not closed",
        () -> books.breakers().flatMap(one -> one.getCapabilitiesList().stream()).filter(Books::isOpen).count());
    metrics.gauge("if.store.reachable", "1 while the store answers", () -> replica.reachable() ? 1 : 0);
  }

  /**
   * Begins to copy the store and to settle.
   *
   * @param publisher where bookings are told
   * @param bus where decisions are written down and read again
   * @param coordinator who carries out what people decide about tasks
   */
  public static Governor open(
      Store store, GovernorConfig config, Facts facts, Publisher publisher, Bus bus, CoordinatorDoor coordinator, InstantSource clock, Telemetry telemetry) {
    Keys keys = config.keys();
    List<Prefix> prefixes =
        List.of(
            Prefix.of(keys.swarms()),
            Prefix.of(keys.manifests()),
            Prefix.of(keys.standings()),
            Prefix.of(keys.accounts()),
            Prefix.of(keys.spend()),
            Prefix.of(keys.breakers()),
            Prefix.of(keys.policies()),
            Prefix.of(keys.commitments()),
            Prefix.of(keys.escalations()),
            Prefix.of(keys.blockers()),
            Prefix.of(keys.quarantine()));
    Replica replica = Replica.open("governor", store, prefixes, ReplicaSettings.defaults(), new BooksCheck(keys));
    AntiEntropy comparison = new AntiEntropy(store, replica, prefixes, System::nanoTime, telemetry.metrics());
    return new Governor(store, replica, comparison, config, facts, publisher, bus, coordinator, clock, telemetry);
  }

  /** Done when the store has been copied once. */
  public CompletableFuture<Void> ready() {
    return replica.ready();
  }

  /** What is served on gRPC. */
  public List<BindableService> services() {
    return services;
  }

  /** Has ended claims booked; may be rung by anybody. */
  public SettlementBell bell() {
    return settlement.bell();
  }

  /** False while etcd does not answer. */
  public boolean reachable() {
    return replica.reachable();
  }

  /** Up to which revision the store is known here. */
  public long revision() {
    return replica.revision();
  }

  @Override
  public void close() {
    antiEntropy.close();
    folding.close();
    slos.close();
    probes.close();
    webhooks.close();
    escalations.close();
    witness.close();
    quarantine.close();
    registry.close();
    tree.close();
    settlement.close();
    decisions.close();
    slow.shutdown();
    replica.close();
  }
}
