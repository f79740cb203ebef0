package io.infrafabric.bench;

import io.infrafabric.bench.match.MatchBench;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Rankings beside an empty call and a plain scan. */
@Command(
    name = "match",
    description = "Rankings of a governor with many swarms over gRPC, beside an empty call to the same server and a plain scan of the same swarms.",
    mixinStandardHelpOptions = true)
final class MatchCommand extends PartCommand {
  @Option(names = "--swarms", split = ",", description = "Registered swarms, ascending (default: ${DEFAULT-VALUE}).", defaultValue = "1000,10000")
  List<Integer> swarms;

  @Option(names = "--callers", split = ",", description = "Callers at once that ask without a pause (default: ${DEFAULT-VALUE}).", defaultValue = "1,4")
  List<Integer> callers;

  @Option(names = "--rankings", description = "Rankings of each kind at each size, of all callers together (default: ${DEFAULT-VALUE}).", defaultValue = "4000")
  int rankings;

  @Option(names = "--rounds", description = "Rounds of each side, in turn (default: ${DEFAULT-VALUE}).", defaultValue = "4")
  int rounds;

  @Option(names = "--warm-up", description = "Seconds of rankings before anything is measured (default: ${DEFAULT-VALUE}).", defaultValue = "60")
  int warmUp;

  @Override
  List<Part> parts() {
    return List.of(new MatchBench(home(), new MatchBench.Plan(swarms, callers, rankings, rounds, warmUp, settings)));
  }
}
