package io.infrafabric.testkit;

import io.infrafabric.kit.etcd.EtcdSettings;
import io.infrafabric.kit.etcd.EtcdStore;
import io.infrafabric.local.EtcdCluster;
import io.infrafabric.local.EtcdServer;
import io.infrafabric.local.NatsServer;
import io.infrafabric.local.ServerProcess;
import io.infrafabric.names.Keys;
import java.util.List;
import java.util.UUID;

/**
 * The real etcd and NATS of the tests. Each is found in this order: the endpoint that {@value #ETCD_VARIABLE} or {@value
 * #NATS_VARIABLE} names, the program on this machine, a container. One of each serves all tests of a JVM, so that a test
 * uses keys of its own ({@link #freshKeys}). Where none can be had the build fails with {@code CI=true}, and the test is
 * aborted loudly elsewhere.
 */
public final class Backends {
  public static final String ETCD_VARIABLE = "IF_TEST_ETCD";
  public static final String NATS_VARIABLE = "IF_TEST_NATS";

  private static final SharedBackend ETCD =
      new SharedBackend(
          "etcd",
          ETCD_VARIABLE,
          System.getenv(),
          () -> started(EtcdServer.in(TestFolders.create("etcd"))).address(),
          BackendContainer.ETCD::start);
  private static final SharedBackend NATS =
      new SharedBackend(
          "NATS",
          NATS_VARIABLE,
          System.getenv(),
          () -> started(NatsServer.in(TestFolders.create("nats"))).address(),
          BackendContainer.NATS::start);

  private Backends() {}

  private static <T extends ServerProcess> T started(T server) {
    server.start();
    return server;
  }

  private static EtcdCluster started(EtcdCluster cluster) {
    cluster.start();
    return cluster;
  }

  /** The endpoint of the shared etcd, {@code http://host:port}. */
  public static String etcd() {
    return ETCD.address();
  }

  /** The URL of the shared NATS with JetStream, {@code nats://host:port}. */
  public static String nats() {
    return NATS.address();
  }

  /** A new connection to the shared etcd; the caller closes it. */
  public static EtcdStore etcdStore() {
    return new EtcdStore(EtcdSettings.of(List.of(etcd())));
  }

  /** Keys that no other test uses. */
  public static Keys freshKeys() {
    return new Keys("/test/" + UUID.randomUUID() + "/");
  }

  /** A started etcd for a test that stops, kills or pauses it; the caller closes it. Needs the program. */
  public static EtcdServer ownEtcd() {
    return SharedBackend.orGiveUp("etcd", System.getenv(), () -> started(EtcdServer.in(TestFolders.create("etcd"))));
  }

  /** The same with so many members. */
  public static EtcdCluster ownEtcdCluster(int members) {
    return SharedBackend.orGiveUp("etcd", System.getenv(), () -> started(EtcdCluster.in(TestFolders.create("etcd-cluster"), members)));
  }

  /** A started NATS for a test that stops, kills or pauses it, or that needs its streams for itself. Needs the program. */
  public static NatsServer ownNats() {
    return SharedBackend.orGiveUp("NATS", System.getenv(), () -> started(NatsServer.in(TestFolders.create("nats"))));
  }
}
