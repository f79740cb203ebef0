package io.infrafabric.testkit.chaos;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * How often a watch of a service met a revision that etcd had forgotten, and went on from a new list: services say so in their logs. Those of copies
 * begin anew after any trouble; those of relays go on where they were, and meet it.
 */
final class CompactedWatches {
  private static final List<String> LISTED = List.of("watch broke, listing again", "publishing a snapshot");
  private static final String COMPACTED = "CompactedException";

  private CompactedWatches() {}

  /** Counts in these logs. */
  static long in(List<Path> logs) throws IOException {
    long found = 0;
    for (Path log : logs) {
      // A process that was killed may have left half a character behind.
      try (Stream<String> lines = new String(Files.readAllBytes(log), StandardCharsets.UTF_8).lines()) {
        found += lines.filter(line -> line.contains(COMPACTED) && LISTED.stream().anyMatch(line::contains)).count();
      }
    }
    return found;
  }
}
