package io.infrafabric.coordinator.task;

import io.infrafabric.coordinator.v1.TaskSpec;
import java.util.List;

/** What a task wants of a swarm; tasks that want the same share one ranking. */
public record Requirement(List<String> capabilities, long maxCostMicros, int minReputationMillis) {
  public Requirement {
    capabilities = List.copyOf(capabilities);
  }

  /** Of a task, in an order of its own. */
  public static Requirement of(TaskSpec spec) {
    return new Requirement(
        spec.getRequiredCapabilitiesList().stream().sorted().toList(), spec.getMaxCostMicros(), spec.getMinReputationMillis());
  }
}
