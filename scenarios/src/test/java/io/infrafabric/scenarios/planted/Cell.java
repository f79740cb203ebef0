package io.infrafabric.scenarios.planted;

import com.google.protobuf.InvalidProtocolBufferException;
import io.grpc.Channel;
import io.grpc.ClientInterceptor;
import io.infrafabric.coordinator.CoordinatorConfig;
import io.infrafabric.coordinator.v1.SessionRecord;
import io.infrafabric.governor.Governor;
import io.infrafabric.governor.GovernorConfig;
import io.infrafabric.governor.relay.Facts;
import io.infrafabric.kit.config.Settings;
import io.infrafabric.kit.grpc.GrpcClient;
import io.infrafabric.kit.grpc.GrpcLimits;
import io.infrafabric.kit.grpc.GrpcServer;
import io.infrafabric.kit.grpc.InProcessServer;
import io.infrafabric.kit.lifecycle.Lifecycle;
import io.infrafabric.kit.relay.Publisher;
import io.infrafabric.kit.store.Entry;
import io.infrafabric.kit.store.Store;
import io.infrafabric.kit.telemetry.Telemetry;
import io.infrafabric.names.Keys;
import io.infrafabric.testkit.history.CallLog;
import io.infrafabric.testkit.history.HistoryJudge;
import io.infrafabric.testkit.history.HistoryRecorder;
import io.infrafabric.testkit.nats.MemoryBus;
import io.infrafabric.testkit.store.FaultyStore;
import io.infrafabric.testkit.store.MemoryStore;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A fabric in this process: a governor and two coordinators, wired as their programs are, over one store and one bus in memory,
 * each with a faulty way to the store. A planted bug stands in that way.
 */
final class Cell implements AutoCloseable {
  private static final int COORDINATORS = 2;

  final MemoryStore memory = new MemoryStore(System::nanoTime);
  final MemoryBus bus;
  final Witness witness;
  final CallLog log = new CallLog();
  final HistoryJudge judge = new HistoryJudge(Txns.KEYS);
  final HistoryRecorder recorder = HistoryRecorder.start(memory, judge);
  final List<FaultyStore> ways = new ArrayList<>();
  final Map<String, Integer> crashed = new HashMap<>();
  private final Bug bug;
  private final Lifecycle governing = new Lifecycle("governor");
  private final InProcessServer governor;
  private final List<Lifecycle> coordinating = new ArrayList<>();
  private final List<Integer> ports = new ArrayList<>();
  private final List<GrpcClient> doors = new ArrayList<>();

  Cell(Bug bug, long seed) {
    this.bug = bug;
    this.bus = new MemoryBus(seed);
    this.witness = new Witness(bus, memory);
    for (int i = 0; i <= COORDINATORS; i++) {
      ways.add(new FaultyStore(memory, seed + i));
    }
    Governor features = governing.add("governor", governor(bug.governor(ways.getLast(), memory)));
    features.ready().join();
    governor = governing.add("grpc", InProcessServer.start("governor", features.services(), List.of(), GrpcLimits.defaults()));
    for (int i = 0; i < COORDINATORS; i++) {
      coordinating.add(new Lifecycle("none"));
      ports.add(open(i, 0));
      doors.add(GrpcClient.channel("127.0.0.1:" + ports.get(i), bug.door(memory).stream().toArray(ClientInterceptor[]::new)));
    }
  }

  private Governor governor(Store store) {
    GovernorConfig config = config(GovernorConfig.class, Map.of("IF_SETTLE_EVERY", "200ms"));
    return Governor.open(
        store, config, new Facts(Txns.KEYS, InstantSource.system()), Publisher.on(witness), witness, new NoCoordinator(), InstantSource.system(), Telemetry.none());
  }

  /** Starts a coordinator; the port it listens on. */
  private int open(int number, int port) {
    CoordinatorConfig config =
        config(
            CoordinatorConfig.class,
            Map.of("IF_INSTANCE_ID", "coordinator-" + number, "IF_GRPC_PORT", "" + port, "IF_OUTCOME_PATIENCE", "250ms"));
    Lifecycle lifecycle = new Lifecycle(config.instanceId());
    coordinating.set(number, lifecycle);
    Store store = bug.coordinator(ways.get(number), memory, witness);
    GrpcServer server =
        io.infrafabric.coordinator.Main.open(
            config, lifecycle, Telemetry.none(), InstantSource.system(), store, witness, governor.channel(), services -> {});
    return server.port();
  }

  private static <R extends Record> R config(Class<R> type, Map<String, String> settings) {
    Settings<R> loaded = Settings.load(type, new String[0], settings);
    if (loaded instanceof Settings.Ready<R> ready) {
      return ready.value();
    }
    throw new IllegalStateException("no settings: " + loaded);
  }

  List<Channel> doors() {
    return doors.stream().map(GrpcClient::channel).toList();
  }

  Channel governorDoor() {
    return governor.channel();
  }

  /** Stops a coordinator and starts another in its place. */
  void restart(int number) {
    coordinating.get(number).close();
    open(number, ports.get(number));
  }

  /** Ends the session of a swarm as its lease would. */
  void crash(Entry session) {
    crashed.merge(Keys.idOf(session.key()), 1, Integer::sum);
    try {
      memory.revokeLease(SessionRecord.parseFrom(session.value()).getLeaseId()).join();
    } catch (InvalidProtocolBufferException corrupt) {
      throw new IllegalStateException(corrupt);
    }
  }

  @Override
  public void close() {
    doors.forEach(GrpcClient::close);
    coordinating.forEach(Lifecycle::close);
    governing.close();
    recorder.close();
    bus.close();
  }
}
