package io.infrafabric.bench;

import io.infrafabric.bench.session.SessionBench;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Many sessions. */
@Command(
    name = "sessions",
    description = "Many sessions kept alive on one coordinator, and what all of them ending at once does to the claims of others.",
    mixinStandardHelpOptions = true)
final class SessionsCommand extends PartCommand {
  @Option(names = "--sessions", description = "Sessions of swarms that do nothing (default: ${DEFAULT-VALUE}).", defaultValue = "10000")
  int sessions;

  @Option(names = "--ttl", description = "Seconds that each lives without a renewal (default: ${DEFAULT-VALUE}).", defaultValue = "10")
  int ttl;

  @Option(names = "--rate", description = "Claims of others a second (default: ${DEFAULT-VALUE}).", defaultValue = "200")
  int rate;

  @Option(names = "--seconds", description = "Seconds of each stretch (default: ${DEFAULT-VALUE}).", defaultValue = "20")
  int seconds;

  @Option(names = "--warm-up", description = "Seconds of claims before anything is measured (default: ${DEFAULT-VALUE}).", defaultValue = "60")
  int warmUp;

  @Override
  List<Part> parts() {
    return List.of(new SessionBench(home(), new SessionBench.Plan(sessions, ttl, rate, seconds, warmUp, settings)));
  }
}
