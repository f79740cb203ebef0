package io.infrafabric.testkit.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.kit.store.CompactedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CompactedWatchesTest {
  @Test
  void onlyWatchesThatMetACompaction_areCounted(@TempDir Path folder) throws IOException {
    String compacted = "12:00:00.000 INFO  Feed watch broke, listing again prefix=/if/v1/plans/ cause=" + new CompactedException(7);
    String lost = "12:00:01.000 INFO  Feed watch broke, listing again prefix=/if/v1/plans/ cause=java.net.ConnectException: gone";
    String relay = "12:00:02.000 INFO  RelayTerm publishing a snapshot relay=governor cause=" + new CompactedException(9);
    Path first = Files.writeString(folder.resolve("coordinator-1.log"), String.join("\n", compacted, lost, relay, ""));
    Path second = Files.write(folder.resolve("governor.log"), new byte[] {(byte) 0xc3}); // half a character
    assertThat(CompactedWatches.in(List.of(first, second))).isEqualTo(2);
  }
}
