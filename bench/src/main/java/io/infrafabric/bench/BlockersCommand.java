package io.infrafabric.bench;

import io.infrafabric.bench.blocker.BlockerBench;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Blockers, to who is told and to who helps. */
@Command(
    name = "blockers",
    description = "From a swarm's blocker to an orchestrator and to a helper's doorbell, beside a bare message and a raw etcd transaction; and many at once.",
    mixinStandardHelpOptions = true)
final class BlockersCommand extends PartCommand {
  @Option(names = "--helpers", description = "Swarms that could help (default: ${DEFAULT-VALUE}).", defaultValue = "64")
  int helpers;

  @Option(names = "--blockers", description = "Blockers measured one at a time (default: ${DEFAULT-VALUE}).", defaultValue = "1000")
  int blockers;

  @Option(names = "--warm-up", description = "Blockers before anything is measured (default: ${DEFAULT-VALUE}).", defaultValue = "2000")
  int warmUp;

  @Option(names = "--at-once", description = "Blockers of one swarm at once (default: ${DEFAULT-VALUE}).", defaultValue = "1000")
  int atOnce;

  @Option(names = "--rounds", description = "Rounds of these (default: ${DEFAULT-VALUE}).", defaultValue = "5")
  int rounds;

  @Override
  List<Part> parts() {
    return List.of(new BlockerBench(home(), new BlockerBench.Plan(helpers, blockers, warmUp, atOnce, rounds, settings)));
  }
}
