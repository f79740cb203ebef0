package io.infrafabric.governor;

import io.infrafabric.governor.account.NatsDoorbell;
import io.infrafabric.governor.escalation.GrpcCoordinatorDoor;
import io.infrafabric.governor.relay.Facts;
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
import io.infrafabric.kit.nats.NatsBus;
import io.infrafabric.kit.nats.RpcMirror;
import io.infrafabric.kit.nats.StreamSpec;
import io.infrafabric.kit.relay.Publisher;
import io.infrafabric.kit.relay.Relay;
import io.infrafabric.kit.relay.RelaySettings;
import io.infrafabric.kit.scrape.MetricsDoor;
import io.infrafabric.kit.telemetry.Telemetry;
import io.infrafabric.names.Subjects;
import java.time.Clock;
import java.time.InstantSource;
import java.time.Duration;

/** IF.governor as a process. */
public final class Main {
  private static final Duration EVENTS_KEPT = Duration.ofDays(7);

  private Main() {}

  /** Runs until the process is told to stop. */
  public static void main(String[] args) throws InterruptedException {
    GovernorConfig config = Settings.loadOrExit(GovernorConfig.class, args);
    Lifecycle lifecycle = Lifecycle.ofProcess("governor");
    Telemetry telemetry = lifecycle.add("telemetry", Telemetry.start("governor", config.instanceId()));
    EtcdStore store = lifecycle.add("etcd", new EtcdStore(EtcdSettings.of(config.etcdEndpoints())));
    NatsBus bus = lifecycle.add("nats", NatsBus.start(config.nats(), config.instanceId(), telemetry));
    bus.keepStream(StreamSpec.of(Subjects.EVENTS_STREAM, EVENTS_KEPT, Subjects.EVENTS));
    config.decisions().streams().forEach(bus::keepStream);
    Publisher publisher =
        message -> bus.publishDurable(message.subject(), message.messageId(), message.headers(), message.body().toByteArray());

    Facts facts = new Facts(config.keys(), Clock.systemUTC());
    CallerIdentity self = CallerIdentity.ofService(config.instanceId(), config.auth(), config.tls(), InstantSource.system());
    GrpcClient coordinators = lifecycle.add("coordinators", GrpcClient.channel(config.coordinatorTarget(), self));
    Governor governor =
        lifecycle.add(
            "governor",
            Governor.open(store, config, facts, publisher, bus, new GrpcCoordinatorDoor(coordinators.channel()), Clock.systemUTC(), telemetry));
    lifecycle.add(
        "relay",
        Relay.open(
            store, config.keys(), config.instanceId(), facts.source(), publisher, RelaySettings.defaults(), telemetry.metrics()));
    lifecycle.add("doorbell", NatsDoorbell.open(bus, governor.bell(), telemetry.metrics()));
    governor.ready().join();

    RefusalNotes refusals =
        lifecycle.add(
            "refusals",
            RefusalNotes.start(store, config.keys(), "governor", config.instanceId(), config.auth(), telemetry.metrics(), InstantSource.system()));
    Doors doors =
        lifecycle.add("doors", Doors.open("governor", config.instanceId(), config.doors(), bus, refusals, telemetry.metrics(), InstantSource.system()));
    MetricsDoor.open(config.metrics(), telemetry.metrics(), doors).ifPresent(door -> lifecycle.add("metrics", door));
    GrpcServer.Builder grpc =
        GrpcServer.Builder.of("governor").host(config.grpcHost()).port(config.grpcPort()).limits(config.grpc()).doors(doors);
    governor.services().forEach(grpc::service);
    GrpcServer server = lifecycle.add("grpc", grpc.build()).start();
    lifecycle.add("readiness", ReadinessProbe.start(server, governor::reachable, Duration.ofSeconds(3), InstantSource.system()));
    lifecycle.add("mirror", RpcMirror.start(bus, "governor", grpc.startInProcess()));
    lifecycle.awaitStop();
  }
}
