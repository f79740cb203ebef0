package io.infrafabric.scenarios;

import io.infrafabric.kit.etcd.EtcdSettings;
import io.infrafabric.kit.etcd.EtcdStore;
import io.infrafabric.kit.grpc.CallerIdentity;
import io.infrafabric.kit.store.Entry;
import io.infrafabric.local.EtcdServer;
import io.infrafabric.local.LocalFabric;
import io.infrafabric.local.ServerProcess;
import io.infrafabric.local.ServiceKind;
import io.infrafabric.testkit.history.EtcdHistory;
import io.infrafabric.testkit.history.Version;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A whole fabric of its own, as processes, for one test class; stopped when the class is done. */
final class RunningFabric implements AutoCloseable {
  private final LocalFabric fabric;
  private final FabricClient client;
  private final EtcdStore judge;

  private RunningFabric(LocalFabric fabric) {
    this(fabric, false);
  }

  /**
   * @param anyCoordinator whether its client calls all coordinators in turn, or only the first
   */
  private RunningFabric(LocalFabric fabric, boolean anyCoordinator) {
    this.fabric = fabric;
    this.client =
        anyCoordinator
            ? client(fabric.coordinators().stream().map(ServerProcess::address).collect(Collectors.joining(",")))
            : clientOf(0);
    this.judge = new EtcdStore(EtcdSettings.of(fabric.etcdMembers().stream().map(EtcdServer::address).toList()));
  }

  /** Starts it with settings for every service, given as name and value in turn. */
  static RunningFabric start(String... settings) throws IOException {
    return new RunningFabric(builder(settings).start());
  }

  /** The same with a coordinator and a governor only: for scenarios in which nothing is sandboxed. */
  static RunningFabric startWithoutChassis(String... settings) throws IOException {
    return new RunningFabric(builder(settings).without(ServiceKind.CHASSIS).start());
  }

  /** The same with an etcd of that quota. */
  static RunningFabric startWithQuota(long bytes, String... settings) throws IOException {
    return new RunningFabric(builder(settings).etcdQuota(bytes).without(ServiceKind.CHASSIS).start());
  }

  /** The same with JVMs that have no more heap than that, in megabytes, and no more buffers besides than half of it. */
  static RunningFabric startWithHeap(int megabytes) throws IOException {
    return new RunningFabric(
        builder().without(ServiceKind.CHASSIS).jvmFlag("-Xmx" + megabytes + "m").jvmFlag("-XX:MaxDirectMemorySize=" + megabytes / 2 + "m").start());
  }

  /** The same with two coordinators, for scenarios in which they must agree. */
  static RunningFabric startTwoCoordinators() throws IOException {
    return new RunningFabric(builder().coordinators(2).without(ServiceKind.CHASSIS).start());
  }

  /** The same with other ways to NATS for its services: scenarios in which messages get lost. */
  static RunningFabric startWithNatsThrough(UnaryOperator<String> nats) throws IOException {
    return new RunningFabric(builder().through(UnaryOperator.identity(), nats).without(ServiceKind.CHASSIS).start());
  }

  /** The same with another way to etcd for its services: scenarios in which etcd is slow. */
  static RunningFabric startWithEtcdThrough(UnaryOperator<String> etcd) throws IOException {
    return new RunningFabric(builder().through(etcd, UnaryOperator.identity()).without(ServiceKind.CHASSIS).start());
  }

  /** The same with three coordinators, which its client calls in turn, for scenarios in which they come and go. */
  static RunningFabric startThreeCoordinators() throws IOException {
    return new RunningFabric(builder().coordinators(3).without(ServiceKind.CHASSIS).start(), true);
  }

  /** The same on an etcd cluster of three members, for scenarios in which it loses one. */
  static RunningFabric startThreeEtcdMembers() throws IOException {
    return new RunningFabric(builder().etcdMembers(3).without(ServiceKind.CHASSIS).start());
  }

  private static LocalFabric.Builder builder(String... settings) throws IOException {
    LocalFabric.Builder builder = LocalFabric.of(repository()).folder(folder()).shortLived();
    for (int i = 0; i < settings.length; i += 2) {
      builder.setting(settings[i], settings[i + 1]);
    }
    return builder;
  }

  private static Path folder() throws IOException {
    return folder("run");
  }

  /**
   * A new folder for a run below {@code target}, so that the logs are there to read afterwards; named after what runs and the JVM of those
   * side by side that runs it.
   */
  static Path folder(String what) throws IOException {
    Path runs = Files.createDirectories(repository().resolve("scenarios/target/fabrics"));
    return Files.createTempDirectory(runs, what + "-" + System.getProperty("surefire.forkNumber", "1") + "-");
  }

  /** The checkout that this is a part of. */
  static Path repository() {
    Path here = Path.of("").toAbsolutePath();
    while (!Files.exists(here.resolve("mvnw"))) {
      here = here.getParent();
    }
    return here;
  }

  LocalFabric fabric() {
    return fabric;
  }

  FabricClient client() {
    return client;
  }

  /** A client of one of the coordinators; the caller closes it. */
  FabricClient clientOf(int coordinator) {
    return client(fabric.coordinators().get(coordinator).address());
  }

  /** A client that calls as somebody; the caller closes it. */
  FabricClient clientAs(CallerIdentity caller) {
    return client(fabric.coordinators().getFirst().address(), caller);
  }

  private FabricClient client(String coordinator) {
    return client(coordinator, CallerIdentity.nobody());
  }

  private FabricClient client(String coordinator, CallerIdentity caller) {
    boolean chassis = fabric.processes().stream().anyMatch(process -> process.name().startsWith(ServiceKind.CHASSIS.label()));
    return FabricClient.of(
        coordinator,
        fabric.governor().address(),
        chassis ? Optional.of(fabric.chassis().address()) : Optional.empty(),
        caller);
  }

  /** Every version of every key under the prefix, from etcd itself. */
  List<Version> history(String prefix) {
    return EtcdHistory.read(judge, prefix);
  }

  /** The revision of every key under the prefixes, from etcd itself. */
  Map<String, Long> revisions(String... prefixes) {
    Map<String, Long> revisions = new TreeMap<>();
    for (Entry entry : judge.list(List.of(prefixes)).join().entries()) {
      revisions.put(entry.key(), entry.modRevision());
    }
    return revisions;
  }

  @Override
  public void close() {
    client.close();
    judge.close();
    fabric.close();
    fabric.etcdMembers().forEach(member -> delete(fabric.folder().resolve(member.name()).resolve("data")));
    delete(fabric.folder().resolve("nats/store"));
  }

  /** The data of a run takes much room; its logs do not. */
  private static void delete(Path data) {
    try (Stream<Path> files = Files.walk(data)) {
      files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
    } catch (IOException | UncheckedIOException gone) {
      System.err.println("left behind: " + data);
    }
  }
}
