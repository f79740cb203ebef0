package io.infrafabric.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;

/** What the figures were measured on. */
public final class Machine {
  private Machine() {}

  /** {@code 2 cores (Xeon ...), 24 GB, Linux 6.1, Java 25}. */
  public static String line() {
    return "%d cores%s, %d GB, %s %s, Java %s"
        .formatted(
            Runtime.getRuntime().availableProcessors(),
            model().isEmpty() ? "" : " (" + model() + ")",
            memoryBytes() >> 30,
            System.getProperty("os.name"),
            System.getProperty("os.version"),
            Runtime.version());
  }

  static String json() {
    return "{\"cores\":%d,\"model\":\"%s\",\"memoryBytes\":%d,\"os\":\"%s %s\",\"java\":\"%s\"}"
        .formatted(
            Runtime.getRuntime().availableProcessors(),
            model(),
            memoryBytes(),
            System.getProperty("os.name"),
            System.getProperty("os.version"),
            Runtime.version());
  }

  private static long memoryBytes() {
    return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getTotalMemorySize();
  }

  /** Of the processor, where the system says it in a file. */
  private static String model() {
    try (var lines = Files.lines(Path.of("/proc/cpuinfo"))) {
      return lines
          .filter(line -> line.startsWith("model name"))
          .map(line -> line.substring(line.indexOf(':') + 1).replace("\"", "").strip())
          .findFirst()
          .orElse("");
    } catch (IOException noSuchFile) {
      return "";
    }
  }
}
