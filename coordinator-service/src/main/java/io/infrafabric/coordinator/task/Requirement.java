package io.infrafabric.coordinator.task;

import io.infrafabric.common.v1.SkillLevel;
import io.infrafabric.coordinator.commitment.CommitmentRules;
import io.infrafabric.coordinator.v1.PlanPlace;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskSpec;
import java.util.List;
import java.util.Map;

/**
 * What a task wants of a swarm; tasks that want the same share one ranking.
 *
 * @param minSkills the least level by capability
 * @param taskClass the kind of work, which decides whom the governor prefers
 * @param owners to whom it belongs, anyone when empty
 * @param planId of the plan whose tasks are shared out evenly, empty for those that are not
 * @param phase of that plan
 * @param filler whether it is only for swarms that have nothing else to do
 * @param helps the swarm that it helps with a blocker, whose relations weigh; empty for what helps nobody
 */
public record Requirement(
    List<String> capabilities,
    Map<String, SkillLevel> minSkills,
    String taskClass,
    long maxCostMicros,
    int minReputationMillis,
    List<String> excluded,
    List<String> owners,
    String planId,
    String phase,
    boolean filler,
    String helps) {
  public Requirement {
    minSkills = Map.copyOf(minSkills);
    capabilities = List.copyOf(capabilities);
    excluded = List.copyOf(excluded);
    owners = List.copyOf(owners);
  }

  /** Of tasks that are not shared out. */
  public Requirement(List<String> capabilities, long maxCostMicros, int minReputationMillis, List<String> excluded) {
    this(capabilities, Map.of(), "", maxCostMicros, minReputationMillis, excluded, List.of(), "", "", false, "");
  }

  /** The same for a blocker of a swarm. */
  public Requirement helping(String swarm) {
    return new Requirement(capabilities, minSkills, taskClass, maxCostMicros, minReputationMillis, excluded, owners, planId, phase, filler, swarm);
  }

  /** One that excludes nobody, of tasks that are not shared out. */
  public Requirement(List<String> capabilities, long maxCostMicros, int minReputationMillis) {
    this(capabilities, maxCostMicros, minReputationMillis, List.of());
  }

  /** Of a task, in an order of its own. */
  public static Requirement of(TaskSpec spec) {
    return of(spec, "", "", false);
  }

  /** Of a task, with the pool from which it is shared out. */
  static Requirement of(Task task) {
    PlanPlace place = task.getPlanPlace();
    TaskSpec spec = OwnerRules.spec(task);
    return place.getFair() ? of(spec, spec.getPlanId(), place.getPhase(), false) : of(spec, "", "", place.getFiller());
  }

  private static Requirement of(TaskSpec spec, String planId, String phase, boolean filler) {
    return new Requirement(
        spec.getRequiredCapabilitiesList().stream().sorted().toList(),
        spec.getMinSkillsMap(),
        spec.getTaskClass(),
        CommitmentRules.promiseMicros(spec),
        spec.getMinReputationMillis(),
        spec.getExcludeSwarmIdsList().stream().sorted().toList(),
        spec.getOwnerSwarmIdsList().stream().sorted().toList(),
        planId,
        phase,
        filler,
        spec.getHelpsSwarmId());
  }

  /** Whether its tasks are handed out evenly among those who compete for them. */
  public boolean isShared() {
    return !phase.isEmpty();
  }

  /** Names the tasks that are handed out together. */
  public String pool() {
    return planId + "/" + phase;
  }
}
