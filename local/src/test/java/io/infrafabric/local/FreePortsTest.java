package io.infrafabric.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class FreePortsTest {
  private static final int MANY = 200;

  /** Another JVM: takes a third of the ports that there are, says so, and keeps them until its input ends. */
  static final class Greedy {
    private static final int MOST = 4_000;

    private Greedy() {}

    public static void main(String[] arguments) throws Exception {
      IntStream.range(0, MOST).forEach(i -> System.out.println(FreePorts.next()));
      System.out.println("all");
      System.in.read();
    }
  }

  @Test
  void next_neverReturnsAPortTwice() {
    assertThat(IntStream.range(0, MANY).map(i -> FreePorts.next()).boxed().toList())
        .doesNotHaveDuplicates()
        .allMatch(port -> port < 32_768, "below the ports of outgoing connections");
  }

  @Test
  void next_returnsNothingThatAnotherProcessWasGiven_thoughNobodyListens() throws Exception {
    Process greedy =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Greedy.class.getName())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (var out = greedy.inputReader()) {
      Set<Integer> theirs = new TreeSet<>();
      String line = out.readLine();
      while (line != null && !line.equals("all")) {
        theirs.add(Integer.valueOf(line));
        line = out.readLine();
      }
      List<Integer> mine = IntStream.range(0, MANY).map(i -> FreePorts.next()).boxed().toList();
      assertThat(theirs).hasSizeGreaterThan(MANY).doesNotContainAnyElementsOf(mine);
    } finally {
      greedy.destroyForcibly().waitFor();
    }
  }
}
