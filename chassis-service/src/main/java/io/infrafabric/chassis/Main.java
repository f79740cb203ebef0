package io.infrafabric.chassis;

import io.infrafabric.chassis.contract.ContractStore;
import io.infrafabric.chassis.contract.Contracts;
import io.infrafabric.chassis.contract.GrpcContracts;
import io.infrafabric.chassis.contract.GrpcRegistrations;
import io.infrafabric.chassis.contract.NatsObjectShelf;
import io.infrafabric.chassis.contract.ObjectShelf;
import io.infrafabric.chassis.contract.RecordRules;
import io.infrafabric.chassis.sandbox.EndiveEngine;
import io.infrafabric.chassis.sandbox.Engine;
import io.infrafabric.chassis.work.ExecutionFacts;
import io.infrafabric.chassis.work.GrpcCoordinator;
import io.infrafabric.chassis.work.Swarms;
import io.infrafabric.kit.auth.RefusalNotes;
import io.infrafabric.kit.config.Settings;
import io.infrafabric.kit.etcd.EtcdSettings;
import io.infrafabric.kit.etcd.EtcdStore;
import io.infrafabric.kit.grpc.CallerIdentity;
import io.infrafabric.kit.grpc.Doors;
import io.infrafabric.kit.grpc.GrpcClient;
import io.infrafabric.kit.grpc.GrpcServer;
import io.infrafabric.kit.grpc.ReadinessProbe;
import io.infrafabric.kit.lifecycle.Lifecycle;
import io.infrafabric.kit.lifecycle.Periodic;
import io.infrafabric.kit.nats.NatsBus;
import io.infrafabric.kit.quarantine.Quarantine;
import io.infrafabric.kit.store.Election;
import io.infrafabric.kit.store.Prefix;
import io.infrafabric.kit.store.Replica;
import io.infrafabric.kit.store.ReplicaSettings;
import io.infrafabric.kit.store.Store;
import io.infrafabric.kit.telemetry.Telemetry;
import io.infrafabric.names.Keys;
import io.infrafabric.names.Subjects;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;

/** The program: what it consists of, in the order in which it is made. */
public final class Main {
  private static final String NAME = "chassis";
  private static final Duration RECONCILE = Duration.ofSeconds(2);
  private static final Duration FACTS = Duration.ofSeconds(5);

  private Main() {}

  /** Runs until it is told to stop. */
  public static void main(String[] args) throws InterruptedException {
    ChassisConfig config = Settings.loadOrExit(ChassisConfig.class, args);
    Lifecycle life = Lifecycle.ofProcess(config.instanceId());
    start(config, life);
    life.awaitStop();
  }

  /** Starts the service as parts of a lifecycle and returns its server; it waits for etcd and for nothing else. */
  static GrpcServer start(ChassisConfig config, Lifecycle life) {
    InstantSource clock = InstantSource.system();
    Keys keys = new Keys(config.keyPrefix());
    Telemetry telemetry = life.add("telemetry", Telemetry.start(NAME, config.instanceId()));
    Store store = life.add("etcd", new EtcdStore(EtcdSettings.of(config.etcdEndpoints())));
    NatsBus bus = life.add("nats", NatsBus.start(config.nats(), config.instanceId(), telemetry));
    CallerIdentity self = CallerIdentity.ofService(config.instanceId(), config.auth(), config.tls(), clock);
    GrpcClient coordinator = life.add("coordinator", GrpcClient.channel(config.coordinatorTarget(), self));
    GrpcClient governor = life.add("governor", GrpcClient.channel(config.governorTarget(), self));
    Engine engine = life.add("sandbox", new EndiveEngine(config.sandboxThreads()));

    RecordRules rules = new RecordRules(keys);
    Replica replica =
        life.add(
            "replica",
            Replica.open(NAME, store, List.of(Prefix.of(keys.contracts()), Prefix.of(keys.quarantine())), ReplicaSettings.defaults(), rules));
    replica.ready().join();
    ContractStore contracts = new ContractStore(replica, keys);
    ObjectShelf objects = new NatsObjectShelf(bus.bucket(Subjects.OBJECTS_BUCKET));

    ExecutionFacts facts =
        new ExecutionFacts(bus, telemetry.metrics().counter("if.execution.unpublished", "measured executions that were not published"));
    life.add("last facts", (AutoCloseable) facts::runOnce);
    Periodic factLoop = life.add("facts", Periodic.start("facts", FACTS, facts::runOnce));
    facts.onWaiting(factLoop::wakeUp);

    Duty duty = new Duty();
    life.add("election", Election.open(store, keys, NAME, config.instanceId(), duty));
    life.add("quarantine", Quarantine.start(replica, keys, NAME, rules.owned(), duty::isOnDuty, telemetry.metrics(), clock));
    Swarms swarms =
        life.add(
            "swarms",
            new Swarms(
                () -> duty.isOnDuty() ? contracts.all() : List.of(),
                new GrpcCoordinator(coordinator.channel(), config.instanceId()),
                bus,
                objects,
                engine,
                facts,
                telemetry,
                clock));
    Periodic swarmLoop = life.add("swarm loop", Periodic.start("swarms", RECONCILE, swarms::runOnce));
    contracts.onChange(swarmLoop::wakeUp);
    duty.onChange(swarmLoop::wakeUp);

    Contracts service = new Contracts(contracts, objects, engine, new GrpcRegistrations(governor.channel()), swarms, clock);
    RefusalNotes refusals = life.add("refusals", RefusalNotes.start(store, keys, NAME, config.instanceId(), config.auth(), telemetry.metrics(), clock));
    Doors doors = life.add("doors", Doors.open(NAME, config.instanceId(), config.doors(), bus, refusals, telemetry.metrics(), clock));
    GrpcServer server =
        GrpcServer.Builder.of(NAME)
            .doors(doors)
            .host(config.grpcHost())
            .port(config.grpcPort())
            .limits(config.grpcLimits())
            .service(new GrpcContracts(service))
            .build();
    life.add("grpc", server).start();
    life.add("probe", ReadinessProbe.start(server, replica::reachable, Duration.ofSeconds(3), clock));
    return server;
  }
}
