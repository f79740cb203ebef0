package io.infrafabric.bench;

import io.infrafabric.bench.claim.ClaimBench;
import io.infrafabric.bench.push.PushBench;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code ./fabric bench}: runs a benchmark on a fabric of its own and prints the figures. */
@Command(
    name = "bench",
    description = "Benchmarks on a fabric of their own, each figure beside a baseline of the same run.",
    subcommands = {Main.Coordinator.class, Main.Push.class},
    mixinStandardHelpOptions = true)
public final class Main implements Runnable {
  @Override
  public void run() {
    CommandLine.usage(this, System.out);
  }

  /** Claims over gRPC against raw etcd transactions. */
  @Command(
      name = "coordinator",
      description = "Claims over gRPC beside one raw etcd transaction for each, at the same concurrency.",
      mixinStandardHelpOptions = true)
  static final class Coordinator implements Callable<Integer> {
    @Option(names = "--swarms", description = "Swarms at work (default: ${DEFAULT-VALUE}).", defaultValue = "64")
    int swarms;

    @Option(names = "--rates", split = ",", description = "Tasks a second for them (default: ${DEFAULT-VALUE}).", defaultValue = "200,500,1000")
    List<Integer> rates;

    @Option(
        names = "--concurrency",
        split = ",",
        description = "Callers at once that claim without a pause (default: ${DEFAULT-VALUE}).",
        defaultValue = "1,16,64,256")
    List<Integer> concurrency;

    @Option(names = "--only", description = "Measure only `work` or only `callers`.")
    String only;

    @Option(names = "--rounds", description = "Rounds of each side, in turn (default: ${DEFAULT-VALUE}).", defaultValue = "3")
    int rounds;

    @Option(names = "--warm-up", description = "Seconds that both sides run before anything is measured (default: ${DEFAULT-VALUE}).", defaultValue = "60")
    int warmUp;

    @Option(names = "--setting", description = "A setting of the services, such as IF_BATCH_LANES=2; may stand several times.")
    Map<String, String> settings = Map.of();

    @Option(names = "-o", description = "text or json (default: ${DEFAULT-VALUE}).", defaultValue = "text")
    String output;

    @Override
    public Integer call() throws Exception {
      String home = System.getenv().getOrDefault("IF_HOME", "");
      ClaimBench.Plan plan =
          new ClaimBench.Plan(
              swarms, "callers".equals(only) ? List.of() : rates, "work".equals(only) ? List.of() : concurrency, rounds, Duration.ofSeconds(warmUp), settings);
      return new ClaimBench(Path.of(home), plan).run(output.equals("json")) ? 0 : 1;
    }
  }

  /** Doorbells beside bare messages. */
  @Command(
      name = "push",
      description = "From a submit to the doorbell and to the claim, beside bare messages and streams on the same server.",
      mixinStandardHelpOptions = true)
  static final class Push implements Callable<Integer> {
    @Option(names = "--swarms", split = ",", description = "Connected swarms, ascending (default: ${DEFAULT-VALUE}).", defaultValue = "10,1000,10000")
    List<Integer> swarms;

    @Option(names = "--tasks", description = "Tasks measured at each size (default: ${DEFAULT-VALUE}).", defaultValue = "1000")
    int tasks;

    @Option(names = "-o", description = "text or json (default: ${DEFAULT-VALUE}).", defaultValue = "text")
    String output;

    @Override
    public Integer call() throws Exception {
      return new PushBench(Path.of(System.getenv().getOrDefault("IF_HOME", "")), swarms, tasks).run(output.equals("json")) ? 0 : 1;
    }
  }

  /** Ends with the exit code of the benchmark. */
  public static void main(String[] args) {
    System.exit(new CommandLine(new Main()).execute(args));
  }
}
