package io.infrafabric.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EtcdClusterTest {
  @TempDir Path folder;

  @Test
  void threeMembers_serveOneDataWhileOneOfThemIsDown() throws Exception {
    List<EtcdServer> members;
    try (var cluster = EtcdCluster.in(folder, 3)) {
      cluster.start();
      members = cluster.members();
      assertThat(members).extracting(EtcdServer::name).containsExactly("etcd", "etcd-2", "etcd-3");
      assertThat(cluster.endpoints().split(","))
          .containsExactly(members.stream().map(EtcdServer::address).toArray(String[]::new));

      members.get(1).kill();
      members.get(0).awaitReady(); // if the one that was killed was the leader: until there is the next
      new Etcd3(members.get(0).address()).put("colour", "green");
      assertThat(new Etcd3(members.get(2).address()).get("colour")).contains(Etcd3.base64("green"));

      members.get(1).start();
      assertThat(new Etcd3(members.get(1).address()).get("colour")).contains(Etcd3.base64("green"));
    }
    assertThat(members).noneMatch(EtcdServer::alive);
  }

  @Test
  void noMembers_areNoCluster() {
    assertThatThrownBy(() -> EtcdCluster.in(folder, 0)).hasMessageContaining("at least one");
  }
}
