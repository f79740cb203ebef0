package io.infrafabric.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.infrafabric.local.FabricRecord;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The one command of the README, as a user calls it. */
class DemoTest {
  @TempDir Path folder;

  @Test
  void demo_holdsOnARealTree_printsOneObjectAndLeavesNothingRunning() throws Exception {
    Path tree = tree();
    Set<String> before = files(tree);
    Path out = folder.resolve("out.json");
    Path talk = folder.resolve("talk.txt");
    ProcessBuilder demo = new ProcessBuilder("bash", RunningFabric.repository().resolve("fabric").toString(), "demo", "-o", "json", tree.toString());
    demo.environment().put("IF_BUILD", "never");
    Process process = demo.directory(folder.toFile()).redirectOutput(out.toFile()).redirectError(talk.toFile()).start();

    assertThat(process.waitFor(4, TimeUnit.MINUTES)).isTrue();

    String said = Files.readString(talk);
    assertThat(process.exitValue()).as(said).isZero();
    List<String> lines = Files.readAllLines(out);
    assertThat(lines).hasSize(1);
    JsonObject summary = JsonParser.parseString(lines.getFirst()).getAsJsonObject();
    assertThat(summary.get("ok").getAsBoolean()).isTrue();
    assertThat(summary.get("doubleClaims").getAsInt()).isZero();
    assertThat(summary.get("lostTasks").getAsInt()).isZero();
    assertThat(summary.getAsJsonObject("census").get("verified").getAsBoolean()).isTrue();
    assertThat(summary.getAsJsonObject("census").get("files").getAsInt()).isEqualTo(before.size());
    assertThat(summary.get("completed").getAsInt()).isEqualTo(before.size() + 70);
    assertThat(summary.getAsJsonObject("traces").get("orphanSpans").getAsInt()).isZero();
    assertThat(files(tree)).as("the tree is only read").isEqualTo(before);
    Path run = runFolder(summary);
    assertThat(FabricRecord.read(run).processes())
        .as("what still runs of " + run)
        .extracting(FabricRecord.Entry::name, entry -> entry.id().alive())
        .containsExactly(
            tuple("etcd", false), tuple("nats", false), tuple("governor-1", false), tuple("coordinator-1", false), tuple("chassis-1", false));
  }

  private static Path runFolder(JsonObject summary) {
    return Path.of(summary.getAsJsonObject("traces").get("file").getAsString()).getParent();
  }

  /** A few files of several languages, an empty one, one without a last line feed, and one too large for an inline payload. */
  private Path tree() throws IOException {
    Path tree = Files.createDirectories(folder.resolve("a tree/src"));
    Files.writeString(tree.resolve("Main.java"), "class Main {}\n");
    Files.writeString(tree.resolve("run.sh"), "echo hi");
    Files.writeString(tree.resolve("empty.txt"), "");
    Files.writeString(tree.resolve("umlaut-ä.md"), "# ä\n");
    Files.write(tree.resolve("large.json"), "[1,2,3]\n".repeat(20_000).getBytes(StandardCharsets.UTF_8));
    return tree.getParent();
  }

  private static Set<String> files(Path tree) throws IOException {
    try (Stream<Path> all = Files.walk(tree)) {
      return all.filter(Files::isRegularFile).map(Path::toString).collect(Collectors.toSet());
    }
  }
}
