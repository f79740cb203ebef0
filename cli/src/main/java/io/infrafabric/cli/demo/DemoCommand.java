package io.infrafabric.cli.demo;

import io.infrafabric.cli.demo.census.CensusJob;
import io.infrafabric.cli.demo.census.SourceTree;
import io.infrafabric.cli.fabric.Home;
import io.infrafabric.cli.output.Format;
import io.infrafabric.cli.output.Talk;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Starts a fabric, lets it count a source tree while swarms work through dependent tasks, and judges what happened. */
@Command(
    name = "demo",
    mixinStandardHelpOptions = true,
    description = {
      "Start a fabric, count a source tree in it while 7 simulated swarms work through 70 dependent tasks, check all of it"
          + " against the plain truth and etcd's history, and stop it again.",
      "Exit code 0 only if everything holds."
    })
public final class DemoCommand implements Callable<Integer> {
  @Parameters(
      arity = "0..1",
      paramLabel = "DIR",
      description = "The tree to count, which is only read; this checkout by default.")
  private Path directory;

  @Option(
      names = {"-o", "--output"},
      defaultValue = "table",
      description = "${COMPLETION-CANDIDATES}; table by default. JSON is one object on stdout.")
  private Format format;

  @Option(names = "--keep", description = "Keep the data of etcd and NATS too; logs and traces always stay.")
  private boolean keep;

  @Override
  public Integer call() throws InterruptedException {
    Path home = Home.path();
    SourceTree tree = tree(home);
    Talk talk = new Talk();
    talk.endWithProgram("stopping...");
    talk.say("starting a fabric...");
    Demonstration.Run run;
    try {
      run = new Demonstration(home, tree, talk).run();
    } finally {
      talk.end();
    }
    if (run.summary().ok() && !keep) {
      drop(run.folder().resolve("etcd"));
      drop(run.folder().resolve("nats"));
    }
    print(run.summary());
    return run.summary().ok() ? 0 : 1;
  }

  private SourceTree tree(Path home) {
    Path root = (directory == null ? home : directory).toAbsolutePath().normalize();
    SourceTree tree = SourceTree.below(root, CensusJob.MAX_FILE_BYTES);
    if (tree.files().isEmpty()) {
      throw Refusal.of(
              ErrorCode.ERROR_CODE_INVALID_ARGUMENT,
              "there is no file to count in %s (%d left out)".formatted(root, tree.skipped().size()))
          .asException();
    }
    return tree;
  }

  private void print(Summary summary) {
    if (format == Format.TABLE) {
      SummaryText.of(summary).forEach(System.out::println);
    } else {
      System.out.println(SummaryJson.of(summary));
    }
    System.out.flush();
  }

  private static void drop(Path folder) {
    try (Stream<Path> found = Files.walk(folder)) {
      List<Path> deepestFirst = found.sorted(Comparator.reverseOrder()).toList();
      for (Path path : deepestFirst) {
        Files.delete(path);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot remove " + folder + ": " + e.getMessage(), e);
    }
  }
}
