package io.infrafabric.kit.store;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.infrafabric.kit.etcd.EtcdStore;
import io.infrafabric.names.Keys;
import io.infrafabric.testkit.Backends;
import io.infrafabric.testkit.store.Faults;
import io.infrafabric.testkit.store.FaultyStore;
import io.infrafabric.testkit.store.MemoryStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ElectionTest {
  private static final Duration TTL = Duration.ofSeconds(6);

  private final AtomicLong nanos = new AtomicLong(1);
  private final MemoryStore memory = new MemoryStore(nanos::get);
  private final FaultyStore storeOfOne = new FaultyStore(memory, 1);
  private final Keys keys = new Keys();
  private final List<String> heard = new CopyOnWriteArrayList<>();
  private final List<Election> elections = new ArrayList<>();
  private final Election one = stand(storeOfOne, "one");
  private final Election two = stand(memory, "two");

  private Election stand(Store store, String name) {
    Election election = Election.stepwise(store, keys, "role", name, TTL, nanos::get, new Heard(name, heard));
    elections.add(election);
    return election;
  }

  private record Heard(String name, List<String> heard) implements Election.Listener {
    @Override
    public void onElected() {
      heard.add(name + " elected");
    }

    @Override
    public void onDeposed() {
      heard.add(name + " deposed");
    }
  }

  private void pass(Duration time) {
    long end = nanos.get() + time.toNanos();
    while (nanos.get() < end) {
      nanos.addAndGet(Duration.ofMillis(100).toNanos());
      memory.expire();
      elections.forEach(Election::runOnce);
      assertThat(one.isLeader() && two.isLeader()).isFalse();
    }
  }

  @Test
  void firstToStand_isElectedAndStays() {
    pass(TTL.multipliedBy(3));

    assertThat(one.isLeader()).isTrue();
    assertThat(two.isLeader()).isFalse();
    assertThat(heard).containsExactly("one elected");
    assertThat(memory.entries(keys.election("role")).getFirst().value().toStringUtf8()).startsWith("one/");
  }

  @Test
  void leaderThatIsCutOff_isDeposedBeforeAnotherIsElected() {
    pass(TTL);
    storeOfOne.set(Faults.CUT_OFF);

    pass(TTL.multipliedBy(2));

    assertThat(heard).containsExactly("one elected", "one deposed", "two elected");
    storeOfOne.set(Faults.NONE);
    pass(TTL);
    assertThat(two.isLeader()).isTrue();
  }

  @Test
  void leaderThatResigns_isFollowedAtOnce() {
    pass(TTL);
    one.close();

    pass(Duration.ofMillis(100));

    assertThat(two.isLeader()).isTrue();
    assertThat(heard).containsExactly("one elected", "two elected");
  }

  @Test
  void leaderWhoseKeyIsDeleted_isDeposed() {
    pass(TTL);
    Entry entry = memory.entries(keys.election("role")).getFirst();
    memory.commit(
        List.of(new Txn(List.of(new Txn.Compare(entry.key(), entry.modRevision())), List.of(new Txn.Write.Delete(entry.key())))));

    pass(Duration.ofMillis(300));

    assertThat(heard).startsWith("one elected", "one deposed");
    assertThat(one.isLeader() ^ two.isLeader()).isTrue();
  }

  @Test
  void electionOfUnknownOutcome_isFoundOutLater() {
    elections.remove(two);
    storeOfOne.set(new Faults(1, 0, 0, 0, 0, Duration.ZERO));
    one.runOnce();
    storeOfOne.set(Faults.NONE);

    pass(TTL);

    assertThat(one.isLeader()).isTrue();
    assertThat(heard).containsExactly("one elected");
  }

  /** etcd gives a lease its full time again when it restarts: the key of the lease given up stays on for long. */
  @Test
  void leaderThatGaveUpItsLease_takesItsOwnKeyBackAtOnce() {
    elections.remove(two);
    pass(TTL);
    Entry entry = memory.entries(keys.election("role")).getFirst();
    long everlasting = memory.grantLease(Duration.ofDays(1)).join();
    memory.commit(
        List.of(
            new Txn(
                List.of(new Txn.Compare(entry.key(), entry.modRevision())),
                List.of(new Txn.Write.Put(entry.key(), entry.value(), everlasting)))));

    pass(TTL);

    assertThat(heard).containsExactly("one elected", "one deposed", "one elected");
    assertThat(one.isLeader()).isTrue();
  }

  @Test
  void election_runsByItselfOnEtcd() {
    Keys fresh = Backends.freshKeys();
    List<String> events = new CopyOnWriteArrayList<>();
    try (EtcdStore store = Backends.etcdStore();
        Election later = Election.open(store, fresh, "role", "later", Duration.ofSeconds(2), new Heard("later", events))) {
      await().atMost(60, SECONDS).until(later::isLeader);
      try (Election next = Election.open(store, fresh, "role", "next", Duration.ofSeconds(2), new Heard("next", events))) {
        long revision = store.list(List.of(fresh.root())).join().revision();
        assertThat(revision).isPositive();
        later.close();
        await().atMost(60, SECONDS).until(next::isLeader);
      }
      assertThat(events).containsExactly("later elected", "next elected");
    }
  }
}
