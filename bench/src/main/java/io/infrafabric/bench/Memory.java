package io.infrafabric.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Memory of other processes of this machine. */
public final class Memory {
  private static final Pattern USED = Pattern.compile("used (\\d+)([KMG])");
  private static final int COLLECTIONS = 3;

  private Memory() {}

  /** What is alive in the heap of a JVM: jcmd collects garbage in it, more than once, and reads what is used then. */
  public static long heapBytes(long pid) throws IOException, InterruptedException {
    long least = Long.MAX_VALUE;
    for (int i = 0; i < COLLECTIONS; i++) {
      jcmd(pid, "GC.run");
      Matcher used = USED.matcher(jcmd(pid, "GC.heap_info"));
      if (!used.find()) {
        throw new IOException("jcmd GC.heap_info does not tell what is used");
      }
      least = Math.min(least, Long.parseLong(used.group(1)) << shift(used.group(2)));
    }
    return least;
  }

  private static int shift(String unit) {
    return unit.equals("K") ? 10 : unit.equals("M") ? 20 : 30;
  }

  /** What a process has in memory, as ps counts it. */
  public static long residentBytes(long pid) throws IOException, InterruptedException {
    return Long.parseLong(output(List.of("ps", "-o", "rss=", "-p", Long.toString(pid))).strip()) << 10;
  }

  private static String jcmd(long pid, String command) throws IOException, InterruptedException {
    return output(List.of(Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(), Long.toString(pid), command));
  }

  private static String output(List<String> command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    int code = process.waitFor();
    if (code != 0) {
      throw new IOException("%s ended with exit code %d: %s".formatted(String.join(" ", command), code, said.strip()));
    }
    return said;
  }
}
