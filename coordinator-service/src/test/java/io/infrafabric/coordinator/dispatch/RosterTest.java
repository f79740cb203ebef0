package io.infrafabric.coordinator.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Message;
import io.infrafabric.coordinator.Samples;
import io.infrafabric.coordinator.record.Records;
import io.infrafabric.coordinator.task.Requirement;
import io.infrafabric.coordinator.v1.SessionRecord;
import io.infrafabric.kit.store.Outcome;
import io.infrafabric.kit.store.Replica;
import io.infrafabric.kit.store.ReplicaSettings;
import io.infrafabric.kit.store.Txn;
import io.infrafabric.names.Keys;
import io.infrafabric.names.SwarmId;
import io.infrafabric.testkit.store.MemoryStore;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RosterTest {
  private static final Keys KEYS = new Keys();

  private final MemoryStore store = new MemoryStore();
  private final Records records = new Records(KEYS);
  private final Replica replica = Replica.open("test", store, records.prefixes(), ReplicaSettings.defaults());
  private final Roster roster = new Roster(replica, records);

  RosterTest() {
    replica.ready().join();
  }

  @AfterEach
  void close() {
    replica.close();
  }

  private void registered(String swarm, String... capabilities) {
    write(KEYS.standing(new SwarmId(swarm)), new Txn.Write.Put(KEYS.standing(new SwarmId(swarm)), bytes(Samples.standing(swarm, capabilities).build()), 0));
  }

  private void alive(String swarm) {
    String key = KEYS.session(new SwarmId(swarm));
    write(key, new Txn.Write.Put(key, bytes(SessionRecord.newBuilder().setSwarmId(swarm).build()), 0));
  }

  private void dead(String swarm) {
    String key = KEYS.session(new SwarmId(swarm));
    write(key, new Txn.Write.Delete(key));
  }

  private void swarm(String swarm, String... capabilities) {
    registered(swarm, capabilities);
    alive(swarm);
  }

  private static com.google.protobuf.ByteString bytes(Message record) {
    return record.toByteString();
  }

  private void write(String key, Txn.Write write) {
    long seen = store.entries(key).stream().filter(entry -> entry.key().equals(key)).mapToLong(entry -> entry.modRevision()).findFirst().orElse(0);
    assertThat(store.commit(List.of(new Txn(List.of(new Txn.Compare(key, seen)), List.of(write)))).join().getFirst()).isInstanceOf(Outcome.Committed.class);
    CompletableFuture<Void> told = new CompletableFuture<>();
    replica.execute(() -> told.complete(null));
    told.orTimeout(5, TimeUnit.SECONDS).join();
  }

  private List<String> able(String... capabilities) {
    return roster.able(new Requirement(List.of(capabilities), 0, 0)).stream().map(SwarmId::value).toList();
  }

  @Test
  void onlyThoseAliveAndAble_areNamed() {
    swarm("able", "a:b", "c:d");
    swarm("other", "c:d");
    registered("away", "a:b");
    alive("nobody");
    assertThat(able("a:b")).containsExactly("able");
    assertThat(able("c:d")).containsExactly("able", "other");
    assertThat(able("x:y")).isEmpty();
    assertThat(able()).as("what needs nothing").containsExactly("able", "other");
  }

  @Test
  void changes_areFollowed() {
    swarm("s1", "a:b");
    assertThat(able("a:b")).containsExactly("s1");
    registered("s1", "c:d");
    assertThat(able("a:b")).isEmpty();
    assertThat(able("c:d")).containsExactly("s1");
    dead("s1");
    assertThat(able("c:d")).isEmpty();
    alive("s1");
    assertThat(able("c:d")).containsExactly("s1");
  }

  /** Seven of ten are enough, so whoever has any seven is named, whichever three are missing. */
  @Test
  void whoeverHasEnough_isNamed() {
    String[] ten = IntStream.range(0, 10).mapToObj(i -> "a:c" + i).toArray(String[]::new);
    for (int first = 0; first < 10; first++) {
      int from = first;
      swarm("seven-" + first, IntStream.range(0, 7).mapToObj(i -> ten[(from + i) % 10]).toArray(String[]::new));
    }
    assertThat(able(ten)).hasSize(10);
  }

  @Test
  void many_areNamedInTurn() {
    List<String> all = IntStream.range(0, 2 * Roster.MOST + 5).mapToObj("s-%05d"::formatted).toList();
    all.forEach(swarm -> swarm(swarm, "a:b", "c:d", "e:f", "g:h"));
    List<String> named = new ArrayList<>(able("a:b", "c:d", "e:f", "g:h"));
    assertThat(named).hasSize(Roster.MOST);
    named.addAll(able("a:b", "c:d", "e:f", "g:h"));
    named.addAll(able("a:b", "c:d", "e:f", "g:h"));
    assertThat(named).as("each once").isEqualTo(all);
    assertThat(able("a:b", "c:d", "e:f", "g:h")).as("and from the beginning").hasSize(Roster.MOST).startsWith("s-00000");
  }
}
