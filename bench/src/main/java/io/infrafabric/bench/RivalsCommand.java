package io.infrafabric.bench;

import io.infrafabric.bench.rival.RivalBench;
import java.time.Duration;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Jobs a second beside other queues. */
@Command(
    name = "rivals",
    description =
        "Completed jobs a second beside BullMQ on Redis, graphile-worker on PostgreSQL and a bare work queue of JetStream, all told to have each"
            + " job on disk before they answer.",
    mixinStandardHelpOptions = true)
final class RivalsCommand extends PartCommand {
  @Option(
      names = "--against",
      split = ",",
      description = "Which queues (default: bullmq,graphile-worker,graphile-worker-batched,jetstream).")
  List<String> against = RivalBench.KNOWN;

  @Option(names = "--workers", split = ",", description = "Jobs under way at once (default: ${DEFAULT-VALUE}).", defaultValue = "1,16,64")
  List<Integer> workers;

  @Option(names = "--jobs", description = "Jobs in a round at most; a thousand for each worker (default: ${DEFAULT-VALUE}).", defaultValue = "16000")
  int jobs;

  @Option(names = "--batch", description = "Jobs in one submit (default: ${DEFAULT-VALUE}).", defaultValue = "100")
  int batch;

  @Option(names = "--producers", description = "Submits under way at once (default: ${DEFAULT-VALUE}).", defaultValue = "4")
  int producers;

  @Option(names = "--rounds", description = "Rounds of each, in turn (default: ${DEFAULT-VALUE}).", defaultValue = "5")
  int rounds;

  @Option(names = "--warm-up", description = "Seconds that all work before anything is measured (default: ${DEFAULT-VALUE}).", defaultValue = "120")
  int warmUp;

  @Override
  List<Part> parts() {
    return List.of(
        new RivalBench(home(), new RivalBench.Plan(against, workers, jobs, batch, producers, rounds, Duration.ofSeconds(warmUp), settings)));
  }
}
