package io.infrafabric.governor.witness;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.infrafabric.coordinator.v1.TaskEventType;
import io.infrafabric.kit.merkle.LogFolder;
import io.infrafabric.kit.merkle.SigningKey;
import io.infrafabric.kit.merkle.VerifierKey;
import io.infrafabric.kit.store.Store;
import io.infrafabric.kit.store.TooFarBehindException;
import io.infrafabric.names.TaskId;
import io.infrafabric.testkit.store.Faults;
import io.infrafabric.testkit.store.FaultyStore;
import io.infrafabric.testkit.store.ForwardingStore;
import io.infrafabric.testkit.store.MemoryStore;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WitnessWriterTest {
  private static final long SEED = System.nanoTime();

  @TempDir Path folder;
  private final Random random = new Random(SEED);
  private Cell cell;

  @BeforeEach
  void begin() throws Exception {
    cell = new Cell(folder);
  }

  private LogFolder log(String name) {
    return LogFolder.open(folder.resolve(name));
  }

  private static void catchUp(WitnessWriter writer, Cell cell) {
    for (int step = 0; step < 1_000; step++) {
      try {
        writer.runOnce(Cell.NOW);
      } catch (RuntimeException unknown) {
        continue; // the loop logs it and goes on
      }
      if (writer.signed().filter(head -> head.revision() >= cell.newest()).isPresent()) {
        return;
      }
    }
    throw new AssertionError("the log does not catch up, seed " + SEED + ": " + writer.stopped());
  }

  @Test
  void everyChange_hasOneEntry() {
    try (LogFolder log = log("a")) {
      WitnessWriter writer = cell.writer(cell.store, log, "a");
      writer.runOnce(Cell.NOW);
      assertThat(writer.signed().orElseThrow().checkpoint().size()).isZero();

      cell.work(random, 2_000);
      catchUp(writer, cell);

      assertThat(cell.judge(log)).as("seed %d", SEED).isEmpty();
      assertThat(log.size()).isGreaterThan(2_000);
      assertThat(writer.gaps()).isZero();
    }
  }

  @Test
  void moreChangesThanFitInMemory_areReadAgain() {
    try (LogFolder log = log("a")) {
      WitnessWriter writer = cell.writer(cell.store, log, "a", 30_000);
      writer.runOnce(Cell.NOW);
      for (int i = 0; i < 5; i++) {
        cell.work(random, 1_000);
        writer.runOnce(Cell.NOW);
      }
      catchUp(writer, cell);

      assertThat(cell.judge(log)).as("seed %d", SEED).isEmpty();
    }
  }

  @Test
  void entry_tellsWhoDidWhat_andNoSecrets() {
    try (LogFolder log = log("a")) {
      WitnessWriter writer = cell.writer(cell.store, log, "a");
      cell.put(Map.of(cell.keys.task(new TaskId("build")), Cell.task("build", TaskEventType.TASK_EVENT_TYPE_COMPLETED).toByteString()));
      cell.work(random, 200);
      catchUp(writer, cell);

      String first = new String(log.entries(0, 1).getFirst(), StandardCharsets.UTF_8);
      assertThat(first.replaceFirst("[0-9a-f]{64}", "DIGEST"))
          .isEqualTo(
              "{\"claim\":\"claim-build\",\"component\":\"coordinator\",\"cost\":{\"micros\":1500,\"model\":\"haiku\"},\"digest\":\"DIGEST\","
                  + "\"fence\":7,\"id\":\"%s:2\",\"operation\":\"task.completed\",\"prev\":null,\"request\":\"request-build\","
                      .formatted(cell.keys.task(new TaskId("build")).substring(cell.keys.root().length()))
                  + "\"revision\":2,\"severity\":\"info\",\"swarm\":\"swarm-1\",\"task\":\"build\",\"time\":\"2026-11-30T10:00:00.123Z\","
                  + "\"trace\":\"0af7651916cd43dd8448eb211c80319c\",\"v\":1}");
      assertThat(log.entries(0, log.size())).noneMatch(entry -> new String(entry, StandardCharsets.UTF_8).contains("secret"));
    }
  }

  /** Answers of the store are lost, late, or never come; watches break; and the process is killed at any place. */
  @Test
  void unknownOutcomesAndRestarts_neitherMissNorDoubleAnything() {
    LogFolder log = log("a");
    FaultyStore faulty = new FaultyStore(cell.store, SEED);
    WitnessWriter writer = cell.writer(faulty, log, "a");
    faulty.set(new Faults(0.2, 0.1, 0.1, 0.05, 0.0, Duration.ofMillis(1)));
    for (int round = 0; round < 300; round++) {
      cell.work(random, random.nextInt(20));
      try {
        writer.runOnce(Cell.NOW);
      } catch (RuntimeException unknown) {
        // the loop logs it and goes on
      }
      if (random.nextInt(10) == 0) {
        faulty.breakWatches();
      }
      if (random.nextInt(15) == 0) {
        log.close(); // what was open is forgotten, as in a kill
        log = log("a");
        writer = cell.writer(faulty, log, "b");
      }
    }
    faulty.set(Faults.NONE);
    catchUp(writer, cell);

    assertThat(cell.judge(log)).as("seed %d", SEED).isEmpty();
    log.close();
  }

  /** A move of the head that nobody heard of may arrive when its writer has long gone on from the head before it. */
  @Test
  void moveThatArrivesLate_findsTheHeadMoved() {
    LateMove late = new LateMove(cell);
    try (LogFolder log = log("a")) {
      WitnessWriter writer = cell.writer(late.store(), log, "a");
      cell.work(random, 50);
      catchUp(writer, cell);
      cell.work(random, 50);
      late.next();
      while (!late.isHeld()) {
        writer.runOnce(Cell.NOW);
      }
      catchUp(writer, cell);

      assertThat(late.hasArrived()).isTrue();
      assertThat(writer.stopped()).isEmpty();
      assertThat(cell.judge(log)).as("seed %d", SEED).isEmpty();
    }
  }

  /** Both believe to be elected, and have the same folder by turns, as after a pause. */
  @Test
  void ofTwoWriters_oneGivesWay() throws Exception {
    LogFolder log = log("a");
    LogFolder other = log("b");
    WitnessWriter writer = cell.writer(cell.store, log, "a");
    WitnessWriter second = cell.writer(cell.store, other, "b");
    writer.runOnce(Cell.NOW);
    second.runOnce(Cell.NOW);
    for (int round = 0; round < 200; round++) {
      cell.work(random, 5);
      writer.runOnce(Cell.NOW);
      second.runOnce(Cell.NOW);
    }
    boolean firstHasIt = log.size() > other.size();
    catchUp(firstHasIt ? writer : second, cell);

    assertThat(cell.judge(firstHasIt ? log : other)).as("seed %d", SEED).isEmpty();
    assertThat((firstHasIt ? second : writer).stopped()).hasValueSatisfying(why -> assertThat(why).contains("of the head in etcd"));
    log.close();
    other.close();
  }

  @Test
  void compactionBeforeItWasWitnessed_isSaidInTheLog() {
    try (LogFolder log = log("a")) {
      WitnessWriter writer = cell.writer(cell.store, log, "a");
      cell.work(random, 100);
      catchUp(writer, cell);
      writer.depose();
      cell.work(random, 300);
      cell.compact();
      cell.work(random, 100);
      catchUp(writer, cell);

      assertThat(cell.judge(log)).as("seed %d", SEED).isEmpty();
      assertThat(writer.gaps()).isEqualTo(1);
      assertThat(log.entries(0, log.size())).anyMatch(entry -> new String(entry, StandardCharsets.UTF_8).contains("\"operation\":\"witness.gap\""));
    }
  }

  /** etcd cannot tell so many changes at once as have come meanwhile. */
  @Test
  void watchThatIsTooFarBehind_isSaidInTheLog() {
    try (LogFolder log = log("a")) {
      cell.work(random, 300);
      WitnessWriter writer = cell.writer(new Overlong(cell.store, 100), log, "a");
      catchUp(writer, cell);

      assertThat(writer.gaps()).isEqualTo(1);
      assertThat(cell.judge(log)).as("seed %d", SEED).isEmpty();
    }
  }

  @Test
  void watchThatNeverTellsAnything_isGivenUp_butNotWhereThereIsNothingToTell() {
    try (LogFolder log = log("a")) {
      WitnessWriter writer = cell.writer(new Barren(cell.store), log, "a");
      cell.work(random, 50);
      catchUp(writer, cell);
      assertThat(writer.gaps()).isEqualTo(1);
      for (int i = 0; i < 50; i++) {
        writer.runOnce(Cell.NOW);
      }
      assertThat(writer.gaps()).isEqualTo(1);
      assertThat(cell.judge(log)).as("seed %d", SEED).isEmpty();
    }
  }

  /** A store that refuses a watch that would have to tell of more than some revisions. */
  private static final class Overlong extends ForwardingStore {
    private final MemoryStore memory;
    private final long most;

    Overlong(MemoryStore memory, long most) {
      super(memory);
      this.memory = memory;
      this.most = most;
    }

    @Override
    public Watch watch(String prefix, long afterRevision, WatchListener listener) {
      if (memory.revision() - afterRevision > most) {
        listener.onBroken(new TooFarBehindException(new IllegalStateException("too large")));
        return () -> {};
      }
      return store.watch(prefix, afterRevision, listener);
    }
  }

  /** A store whose watches end before they tell anything. */
  private static final class Barren extends ForwardingStore {
    Barren(Store store) {
      super(store);
    }

    @Override
    public Watch watch(String prefix, long afterRevision, WatchListener listener) {
      listener.onBroken(new IllegalStateException("no sign of life"));
      return () -> {};
    }
  }

  @Test
  void lostFolder_isNotGoneOnWith() {
    try (LogFolder log = log("a")) {
      WitnessWriter writer = cell.writer(cell.store, log, "a");
      cell.work(random, 100);
      catchUp(writer, cell);
    }
    try (LogFolder empty = log("b")) {
      WitnessWriter writer = cell.writer(cell.store, empty, "b");
      writer.runOnce(Cell.NOW);

      assertThat(writer.signed()).isEmpty();
      assertThat(writer.stopped()).hasValueSatisfying(why -> assertThat(why).contains("holds 0 of the"));
    }
  }

  @Test
  void changedFolder_isNotGoneOnWith() throws Exception {
    try (LogFolder log = log("a")) {
      cell.work(random, 20);
      catchUp(cell.writer(cell.store, log, "a"), cell);
    }
    Path bundle = folder.resolve("a/tile/entries/000");
    byte[] bytes = Files.readAllBytes(bundle);
    bytes[100] ^= 1;
    Files.write(bundle, bytes, StandardOpenOption.TRUNCATE_EXISTING);
    try (LogFolder log = log("a")) {
      WitnessWriter writer = cell.writer(cell.store, log, "a");
      writer.runOnce(Cell.NOW);

      assertThat(writer.stopped()).hasValueSatisfying(why -> assertThat(why).contains("were changed"));
    }
  }

  @Test
  void storeThatWasSetBack_isNoticed() throws Exception {
    try (LogFolder log = log("a")) {
      cell.work(random, 20);
      catchUp(cell.writer(cell.store, log, "a"), cell);
      long size = log.size();
      Cell restored = new Cell(Files.createDirectory(folder.resolve("restored")));
      WitnessWriter writer = restored.writer(restored.store, log, "a");
      writer.runOnce(Cell.NOW);

      assertThat(writer.stopped()).hasValueSatisfying(why -> assertThat(why).contains("etcd was lost or set back"));
      assertThat(log.size()).isEqualTo(size);
    }
  }

  @Test
  void rotatedKey_goesOnOnlyWhenTheOldOneIsTrusted() throws Exception {
    SigningKey fresh = SigningKey.read("cell/witness", KeyFiles.make(folder.resolve("fresh.pem")));
    try (LogFolder log = log("a")) {
      cell.work(random, 20);
      catchUp(cell.writer(cell.store, log, "a"), cell);
      long size = log.size();
      WitnessWriter alone = rotated(cell.store, log, fresh, List.of(fresh.verifier()));
      alone.runOnce(Cell.NOW);
      assertThat(alone.stopped()).hasValueSatisfying(why -> assertThat(why).contains("no trusted key"));

      cell.work(random, 20);
      WitnessWriter trusting = rotated(cell.store, log, fresh, List.of(fresh.verifier(), cell.key.verifier()));
      catchUp(trusting, cell);
      assertThat(trusting.signed().orElseThrow().note().signer(List.of(fresh.verifier()))).isPresent();
      assertThat(log.size()).isGreaterThan(size);
    }
  }

  private WitnessWriter rotated(Store store, LogFolder log, SigningKey key, List<VerifierKey> trusted) {
    WitnessedKeys witnessed = new WitnessedKeys(cell.keys);
    WitnessFeed feed = new WitnessFeed(store, cell.keys.root(), witnessed::include, 1_000, () -> {});
    return new WitnessWriter(
        log, new Heads(store, cell.keys.witnessCheckpoint()), feed, witnessed, new EntryRules(witnessed, swarm -> ""), key, trusted, "c");
  }

  @Test
  void failure_letsGoOfEverything() {
    try (LogFolder log = log("a")) {
      FaultyStore faulty = new FaultyStore(cell.store, SEED);
      WitnessWriter writer = cell.writer(faulty, log, "a");
      faulty.set(Faults.CUT_OFF);
      assertThatThrownBy(() -> writer.runOnce(Cell.NOW)).isInstanceOf(IllegalStateException.class);

      faulty.set(Faults.NONE);
      cell.work(random, 20);
      catchUp(writer, cell);
      assertThat(cell.judge(log)).isEmpty();
    }
  }
}
