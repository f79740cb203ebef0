package io.infrafabric.coordinator.task;

import io.infrafabric.coordinator.v1.TaskSpec;
import java.util.List;

/** What a task wants of a swarm; tasks that want the same share one ranking. */
public record Requirement(List<String> capabilities, long maxCostMicros, int minReputationMillis, List<String> excluded) {
  public Requirement {
    capabilities = List.copyOf(capabilities);
    excluded = List.copyOf(excluded);
  }

  /** One that excludes nobody. */
  public Requirement(List<String> capabilities, long maxCostMicros, int minReputationMillis) {
    this(capabilities, maxCostMicros, minReputationMillis, List.of());
  }

  /** Of a task, in an order of its own. */
  public static Requirement of(TaskSpec spec) {
    return new Requirement(
        spec.getRequiredCapabilitiesList().stream().sorted().toList(), spec.getMaxCostMicros(), spec.getMinReputationMillis(),
        spec.getExcludeSwarmIdsList().stream().sorted().toList());
  }
}
