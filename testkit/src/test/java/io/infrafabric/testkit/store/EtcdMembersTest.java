package io.infrafabric.testkit.store;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.infrafabric.kit.etcd.EtcdSettings;
import io.infrafabric.kit.etcd.EtcdStore;
import io.infrafabric.kit.store.Outcome;
import io.infrafabric.kit.store.Txn;
import io.infrafabric.local.EtcdCluster;
import io.infrafabric.local.EtcdServer;
import io.infrafabric.testkit.Backends;
import io.infrafabric.testkit.Closing;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A store on three members, each of which hangs or dies in turn. */
class EtcdMembersTest {
  private static final int WRITES = 40;

  /** One call to the member that is gone, and some while the others elect a leader; a third of all would be its share. */
  private static final int UNKNOWN_AT_MOST = 5;

  private static EtcdCluster etcd;

  @BeforeAll
  static void start() {
    etcd = Backends.ownEtcdCluster(3);
  }

  @AfterAll
  static void stop() throws Exception {
    Closing.each(etcd);
  }

  @AfterEach
  void allBack() {
    for (EtcdServer member : etcd.members()) {
      if (!member.alive()) {
        member.start();
      }
      member.resume();
    }
  }

  @Test
  void memberThatHangs_isLeftAfterAFewCalls() {
    for (EtcdServer member : etcd.members()) {
      try (EtcdStore store = store()) {
        assertThat(unknown(store, "before-" + member.name())).isZero();
        member.pause();
        assertThat(unknown(store, "while-" + member.name())).as("calls without an outcome, %s hangs", member.name()).isLessThanOrEqualTo(UNKNOWN_AT_MOST);
        member.resume();
      }
    }
  }

  @Test
  void memberThatDies_isLeftAfterAFewCalls() {
    for (EtcdServer member : etcd.members()) {
      try (EtcdStore store = store()) {
        assertThat(unknown(store, "alive-" + member.name())).isZero();
        member.kill();
        assertThat(unknown(store, "dead-" + member.name())).as("calls without an outcome, %s is dead", member.name()).isLessThanOrEqualTo(UNKNOWN_AT_MOST);
        member.start();
      }
    }
  }

  private static EtcdStore store() {
    return new EtcdStore(EtcdSettings.of(etcd.members().stream().map(EtcdServer::address).toList()));
  }

  /** Writes one after the other; answers how many had no known outcome. */
  private static int unknown(EtcdStore store, String name) {
    List<Outcome> outcomes = new ArrayList<>();
    for (int i = 0; i < WRITES; i++) {
      String key = "/members/" + name + "/" + i;
      Txn create = new Txn(List.of(new Txn.Compare(key, 0)), List.of(new Txn.Write.Put(key, ByteString.copyFromUtf8(name), 0)));
      outcomes.add(store.commit(List.of(create)).orTimeout(10, TimeUnit.SECONDS).join().getFirst());
    }
    return (int) outcomes.stream().filter(outcome -> !(outcome instanceof Outcome.Committed)).count();
  }
}
