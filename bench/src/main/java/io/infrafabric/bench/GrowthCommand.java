package io.infrafabric.bench;

import io.infrafabric.bench.growth.GrowthBench;
import java.time.Duration;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** More and more tasks. */
@Command(
    name = "growth",
    description = "Claims, memory of coordinator and etcd, and the start of a coordinator, with many tasks that wait in etcd.",
    mixinStandardHelpOptions = true)
final class GrowthCommand extends PartCommand {
  @Option(names = "--tasks", split = ",", description = "Waiting tasks, ascending (default: ${DEFAULT-VALUE}).", defaultValue = "1000,100000,1000000")
  List<Integer> tasks;

  @Option(names = "--callers", description = "Callers at once that claim without a pause (default: ${DEFAULT-VALUE}).", defaultValue = "16")
  int callers;

  @Option(names = "--claims", description = "Claims of each kind at each size (default: ${DEFAULT-VALUE}).", defaultValue = "4000")
  int claims;

  @Option(names = "--warm-up", description = "Seconds of claims before anything is measured (default: ${DEFAULT-VALUE}).", defaultValue = "60")
  int warmUp;

  @Option(names = "--heap", description = "What each service may use at most, as -Xmx takes it (default: ${DEFAULT-VALUE}).", defaultValue = "4g")
  String heap;

  @Override
  List<Part> parts() {
    return List.of(new GrowthBench(home(), new GrowthBench.Plan(tasks, callers, claims, Duration.ofSeconds(warmUp), heap, settings)));
  }
}
