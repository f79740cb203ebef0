package io.infrafabric.governor.witness;

import com.google.protobuf.ByteString;
import io.infrafabric.coordinator.v1.TaskEventType;
import io.infrafabric.coordinator.v1.TaskRecord;
import io.infrafabric.kit.merkle.LogFolder;
import io.infrafabric.names.TaskId;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;

/** Prints what an entry costs the writer, from a change in memory to a signed head, with every sync of its disk; no test. */
final class WitnessPace {
  private static final int ROUNDS = 6;
  private static final int CHANGES = 40_000;
  private static final int A_REVISION = 100;

  private WitnessPace() {}

  public static void main(String[] args) throws Exception {
    Path folder = Files.createTempDirectory("witness-pace");
    try (LogFolder log = LogFolder.open(folder.resolve("log"))) {
      Cell cell = new Cell(folder);
      WitnessWriter writer = cell.writer(cell.store, log, "pace", 1L << 30);
      writer.runOnce(Cell.NOW);
      for (int round = 0; round < ROUNDS; round++) {
        write(cell, round);
        measure(writer);
      }
      long bytes = log.entries(0, log.size()).stream().mapToLong(entry -> entry.length).sum();
      System.out.printf("%d bytes an entry%n", bytes / log.size());
    } finally {
      try (Stream<Path> files = Files.walk(folder)) {
        files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
      }
    }
  }

  private static void write(Cell cell, int round) {
    for (int i = 0; i < CHANGES; i += A_REVISION) {
      Map<String, ByteString> values = new HashMap<>();
      for (int j = i; j < i + A_REVISION; j++) {
        TaskEventType event = TaskEventType.forNumber(1 + j % 5);
        String id = "task-" + round + "-" + j;
        TaskRecord record = Cell.task(id, event);
        values.put(cell.keys.task(new TaskId(id)), record.toByteString());
      }
      cell.put(values);
    }
  }

  private static void measure(WitnessWriter writer) {
    var threads = ManagementFactory.getThreadMXBean();
    long cpu = threads.getCurrentThreadCpuTime();
    long start = System.nanoTime();
    int entries = 0;
    int heads = 0;
    for (int some = writer.runOnce(Cell.NOW); some > 0; some = writer.runOnce(Cell.NOW)) {
      entries += some;
      heads++;
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    double micros = (threads.getCurrentThreadCpuTime() - cpu) / 1e3 / entries;
    System.out.printf("%d entries under %d heads: %.0f a second, %.1f us of CPU each%n", entries, heads, entries / seconds, micros);
  }
}
