package io.infrafabric.kit.quarantine;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.common.v1.QuarantinedRecord;
import io.infrafabric.error.RefusedException;
import io.infrafabric.kit.store.Decision;
import io.infrafabric.kit.store.Entry;
import io.infrafabric.kit.store.Outcome;
import io.infrafabric.kit.store.Prefix;
import io.infrafabric.kit.store.RecordCheck;
import io.infrafabric.kit.store.Replica;
import io.infrafabric.kit.store.ReplicaSettings;
import io.infrafabric.kit.store.Step;
import io.infrafabric.kit.store.Txn;
import io.infrafabric.kit.store.View;
import io.infrafabric.kit.telemetry.Metrics;
import io.infrafabric.kit.telemetry.Telemetry;
import io.infrafabric.names.Keys;
import io.infrafabric.testkit.store.MemoryStore;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Values that begin with a question mark cannot be read here. */
class QuarantineTest {
  private static final Keys KEYS = new Keys("/q/");
  private static final String MOVED = "/q/m/";
  private static final String KEPT = "/q/k/";
  private static final String BESIDE = "/q/b/";
  private static final Instant NOW = Instant.parse("2026-11-29T12:00:00Z");
  private static final RecordCheck CHECK =
      entry -> entry.value().toStringUtf8().startsWith("?") ? Optional.of("a question is no answer") : Optional.empty();

  private final MemoryStore memory = new MemoryStore();
  private final Metrics metrics = Telemetry.none().metrics();
  private final Replica replica = open();
  private final Quarantine quarantine = quarantine(replica, metrics);

  @AfterEach
  void close() {
    replica.close();
  }

  private Replica open() {
    Replica opened =
        Replica.open(
            "test", memory, List.of(Prefix.of(MOVED), Prefix.of(KEPT), Prefix.of(KEYS.quarantine())), ReplicaSettings.defaults(), CHECK);
    opened.ready().orTimeout(10, SECONDS).join();
    return opened;
  }

  private static Quarantine quarantine(Replica replica, Metrics metrics) {
    Map<String, Treatment> owned = Map.of(MOVED, Treatment.MOVE, KEPT, Treatment.KEEP, BESIDE, Treatment.KEEP);
    return new Quarantine(replica, KEYS, "tester", owned, () -> true, metrics);
  }

  private long put(String key, String value) {
    return put(key, value, 0);
  }

  private long put(String key, String value, long lease) {
    long revision = write(key, value, lease);
    await().atMost(Duration.ofSeconds(10)).pollInterval(Duration.ofMillis(2)).until(() -> replica.revision() >= revision || key.startsWith(BESIDE));
    return revision;
  }

  private long write(String key, String value, long lease) {
    long seen = memory.entries(key).stream().findFirst().map(Entry::modRevision).orElse(0L);
    Txn txn = new Txn(List.of(new Txn.Compare(key, seen)), List.of(new Txn.Write.Put(key, ByteString.copyFromUtf8(value), lease)));
    return ((Outcome.Committed) memory.commit(List.of(txn)).join().getFirst()).revision();
  }

  private List<QuarantinedRecord> copies() {
    return new Copies(replica, KEYS).all().toList();
  }

  /** Writes what it found, if anything, and a mark. */
  private record Append(String key) implements Decision<String> {
    @Override
    public Set<String> reads() {
      return Set.of();
    }

    @Override
    public Set<String> writes() {
      return Set.of(key);
    }

    @Override
    public Step<String> decide(View view) {
      String next = view.get(key).map(entry -> entry.value().toStringUtf8()).orElse("") + "+";
      return Step.commit(Txn.builder().put(view, key, ByteString.copyFromUtf8(next)).build(), revision -> next);
    }
  }

  private String append(String key) {
    return replica.decide(new Append(key)).orTimeout(10, SECONDS).join();
  }

  private ErrorCode refusal(String key) {
    try {
      throw new AssertionError("it was not refused but wrote " + append(key));
    } catch (CompletionException failure) {
      return ((RefusedException) failure.getCause()).refusal().code();
    }
  }

  @Test
  void unreadableValue_isToldToNobody_andNothingIsDecidedAboutIt() {
    List<String> told = new CopyOnWriteArrayList<>();
    replica.onChange(MOVED, (key, before, after) -> told.add(key + " " + after.map(entry -> entry.value().toStringUtf8()).orElse("gone")));
    replica.follow(MOVED, entry -> told.add("follows " + entry.key()));
    put(MOVED + "a", "good");
    put(MOVED + "b", "?");
    put(MOVED + "a", "?");
    assertThat(replica.scan(MOVED)).isEmpty();
    assertThat(replica.isUnreadable(MOVED + "b")).isTrue();
    assertThat(refusal(MOVED + "b")).isEqualTo(ErrorCode.ERROR_CODE_RECORD_UNREADABLE);
    assertThat(append(MOVED + "c")).isEqualTo("+");
    assertThat(told).containsExactly(MOVED + "a good", "follows " + MOVED + "a", MOVED + "a gone", MOVED + "c +", "follows " + MOVED + "c");
  }

  @Test
  void valueThatMayGo_isMovedAsItWas_andItsKeyIsFree() {
    long revision = put(MOVED + "b", "? what");
    assertThat(quarantine.runOnce(NOW)).isEqualTo(1);
    assertThat(memory.entries(MOVED)).isEmpty();
    assertThat(copies())
        .singleElement()
        .satisfies(
            copy -> {
              assertThat(copy.getKey()).isEqualTo(MOVED + "b");
              assertThat(copy.getValue().toStringUtf8()).isEqualTo("? what");
              assertThat(copy.getRevision()).isEqualTo(revision);
              assertThat(copy.getFault()).isEqualTo("a question is no answer");
              assertThat(copy.getAt().getSeconds()).isEqualTo(NOW.getEpochSecond());
              assertThat(copy.getKept()).isFalse();
              assertThat(copy.getService()).isEqualTo("tester");
            });
    assertThat(append(MOVED + "b")).isEqualTo("+");
    put(MOVED + "b", "? again");
    assertThat(quarantine.runOnce(NOW)).isEqualTo(1);
    assertThat(copies()).as("each revision has its own copy").hasSize(2);
    assertThat(metrics.snapshot()).containsEntry("if.quarantine.moved", 2L).containsEntry("if.quarantine.unreadable", 0L).containsEntry("if.quarantine.copies", 2L);
  }

  @Test
  void valueThatMustStay_isToldOnce_andItsCopyGoesWhenItIsRepaired() {
    put(KEPT + "a", "?");
    assertThat(quarantine.runOnce(NOW)).isEqualTo(1);
    assertThat(quarantine.runOnce(NOW)).isZero();
    assertThat(copies()).singleElement().satisfies(copy -> assertThat(copy.getKept()).isTrue());
    assertThat(refusal(KEPT + "a")).isEqualTo(ErrorCode.ERROR_CODE_RECORD_UNREADABLE);
    put(KEPT + "a", "good");
    assertThat(quarantine.runOnce(NOW)).isZero();
    assertThat(copies()).isEmpty();
    assertThat(append(KEPT + "a")).isEqualTo("good+");
  }

  @Test
  void keyThatIsNotCopied_deniesOnlyWhileItsValueCannotBeRead_andItsCopyEndsWithItsLease() {
    long lease = memory.grantLease(Duration.ofSeconds(10)).join();
    put(BESIDE + "a", "?", lease);
    assertThat(refusal(BESIDE + "a")).isEqualTo(ErrorCode.ERROR_CODE_RECORD_UNREADABLE);
    assertThat(quarantine.runOnce(NOW)).isEqualTo(1);
    assertThat(copies()).hasSize(1);
    memory.advance(Duration.ofSeconds(11));
    memory.expire();
    assertThat(append(BESIDE + "a")).isEqualTo("+");
    await().atMost(Duration.ofSeconds(10)).until(() -> copies().isEmpty());
    assertThat(replica.unreadable()).isEmpty();
  }

  @Test
  void valueThatWasRepairedMeanwhile_isNotTouched() {
    put(MOVED + "b", "?");
    var found = replica.unreadable(MOVED + "b").orElseThrow();
    long repaired = put(MOVED + "b", "good");
    QuarantinedRecord record = QuarantineRules.record(found, Treatment.MOVE, "tester", NOW);
    assertThat(memory.commit(List.of(QuarantineRules.setAside(KEYS, found.entry(), record))).join().getFirst()).isInstanceOf(Outcome.Rejected.class);
    assertThat(memory.entries(MOVED)).singleElement().satisfies(entry -> assertThat(entry.modRevision()).isEqualTo(repaired));
  }

  @Test
  void twoInstances_moveAValueOnce_andABeginnerFindsWhatIsThere() {
    put(MOVED + "b", "?");
    put(KEPT + "k", "?");
    put(KEPT + "l", "good");
    try (Replica other = open()) {
      assertThat(other.scan(KEPT)).containsOnlyKeys(KEPT + "l");
      int moved = quarantine.runOnce(NOW) + quarantine(other, Telemetry.none().metrics()).runOnce(NOW);
      assertThat(moved).isEqualTo(2);
    }
    assertThat(copies()).hasSize(2);
  }

  @Test
  void prefixesOfOthers_areLeftToThem() {
    Map<String, Treatment> owned = Map.of(KEPT, Treatment.KEEP);
    Quarantine theirs = new Quarantine(replica, KEYS, "other", owned, () -> true, Telemetry.none().metrics());
    put(MOVED + "b", "?");
    assertThat(theirs.runOnce(NOW)).isZero();
    assertThat(memory.entries(MOVED)).hasSize(1);
  }

  @Test
  void beyondTheMost_valuesStayWhereTheyAre_andAreLeftOutAllTheSame() {
    for (int i = 0; i < Quarantine.MOST; i++) {
      write(MOVED + "v" + i, "?", 0);
    }
    put(MOVED + "last", "?");
    assertThat(quarantine.runOnce(NOW)).isEqualTo(Quarantine.MOST);
    assertThat(quarantine.runOnce(NOW)).isZero();
    assertThat(memory.entries(MOVED)).hasSize(1);
    assertThat(replica.scan(MOVED)).isEmpty();
  }
}
