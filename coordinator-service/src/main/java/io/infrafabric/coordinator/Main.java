package io.infrafabric.coordinator;

import io.grpc.Channel;
import io.infrafabric.coordinator.archive.Archived;
import io.infrafabric.coordinator.archive.Archiver;
import io.infrafabric.coordinator.archive.BusArchive;
import io.infrafabric.coordinator.archive.PlanArchiver;
import io.infrafabric.coordinator.blocker.BlockerDuty;
import io.infrafabric.coordinator.blocker.BlockerFacts;
import io.infrafabric.coordinator.blocker.Blockers;
import io.infrafabric.coordinator.claim.Claims;
import io.infrafabric.coordinator.claim.ClockWatch;
import io.infrafabric.coordinator.claim.Expiry;
import io.infrafabric.coordinator.claim.GrpcClaims;
import io.infrafabric.coordinator.claim.HeldDuty;
import io.infrafabric.coordinator.commitment.Booked;
import io.infrafabric.coordinator.dispatch.DispatchLoop;
import io.infrafabric.coordinator.dispatch.DispatchSettings;
import io.infrafabric.coordinator.dispatch.GrpcOfferWatch;
import io.infrafabric.coordinator.dispatch.GrpcRanking;
import io.infrafabric.coordinator.dispatch.NatsOffers;
import io.infrafabric.coordinator.dispatch.NatsOffersHeard;
import io.infrafabric.coordinator.dispatch.OfferExpiry;
import io.infrafabric.coordinator.dispatch.OfferFeed;
import io.infrafabric.coordinator.dispatch.PushTimes;
import io.infrafabric.coordinator.dispatch.Pushes;
import io.infrafabric.coordinator.dispatch.Reminders;
import io.infrafabric.coordinator.explain.Explanations;
import io.infrafabric.coordinator.object.GrpcObjects;
import io.infrafabric.coordinator.object.NamedObjects;
import io.infrafabric.coordinator.object.ObjectExpiry;
import io.infrafabric.coordinator.plan.CancelDuty;
import io.infrafabric.coordinator.plan.FairShare;
import io.infrafabric.coordinator.plan.GrpcPlans;
import io.infrafabric.coordinator.plan.PhaseKeeper;
import io.infrafabric.coordinator.plan.PlanIndex;
import io.infrafabric.coordinator.plan.Plans;
import io.infrafabric.coordinator.plan.StragglerDuty;
import io.infrafabric.coordinator.policy.Decisions;
import io.infrafabric.coordinator.privacy.ReplicaSights;
import io.infrafabric.coordinator.record.RecordRules;
import io.infrafabric.coordinator.record.Records;
import io.infrafabric.coordinator.relay.TaskFacts;
import io.infrafabric.coordinator.session.GrpcSessions;
import io.infrafabric.coordinator.session.NatsHeartbeats;
import io.infrafabric.coordinator.session.Sessions;
import io.infrafabric.coordinator.status.GrpcFigures;
import io.infrafabric.coordinator.status.GrpcStatus;
import io.infrafabric.coordinator.storage.StorageGuard;
import io.infrafabric.coordinator.task.GrpcTasks;
import io.infrafabric.coordinator.task.Operators;
import io.infrafabric.coordinator.task.OwnerWatch;
import io.infrafabric.coordinator.task.Readiness;
import io.infrafabric.coordinator.task.TaskFeed;
import io.infrafabric.coordinator.task.TaskIndex;
import io.infrafabric.coordinator.task.Tasks;
import io.infrafabric.kit.auth.RefusalNotes;
import io.infrafabric.kit.config.Settings;
import io.infrafabric.kit.etcd.EtcdSettings;
import io.infrafabric.kit.etcd.EtcdStore;
import io.infrafabric.kit.grpc.CallerIdentity;
import io.infrafabric.kit.grpc.Doors;
import io.infrafabric.kit.grpc.GrpcClient;
import io.infrafabric.kit.grpc.GrpcServer;
import io.infrafabric.kit.grpc.OverloadGuard;
import io.infrafabric.kit.grpc.ReadinessProbe;
import io.infrafabric.kit.lifecycle.Lifecycle;
import io.infrafabric.kit.lifecycle.Periodic;
import io.infrafabric.kit.lifecycle.Threads;
import io.infrafabric.kit.nats.Bus;
import io.infrafabric.kit.nats.NatsBus;
import io.infrafabric.kit.nats.RpcMirror;
import io.infrafabric.kit.nats.StreamSpec;
import io.infrafabric.kit.relay.Relay;
import io.infrafabric.kit.relay.RelaySettings;
import io.infrafabric.kit.quarantine.Quarantine;
import io.infrafabric.kit.store.AntiEntropy;
import io.infrafabric.kit.store.Election;
import io.infrafabric.kit.store.Replica;
import io.infrafabric.kit.store.ReplicaSettings;
import io.infrafabric.kit.store.Store;
import io.infrafabric.kit.telemetry.Telemetry;
import io.infrafabric.names.Keys;
import io.infrafabric.names.Subjects;
import io.infrafabric.names.SwarmId;
import io.infrafabric.names.TaskId;
import io.infrafabric.policy.DecisionLog;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.ExecutorService;
import java.util.function.Consumer;

/** IF.coordinator as a process. */
public final class Main {
  /** A doorbell is about 700 bytes: some 90,000 of them, far below the memory that NATS is given for streams. */
  private static final long OFFERS_BYTES = 64L << 20;

  private Main() {}

  /** Runs until told to stop. */
  public static void main(String[] args) throws InterruptedException {
    CoordinatorConfig config = Settings.loadOrExit(CoordinatorConfig.class, args);
    Lifecycle lifecycle = Lifecycle.ofProcess(config.instanceId());
    start(config, lifecycle);
    lifecycle.awaitStop();
  }

  /** Opens everything in order; what is opened last is closed first. */
  static GrpcServer start(CoordinatorConfig config, Lifecycle lifecycle) {
    Telemetry telemetry = lifecycle.add("telemetry", Telemetry.start("coordinator", config.instanceId()));

    EtcdStore store = lifecycle.add("etcd", new EtcdStore(EtcdSettings.of(config.etcdEndpoints())));
    NatsBus bus = lifecycle.add("nats", NatsBus.start(config.nats(), config.instanceId(), telemetry));
    bus.keepStream(StreamSpec.of(Subjects.OFFERS_STREAM, Duration.ofMinutes(5), Subjects.OFFERS).maxPerSubject(64).maxBytes(OFFERS_BYTES).memory());
    bus.keepStream(StreamSpec.of(Subjects.TASKS_STREAM, Duration.ofHours(24), Subjects.TASKS));
    bus.keepStream(StreamSpec.of(Subjects.EVENTS_STREAM, Duration.ofDays(7), Subjects.EVENTS));
    bus.keepStream(BusArchive.stream(config.archive()));
    config.decisions().streams().forEach(bus::keepStream);
    CallerIdentity self = CallerIdentity.ofService(config.instanceId(), config.auth(), config.tls(), InstantSource.system());
    GrpcClient governor = lifecycle.add("governor", GrpcClient.channel(config.governorTarget(), self));
    return open(
        config,
        lifecycle,
        telemetry,
        InstantSource.system(),
        store,
        bus,
        governor.channel(),
        services ->
            lifecycle.add(
                "rpc-mirror",
                RpcMirror.start(bus, "coordinator", lifecycle.add("in-process", services.startInProcess()), CallImportance::of, services.meter())));
  }

  /**
   * Opens a coordinator over any store and bus: what {@link #main} runs on etcd and NATS, and a test on others.
   *
   * @param otherDoors opens what else serves the services, before gRPC does
   */
  public static GrpcServer open(
      CoordinatorConfig config,
      Lifecycle lifecycle,
      Telemetry telemetry,
      InstantSource clock,
      Store store,
      Bus bus,
      Channel governor,
      Consumer<GrpcServer.Builder> otherDoors) {
    Keys keys = new Keys(config.keyPrefix());
    Records records = new Records(keys);
    RecordRules rules = new RecordRules(keys);
    ReplicaSettings limits =
        ReplicaSettings.defaults().withGroups(config.batchTransactions(), config.batchLanes()).withPatience(config.outcomePatience());
    Replica replica = lifecycle.add("replica", Replica.open(config.instanceId(), store, records.prefixes(), limits, rules));
    Election duty =
        lifecycle.add(
            "election", Election.open(store, keys, "coordinator-duty", config.instanceId(), Duration.ofSeconds(3), Election.Listener.NONE));

    TaskIndex index = new TaskIndex(config.ageing());
    index.setHearing(replica::heardNanos);
    TaskFeed feed = new TaskFeed();
    PlanIndex plans = new PlanIndex();
    index.setMembers(plans);
    StorageGuard room = new StorageGuard(store.upkeep(), config.storage());
    Archived archived = new Archived(replica, records, new BusArchive(bus));
    Tasks tasks = new Tasks(replica, records, archived, room, telemetry.traces(), clock);
    FairShare shares = new FairShare(replica, records, plans, clock, config.sharePatience());
    Claims claims = new Claims(replica, records, index, shares, archived, room, telemetry.traces(), clock);
    PushTimes pushTimes = new PushTimes();
    GrpcFigures figures = new GrpcFigures(claims::made, pushTimes, duty::isLeader, clock);
    DecisionLog decisions =
        lifecycle.add(
            "decisions", new DecisionLog(bus, "coordinator", () -> records.policies().shadow(replica), config.decisions(), telemetry.metrics(), clock).start());
    claims.onJudged(new Decisions(decisions, clock));
    Sessions sessions = new Sessions(store, replica, records, config.sessionTtl(), claims.inheritance(), clock);
    sessions.statuses().idle().start(replica, keys, index, telemetry.metrics());

    readiness(lifecycle, replica, records, index, plans, duty, clock);
    phases(lifecycle, replica, records, plans, duty, clock);
    expiry(lifecycle, replica, records, index, claims, duty, clock);
    new OwnerWatch(replica, records, index, config.ownerPatience(), duty::isLeader, clock).start(lifecycle);
    new StragglerDuty(replica, records, plans, tasks, room, telemetry.traces(), duty::isLeader, clock).start(lifecycle, index);
    new CancelDuty(replica, records, plans, tasks, duty::isLeader, clock).start(lifecycle);
    new ClockWatch(replica, records, index, claims, tasks, duty::isLeader).start(lifecycle, clock);
    new HeldDuty(replica, records, index, claims, telemetry.traces(), duty::isLeader, clock).start(lifecycle);
    booked(lifecycle, replica, records);
    Archiver archiver =
        new Archiver(store, replica, records, index, new BusArchive(bus), config.archive(), room::isShort, duty::isLeader, clock);
    new DispatchLoop(replica, records, index, dispatchSettings(config), claims.askers(), duty::isLeader, clock)
        .start(
            lifecycle,
            shares,
            new GrpcRanking(governor, true),
            new NatsOffers(bus, telemetry.traces(), task -> records.trace(replica, task), pushTimes, clock));
    new OfferExpiry(replica, records, index, duty::isLeader, clock).start(lifecycle);
    replica.onChange(keys.plans(), plans);
    Blockers blockers = new Blockers(replica, records, config.help(), telemetry.traces(), clock);
    blockers.onHelp(new Decisions(decisions, clock));
    new BlockerDuty(replica, records, blockers, tasks, new GrpcRanking(governor, false), config.help(), duty::isLeader).start(lifecycle, index, clock);
    replica.onChange(keys.tasks(), index);
    replica.follow(keys.tasks(), feed);
    replica.ready().join();
    AntiEntropy antiEntropy = new AntiEntropy(store, replica, records.prefixes(), System::nanoTime, telemetry.metrics());
    lifecycle.add("anti-entropy", Periodic.start("anti-entropy", AntiEntropy.EVERY, antiEntropy::runOnce));
    StorageDuties.start(config, lifecycle, store, replica, records, room, archiver, duty, telemetry, clock);
    lifecycle.add("quarantine", Quarantine.start(replica, keys, "coordinator", rules.owned(), duty::isLeader, telemetry.metrics(), clock));
    PlanArchiver planArchiver = new PlanArchiver(store, replica, records, plans, config.archive(), duty::isLeader);
    lifecycle.add("plan-archiver", Periodic.start("plan-archiver", Duration.ofSeconds(5), () -> planArchiver.runOnce(clock.instant())));

    lifecycle.add(
        "relay",
        Relay.open(
            store,
            keys,
            config.instanceId(),
            TaskFacts.source(records),
            message -> bus.publishDurable(message.subject(), message.messageId(), message.headers(), message.body().toByteArray()),
            RelaySettings.defaults(),
            telemetry.metrics()));
    lifecycle.add(
        "blocker-relay",
        Relay.open(
            store,
            keys,
            config.instanceId(),
            BlockerFacts.source(records),
            message -> bus.publishDurable(message.subject(), message.messageId(), message.headers(), message.body().toByteArray()),
            RelaySettings.defaults(),
            telemetry.metrics(),
            "if.blocker_relay"));
    lifecycle.add("heartbeats", new NatsHeartbeats(sessions).listen(bus));

    NatsOffersHeard offersHeard = new NatsOffersHeard(pushTimes);
    lifecycle.add("offers-heard", offersHeard.listen(bus));
    ExecutorService slow = lifecycle.add("slow", Threads.virtualPerTask("coordinator-slow"));
    Explanations explanations = new Explanations(replica, records, index, shares, archived, offersHeard, config.help(), clock, slow);
    Pushes pushes = new Pushes(replica, records, archived, config.offerTimeout(), telemetry.traces(), clock);
    OfferFeed offers = lifecycle.add("offers", new OfferFeed(bus.log(Subjects.OFFERS_STREAM)));

    NamedObjects named = new NamedObjects(bus, config.objects(), clock);
    ObjectExpiry objectExpiry = new ObjectExpiry(store, replica, records, bus, config.objects(), duty::isLeader);
    lifecycle.add(
        "object-expiry", Periodic.start("object-expiry", config.objects().retention().dividedBy(24), () -> objectExpiry.runOnce(clock.instant())));

    ReplicaSights sights = new ReplicaSights(replica, records, clock, slow);
    RefusalNotes refusals =
        lifecycle.add("refusals", RefusalNotes.start(store, keys, "coordinator", config.instanceId(), config.auth(), telemetry.metrics(), clock));
    Doors doors = lifecycle.add("doors", Doors.open("coordinator", config.instanceId(), config.doors(), bus, refusals, telemetry.metrics(), clock));
    GrpcServer.Builder services =
        GrpcServer.Builder.of("coordinator")
            .doors(doors)
            .host(config.grpcHost())
            .port(config.grpcPort())
            .meter(figures.meter())
            .service(new GrpcTasks(tasks, new Operators(replica, records, index, archived, clock), feed, replica, keys, explanations, pushes, named, sights, slow))
            .service(new GrpcPlans(new Plans(replica, records, plans, tasks, archived, room, telemetry.traces(), clock), plans, named, slow))
            .service(new GrpcClaims(claims, blockers, new GrpcOfferWatch(offers, sessions), named))
            .service(new GrpcObjects(claims::held, bus, config.objects(), slow))
            .service(new GrpcSessions(sessions, new Reminders(replica, records, index, shares, dispatchSettings(config), clock)))
            .service(new GrpcStatus(room, index, archiver::archived, figures, replica, records, bus))
            .interceptor(new OverloadGuard(config.overload(), method -> CallImportance.of(method.getFullMethodName()), telemetry.metrics()))
            .directExecutor();
    otherDoors.accept(services);
    GrpcServer server = lifecycle.add("grpc", services.build().start());
    lifecycle.add("probe", ReadinessProbe.start(server, replica::reachable, Duration.ofSeconds(3), clock));
    return server;
  }

  private static void readiness(
      Lifecycle lifecycle, Replica replica, Records records, TaskIndex index, PlanIndex plans, Election duty, InstantSource clock) {
    Readiness readiness = new Readiness(replica, records, index, duty::isLeader, clock);
    Periodic loop =
        lifecycle.add("readiness", Periodic.start("readiness", Duration.ofMillis(200), () -> readiness.runOnce(clock.instant())));
    readiness.onWork(loop::wakeUp);
    plans.addListener(
        new PlanIndex.Listener() {
          @Override
          public void onMayBeReady(TaskId task) {
            readiness.onMayBeReady(task);
          }
        });
  }

  private static void phases(
      Lifecycle lifecycle, Replica replica, Records records, PlanIndex plans, Election duty, InstantSource clock) {
    PhaseKeeper keeper = new PhaseKeeper(replica, records, plans, duty::isLeader, clock);
    Periodic loop =
        lifecycle.add("phases", Periodic.start("phases", Duration.ofMillis(200), Duration.ofMillis(5), () -> keeper.runOnce(clock.instant())));
    keeper.onWork(loop::wakeUp);
  }

  private static void expiry(
      Lifecycle lifecycle, Replica replica, Records records, TaskIndex index, Claims claims, Election duty, InstantSource clock) {
    Expiry expiry = new Expiry(replica, records, index, claims, duty::isLeader);
    Periodic loop = lifecycle.add("expiry", Periodic.start("expiry", Duration.ofMillis(500), () -> expiry.runOnce(clock.instant())));
    replica.onChange(
        records.keys().sessions(),
        (key, before, after) -> {
          if (before.isPresent()) {
            loop.wakeUp();
          }
        });
  }

  private static void booked(Lifecycle lifecycle, Replica replica, Records records) {
    Booked booked = new Booked(replica, records);
    Periodic loop = lifecycle.add("booked", Periodic.start("booked", Duration.ofMillis(250), booked::runOnce));
    replica.onChange(
        records.keys().standings(),
        (key, before, after) -> {
          booked.onStanding(new SwarmId(Keys.idOf(key)));
          loop.wakeUp();
        });
  }

  private static DispatchSettings dispatchSettings(CoordinatorConfig config) {
    return DispatchSettings.defaults().with(config.offerFanOut(), config.offerFurtherAfter(), config.offerTimeout());
  }
}
