package io.infrafabric.bench;

import io.infrafabric.bench.economics.EconomicsBench;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** A sprint the old way and governed. */
@Command(
    name = "economics",
    description = "One sprint of the operating model worked through twice on real services, the old way and governed: waste, overspend, cost and time to unblock.",
    mixinStandardHelpOptions = true)
final class EconomicsCommand extends PartCommand {
  @Option(names = "--seed", description = "Of who works on what and how it ends (default: ${DEFAULT-VALUE}).", defaultValue = "7")
  long seed;

  @Option(names = "--sessions", description = "Sessions of seven agents each (default: ${DEFAULT-VALUE}).", defaultValue = "7")
  int sessions;

  @Option(names = "--phases", description = "Phases of each session (default: ${DEFAULT-VALUE}).", defaultValue = "10")
  int phases;

  @Option(names = "--tasks", description = "Tasks of each phase (default: ${DEFAULT-VALUE}).", defaultValue = "3")
  int tasks;

  @Option(names = "--failing", description = "Agents that fail nearly always (default: ${DEFAULT-VALUE}).", defaultValue = "3")
  int failing;

  @Option(names = "--expensive", description = "Agents on the dearest model (default: ${DEFAULT-VALUE}).", defaultValue = "2")
  int expensive;

  @Option(names = "--hour-millis", description = "Real milliseconds of an hour of the sprint (default: ${DEFAULT-VALUE}).", defaultValue = "10000")
  long hourMillis;

  @Option(names = "--patience-hours", description = "Hours of the sprint after which a way is given up (default: ${DEFAULT-VALUE}).", defaultValue = "30")
  double patienceHours;

  @Override
  List<Part> parts() {
    return List.of(new EconomicsBench(home(), new EconomicsBench.Settings(seed, sessions, phases, tasks, failing, expensive, hourMillis, patienceHours, settings)));
  }
}
