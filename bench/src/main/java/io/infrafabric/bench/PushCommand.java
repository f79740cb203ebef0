package io.infrafabric.bench;

import io.infrafabric.bench.push.PushBench;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Doorbells beside bare messages. */
@Command(
    name = "push",
    description = "From a submit to the doorbell and to the claim, beside bare messages and streams on the same server.",
    mixinStandardHelpOptions = true)
final class PushCommand extends PartCommand {
  @Option(names = "--swarms", split = ",", description = "Connected swarms, ascending (default: ${DEFAULT-VALUE}).", defaultValue = "10,1000,10000")
  List<Integer> swarms;

  @Option(names = "--tasks", description = "Tasks measured at each size (default: ${DEFAULT-VALUE}).", defaultValue = "1000")
  int tasks;

  @Option(names = "--warm-up", description = "Tasks, several at once, before anything is measured (default: ${DEFAULT-VALUE}).", defaultValue = "30000")
  int warmUp;

  @Override
  List<Part> parts() {
    return List.of(new PushBench(home(), swarms, tasks, warmUp, settings));
  }
}
