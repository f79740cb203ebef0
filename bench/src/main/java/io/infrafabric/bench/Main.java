package io.infrafabric.bench;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/** {@code ./fabric bench}: runs a benchmark on a fabric of its own and prints the figures. */
@Command(
    name = "bench",
    description = "Benchmarks on a fabric of their own, each figure beside a baseline of the same run.",
    subcommands = {CoordinatorCommand.class, PushCommand.class, BlockersCommand.class, RivalsCommand.class, GrowthCommand.class, SessionsCommand.class, MatchCommand.class, EconomicsCommand.class},
    mixinStandardHelpOptions = true)
public final class Main implements Runnable {
  @Override
  public void run() {
    CommandLine.usage(this, System.out);
  }

  /** Ends with the exit code of the benchmark. */
  public static void main(String[] args) {
    System.exit(new CommandLine(new Main()).execute(args));
  }
}
