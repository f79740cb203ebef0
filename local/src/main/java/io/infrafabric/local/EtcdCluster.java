package io.infrafabric.local;

import io.infrafabric.local.EtcdServer.Peer;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The members of one etcd cluster on loopback, each a process that can be killed, paused and
 * started again alone. One member is enough to work with; three show what the loss of one does.
 */
public final class EtcdCluster implements AutoCloseable {
  private final List<EtcdServer> members;

  private EtcdCluster(List<EtcdServer> members) {
    this.members = List.copyOf(members);
  }

  /**
   * Returns a cluster, not yet started, whose members keep their data in the folders {@code etcd},
   * {@code etcd-2}, {@code etcd-3} and so on below the given one, and are called the same.
   */
  public static EtcdCluster in(Path folder, int size) {
    if (size < 1) {
      throw new IllegalArgumentException("an etcd cluster has at least one member");
    }
    List<Peer> peers =
        IntStream.rangeClosed(1, size).mapToObj(i -> new Peer(name(i), FreePorts.next())).toList();
    return new EtcdCluster(
        peers.stream()
            .map(peer -> EtcdServer.member(folder.resolve(peer.name()), peer, peers))
            .toList());
  }

  /** Starts every member and returns when all are ready. */
  public void start() {
    members.forEach(ServerProcess::launch);
    members.forEach(ServerProcess::awaitReady);
  }

  /** Returns the members, in the order of their names. */
  public List<EtcdServer> members() {
    return members;
  }

  /** Returns the endpoints of all members for clients, with commas between them. */
  public String endpoints() {
    return members.stream().map(EtcdServer::address).collect(Collectors.joining(","));
  }

  /** Stops the members together: one that is left alone with a lost quorum stops slowly. */
  @Override
  public void close() {
    members.forEach(ServerProcess::terminate);
    members.forEach(ServerProcess::stop);
  }

  private static String name(int number) {
    return number == 1 ? EtcdServer.NAME : EtcdServer.NAME + "-" + number;
  }
}
