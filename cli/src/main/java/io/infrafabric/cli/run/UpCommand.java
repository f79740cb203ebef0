package io.infrafabric.cli.run;

import io.infrafabric.cli.fabric.Home;
import io.infrafabric.cli.output.Talk;
import io.infrafabric.local.FabricRecord;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Starts a fabric on this machine that stays. */
@Command(
    name = "up",
    mixinStandardHelpOptions = true,
    description = "Start a fabric on this machine; it stays until Ctrl-C or ./fabric down.")
public final class UpCommand implements Callable<Integer> {
  /** The exit code of conflicts, as {@code ifctl} has it. */
  private static final int CONFLICT = 3;

  @Option(
      names = {"-d", "--detach"},
      description = "Give the shell back; ./fabric down stops it.")
  private boolean detach;

  @Override
  public Integer call() throws InterruptedException {
    Path home = Home.path();
    Optional<FabricRecord> running = running(home);
    if (running.isPresent()) {
      System.err.println("a fabric runs already in %s; ./fabric down stops it.".formatted(running.get().folder()));
      return CONFLICT;
    }
    Talk talk = new Talk();
    if (detach) {
      Background.start(home, talk);
      System.out.print(Banner.of(FabricRecord.current(home).orElseThrow(), "./fabric down stops it."));
      return 0;
    }
    return stay(home, talk);
  }

  private static int stay(Path home, Talk talk) throws InterruptedException {
    talk.endWithProgram("stopping...");
    talk.say("starting a fabric...");
    try (RunningFabric fabric = RunningFabric.start(home, talk::say)) {
      System.out.print(Banner.of(FabricRecord.read(fabric.folder()), "Ctrl-C or ./fabric down stops it."));
      System.out.flush();
      new CountDownLatch(1).await(); // until a signal ends this process, which stops its children
      return 0;
    } finally {
      talk.end();
    }
  }

  private static Optional<FabricRecord> running(Path home) {
    return FabricRecord.current(home).filter(FabricRecord::alive);
  }
}
