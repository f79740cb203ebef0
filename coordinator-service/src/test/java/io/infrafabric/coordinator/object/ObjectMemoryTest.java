package io.infrafabric.coordinator.object;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.local.NatsServer;
import io.infrafabric.testkit.Backends;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The largest object passes through server and client whose heap and buffers it would not fit into, over real NATS. */
class ObjectMemoryTest {
  private static final String HEAP = "-Xmx40m";
  private static final String BUFFERS = "-XX:MaxDirectMemorySize=32m";

  @Test
  void largestObject_passesThroughASmallHeap(@TempDir Path folder) throws Exception {
    Path out = folder.resolve("out");
    try (NatsServer nats = Backends.ownNats()) {
      Process process =
          new ProcessBuilder(
                  List.of(
                      Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                      HEAP,
                      BUFFERS,
                      "-cp",
                      System.getProperty("java.class.path"),
                      LargestObject.class.getName(),
                      nats.address()))
              .redirectErrorStream(true)
              .redirectOutput(out.toFile())
              .start();
      try {
        assertThat(process.waitFor(3, TimeUnit.MINUTES)).as("it ends").isTrue();
        assertThat(process.exitValue()).as(Files.readString(out)).isZero();
        assertThat(Files.readString(out)).contains("whole ");
      } finally {
        process.destroyForcibly();
      }
    }
  }
}
