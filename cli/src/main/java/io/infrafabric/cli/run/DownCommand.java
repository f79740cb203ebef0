package io.infrafabric.cli.run;

import io.infrafabric.cli.fabric.Home;
import io.infrafabric.local.ChildProcess;
import io.infrafabric.local.FabricRecord;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** Stops the fabric that {@code up} started. */
@Command(name = "down", mixinStandardHelpOptions = true, description = "Stop the fabric that `up` started.")
public final class DownCommand implements Callable<Integer> {
  @Override
  public Integer call() {
    Optional<FabricRecord> running = FabricRecord.current(Home.path()).filter(FabricRecord::alive);
    if (running.isEmpty()) {
      System.err.println("no fabric runs here.");
      return 0;
    }
    System.err.println("stopping the fabric in %s...".formatted(running.get().folder()));
    running.get().stop(ChildProcess.GRACE);
    System.err.println("stopped.");
    return 0;
  }
}
