package io.infrafabric.cli.agent;

import io.infrafabric.common.v1.TraceContext;
import io.infrafabric.coordinator.v1.Claim;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** The files of one attempt. */
record WorkFolder(Path path) {

  /** A new one. */
  static WorkFolder create() {
    try {
      return new WorkFolder(Files.createTempDirectory("ifctl-agent-"));
    } catch (IOException failure) {
      throw new UncheckedIOException("no folder can be made for the payload and the result", failure);
    }
  }

  Path payload() {
    return path.resolve("payload");
  }

  Path result() {
    return path.resolve("result");
  }

  Path cost() {
    return path.resolve("cost");
  }

  Path checkpoint() {
    return path.resolve("checkpoint");
  }

  /** What the program wrote into its cost file; empty when there is none. */
  Optional<String> toldCost() {
    try {
      // Whatever it wrote, in whatever characters: it is no amount then, and said so.
      return Files.isRegularFile(cost()) ? Optional.of(new String(Files.readAllBytes(cost()), StandardCharsets.UTF_8)) : Optional.empty();
    } catch (IOException failure) {
      throw new UncheckedIOException(cost() + " cannot be read", failure);
    }
  }

  /** What the program finds in its environment. */
  Map<String, String> environment(Claim claim) {
    Map<String, String> environment = new HashMap<>();
    environment.put("IF_TASK_ID", claim.getTaskId());
    environment.put("IF_SWARM_ID", claim.getSwarmId());
    environment.put("IF_ATTEMPT", Integer.toString(claim.getAttempt()));
    environment.put("IF_FENCE", Long.toString(claim.getFence()));
    environment.put("IF_MAX_COST_MICROS", Long.toString(claim.getSpec().getMaxCostMicros()));
    environment.put("IF_COST_FILE", cost().toString());
    environment.put("IF_CHECKPOINT_FILE", checkpoint().toString());
    TraceContext trace = claim.getTrace();
    if (!trace.getTraceparent().isEmpty()) {
      environment.put("TRACEPARENT", trace.getTraceparent());
    }
    return environment;
  }

  /**
   * Deletes all of it.
   *
   * @param talk hears what stays
   */
  void delete(Consumer<String> talk) {
    try (Stream<Path> files = Files.walk(path)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException | UncheckedIOException failure) {
      talk.accept("%s cannot be deleted (%s)".formatted(path, failure.getMessage()));
    }
  }
}
