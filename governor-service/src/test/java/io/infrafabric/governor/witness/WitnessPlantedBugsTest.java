package io.infrafabric.governor.witness;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import io.infrafabric.governor.v1.WitnessHead;
import io.infrafabric.kit.merkle.LogFolder;
import io.infrafabric.kit.store.Outcome;
import io.infrafabric.kit.store.Store;
import io.infrafabric.kit.store.Txn;
import io.infrafabric.testkit.history.Violation;
import io.infrafabric.testkit.store.ForwardingStore;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Bugs on purpose, each of which the judge of the log has to find (I13). */
class WitnessPlantedBugsTest {
  private static final long SEED = System.nanoTime();

  @TempDir Path folder;
  private final Random random = new Random(SEED);
  private Cell cell;

  @BeforeEach
  void begin() throws Exception {
    cell = new Cell(folder);
  }

  /** A store that does something else with the head. */
  private static final class Bug extends ForwardingStore {
    private final String head;
    private final UnaryOperator<Txn> instead;

    Bug(Store store, String head, UnaryOperator<Txn> instead) {
      super(store);
      this.head = head;
      this.instead = instead;
    }

    @Override
    public CompletableFuture<List<Outcome>> commit(List<Txn> batch) {
      boolean writes = batch.getFirst().writes().stream().anyMatch(write -> write.key().equals(head));
      return store.commit(writes ? List.of(instead.apply(batch.getFirst())) : batch);
    }
  }

  private Txn blind(Txn txn) {
    Outcome now = cell.store.commit(List.of(new Txn(List.of(new Txn.Compare(cell.keys.witnessCheckpoint(), -1)), List.of()))).join().getFirst();
    long revision = ((Outcome.Rejected) now).current().get(cell.keys.witnessCheckpoint()).map(entry -> entry.modRevision()).orElse(0L);
    return new Txn(List.of(new Txn.Compare(cell.keys.witnessCheckpoint(), revision)), txn.writes());
  }

  private static Txn behind(Txn txn) {
    Txn.Write.Put put = (Txn.Write.Put) txn.writes().getFirst();
    try {
      WitnessHead head = WitnessHead.parseFrom(put.value());
      WitnessHead older = head.toBuilder().setRevision(Math.max(0, head.getRevision() - 3)).build();
      return new Txn(txn.compares(), List.of(new Txn.Write.Put(put.key(), older.toByteString(), 0)));
    } catch (InvalidProtocolBufferException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  @Test
  void headWithoutACompare_forksTheLog() {
    Store buggy = new Bug(cell.store, cell.keys.witnessCheckpoint(), this::blind);
    try (LogFolder log = LogFolder.open(folder.resolve("a"));
        LogFolder other = LogFolder.open(folder.resolve("b"))) {
      WitnessWriter writer = cell.writer(buggy, log, "a");
      WitnessWriter second = cell.writer(buggy, other, "b");
      writer.runOnce(Cell.NOW);
      second.runOnce(Cell.NOW);
      for (int round = 0; round < 20; round++) {
        cell.work(random, 5);
        writer.runOnce(Cell.NOW);
        cell.work(random, 5);
        second.runOnce(Cell.NOW.plusSeconds(1));
      }

      assertThat(cell.judge(log)).as("seed %d", SEED).extracting(Violation::what).anyMatch(what -> what.contains("not of this log"));
    }
  }

  @Test
  void cursorBehindTheEntries_doublesThemAfterARestart() {
    Store buggy = new Bug(cell.store, cell.keys.witnessCheckpoint(), WitnessPlantedBugsTest::behind);
    LogFolder log = LogFolder.open(folder.resolve("a"));
    WitnessWriter writer = cell.writer(buggy, log, "a");
    writer.runOnce(Cell.NOW);
    cell.work(random, 50);
    writer.runOnce(Cell.NOW);
    log.close();

    LogFolder again = LogFolder.open(folder.resolve("a"));
    WitnessWriter restarted = cell.writer(buggy, again, "a");
    restarted.runOnce(Cell.NOW);
    cell.work(random, 5);
    restarted.runOnce(Cell.NOW);

    assertThat(cell.judge(again)).as("seed %d", SEED).extracting(Violation::what).anyMatch(what -> what.contains("has the entries"));
    again.close();
  }

  @Test
  void revisionThatWasSkipped_isMissed() {
    try (LogFolder log = LogFolder.open(folder.resolve("a"))) {
      WitnessWriter writer = cell.writer(new Skipping(cell.store), log, "a");
      cell.work(random, 50);
      writer.runOnce(Cell.NOW);
      writer.runOnce(Cell.NOW);

      assertThat(cell.judge(log)).as("seed %d", SEED).extracting(Violation::what).anyMatch(what -> what.contains("has no entry"));
    }
  }

  /** A watch that begins one revision too late. */
  private static final class Skipping extends ForwardingStore {
    Skipping(Store store) {
      super(store);
    }

    @Override
    public Watch watch(String prefix, long afterRevision, WatchListener listener) {
      return store.watch(prefix, Math.max(2, afterRevision + 1), listener);
    }
  }
}
