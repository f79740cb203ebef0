package io.infrafabric.bench;

import io.infrafabric.bench.claim.ClaimBench;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Everything that is measured of the coordinator. */
@Command(
    name = "coordinator",
    description = {
      "Everything that is measured of the coordinator, each part on servers of its own, one after the other:",
      "work      claims of swarms to whom tasks come in at a steady rate, beside raw etcd transactions",
      "callers   claims without a pause, beside one raw etcd transaction for each, at the same concurrency",
      "push      from a submit to the doorbell and to the claim (bench push)",
      "blockers  from a blocker to an orchestrator and to a helper's doorbell (bench blockers)",
      "rivals    completed jobs beside other queues (bench rivals)",
      "sessions  many kept alive, and all ending at once (bench sessions)",
      "growth    claims, memory and start with many tasks in etcd (bench growth)",
      "The parts that have a command of their own run here with its defaults."
    },
    mixinStandardHelpOptions = true)
final class CoordinatorCommand extends PartCommand {
  private static final Set<String> CLAIMS = Set.of("work", "callers");

  @Option(names = "--only", split = ",", description = "Only these parts, with commas between them.")
  List<String> only = List.of();

  @Option(names = "--swarms", description = "Swarms at work (default: ${DEFAULT-VALUE}).", defaultValue = "64")
  int swarms;

  @Option(names = "--rates", split = ",", description = "Tasks a second for them (default: ${DEFAULT-VALUE}).", defaultValue = "200,500,1000")
  List<Integer> rates;

  @Option(
      names = "--concurrency",
      split = ",",
      description = "Callers at once that claim without a pause (default: ${DEFAULT-VALUE}).",
      defaultValue = "1,16,64,256,1024")
  List<Integer> concurrency;

  @Option(names = "--rounds", description = "Rounds of each side of the claims, in turn (default: ${DEFAULT-VALUE}).", defaultValue = "3")
  int rounds;

  @Option(names = "--warm-up", description = "Seconds that both sides of the claims run before anything is measured (default: ${DEFAULT-VALUE}).", defaultValue = "120")
  int warmUp;

  @Option(names = "--small", description = "Sizes that end in a few minutes, to see that everything runs; the figures say little.")
  boolean small;

  @Spec CommandSpec spec;

  @Override
  List<Part> parts() {
    Map<String, Supplier<List<Part>>> known = new LinkedHashMap<>();
    known.put("push", () -> with(new PushCommand(), "--swarms=10,100", "--tasks=100", "--warm-up=100"));
    known.put("blockers", () -> with(new BlockersCommand(), "--helpers=5", "--blockers=50", "--warm-up=50", "--at-once=100", "--rounds=1"));
    known.put("rivals", () -> with(new RivalsCommand(), "--workers=1,16", "--jobs=1000", "--rounds=1", "--warm-up=5"));
    known.put("sessions", () -> with(new SessionsCommand(), "--sessions=300", "--seconds=5", "--warm-up=5", "--rate=20"));
    known.put("growth", () -> with(new GrowthCommand(), "--tasks=1000,20000", "--claims=400", "--warm-up=5"));
    for (String part : only) {
      if (!known.containsKey(part) && !CLAIMS.contains(part)) {
        throw new CommandLine.ParameterException(spec.commandLine(), "--only: there is no part " + part + "; there are work, callers, " + String.join(", ", known.keySet()));
      }
    }
    List<Part> parts = new ArrayList<>();
    if (only.isEmpty() || only.stream().anyMatch(CLAIMS::contains)) {
      parts.add(claims());
    }
    known.forEach((name, make) -> {
      if (only.isEmpty() || only.contains(name)) {
        parts.addAll(make.get());
      }
    });
    return parts;
  }

  private Part claims() {
    List<Integer> atRates = wants("work") ? small ? List.of(100) : rates : List.of();
    List<Integer> atOnce = wants("callers") ? small ? List.of(1, 16) : concurrency : List.of();
    return new ClaimBench(
        home(), new ClaimBench.Plan(swarms, atRates, atOnce, small ? 1 : rounds, Duration.ofSeconds(small ? 5 : warmUp), settings));
  }

  private boolean wants(String part) {
    return only.isEmpty() || only.contains(part);
  }

  private List<Part> with(PartCommand command, String... smallSizes) {
    new CommandLine(command).parseArgs(small ? smallSizes : new String[0]);
    command.settings = settings;
    return command.parts();
  }
}
