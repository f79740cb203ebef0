package io.infrafabric.coordinator.plan;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.task.OwnerRules;
import io.infrafabric.coordinator.v1.Domain;
import io.infrafabric.coordinator.v1.Phase;
import io.infrafabric.coordinator.v1.Plan;
import io.infrafabric.coordinator.v1.PlanRecord;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.error.Refusal;
import io.infrafabric.error.Violations;
import io.infrafabric.names.Limits;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Whose the tasks of a plan are: of their own owners, of those of their phase, or of those of a domain; never of two at once (O5). Pure. */
final class DomainRules {
  private static final int TOKEN_CHARACTERS = 40;

  private DomainRules() {}

  /** Notes domains that cannot be, and tasks that would have two kinds of owners. */
  static void check(Violations wrong, Plan plan) {
    Map<String, Integer> names = new HashMap<>();
    wrong.check(
        plan.getDomainsCount() <= Limits.PHASES_PER_PLAN, ErrorCode.ERROR_CODE_INVALID_ARGUMENT, "plan.domains", "at most " + Limits.PHASES_PER_PLAN);
    for (int i = 0; i < plan.getDomainsCount(); i++) {
      Domain domain = plan.getDomains(i);
      String at = "plan.domains[" + i + "].";
      Integer first = names.putIfAbsent(domain.getName(), i);
      OwnerRules.check(wrong, domain.getOwnerSwarmIdsList(), at);
      wrong
          .check(
              domain.getName().length() <= TOKEN_CHARACTERS && domain.getName().matches("[a-z0-9-]+"),
              ErrorCode.ERROR_CODE_INVALID_ARGUMENT,
              at + "name",
              "the first token of a capability domain:category:skill, [a-z0-9-]{1,40}")
          .check(domain.getOwnerSwarmIdsCount() > 0, ErrorCode.ERROR_CODE_INVALID_ARGUMENT, at + "owner_swarm_ids", "at least one owner")
          .check(first == null, ErrorCode.ERROR_CODE_INVALID_ARGUMENT, at + "name", "domain " + domain.getName() + " has owners already, at plan.domains[" + first + "]");
    }
    for (int i = 0; i < plan.getPhasesCount(); i++) {
      Phase phase = plan.getPhases(i);
      String at = "plan.phases[" + i + "].";
      OwnerRules.check(wrong, phase.getOwnerSwarmIdsList(), at);
      wrong.check(
          !phase.getMapped() || phase.getOwnerSwarmIdsCount() == 0,
          ErrorCode.ERROR_CODE_INVALID_ARGUMENT,
          at + "owner_swarm_ids",
          "MapTasks says it for a mapped phase, in its template");
      for (int j = 0; j < phase.getTasksCount(); j++) {
        task(wrong, plan, phase, phase.getTasks(j), at + "tasks[" + j + "].");
      }
    }
    for (int i = 0; i < plan.getFillersCount(); i++) {
      task(wrong, plan, Phase.getDefaultInstance(), plan.getFillers(i), "plan.fillers[" + i + "].");
    }
  }

  private static void task(Violations wrong, Plan plan, Phase phase, TaskSpec spec, String at) {
    Map<Set<String>, String> owners = owners(plan.getDomainsList(), phase, spec);
    wrong.check(
        owners.size() <= 1,
        ErrorCode.ERROR_CODE_INVALID_ARGUMENT,
        at + "owner_swarm_ids",
        "it would have two kinds of owners: " + String.join(" and ", owners.values()));
  }

  /** Each set of owners that a task would have, with where that comes from. */
  private static Map<Set<String>, String> owners(Collection<Domain> domains, Phase phase, TaskSpec spec) {
    Map<Set<String>, String> owners = new LinkedHashMap<>();
    add(owners, spec.getOwnerSwarmIdsList(), "its own");
    add(owners, phase.getOwnerSwarmIdsList(), "those of phase " + phase.getName());
    Set<String> its = domains(spec);
    domains.stream().filter(domain -> its.contains(domain.getName())).forEach(domain -> add(owners, domain.getOwnerSwarmIdsList(), "those of domain " + domain.getName()));
    return owners;
  }

  private static void add(Map<Set<String>, String> owners, List<String> some, String whence) {
    if (!some.isEmpty()) {
      owners.putIfAbsent(new TreeSet<>(some), whence + " (" + String.join(", ", some) + ")");
    }
  }

  /** The domains of the capabilities that a task requires. */
  private static Set<String> domains(TaskSpec spec) {
    Set<String> domains = new TreeSet<>();
    for (String capability : spec.getRequiredCapabilitiesList()) {
      String[] tokens = capability.split(":", -1);
      if (tokens.length == 3) {
        domains.add(tokens[0]);
      }
    }
    return domains;
  }

  /** The domains with repeated owners left out. */
  static List<Domain> complete(List<Domain> domains) {
    return domains.stream()
        .map(domain -> domain.toBuilder().clearOwnerSwarmIds().addAllOwnerSwarmIds(new LinkedHashSet<>(domain.getOwnerSwarmIdsList())).build())
        .toList();
  }

  /** The specification with the owners that it has in a plan that {@link #check} has nothing against. */
  static TaskSpec owned(Plan plan, Phase phase, TaskSpec spec) {
    return owners(plan.getDomainsList(), phase, spec).keySet().stream()
        .findFirst()
        .map(owners -> spec.toBuilder().clearOwnerSwarmIds().addAllOwnerSwarmIds(owners).build())
        .orElse(spec);
  }

  /** Why children of this template cannot be added to a plan: it must name the owners of the plan's domains itself. */
  static Optional<Refusal> ofOthers(PlanRecord plan, TaskSpec template) {
    Map<Set<String>, String> owners = owners(plan.getDomainsList(), Phase.getDefaultInstance(), template);
    boolean told = owners.isEmpty() || (owners.size() == 1 && template.getOwnerSwarmIdsCount() > 0);
    if (told) {
      return Optional.empty();
    }
    String whose = String.join(" and ", owners.values());
    return Optional.of(
        Refusal.of(ErrorCode.ERROR_CODE_INVALID_ARGUMENT, "template.owner_swarm_ids: the children would belong to " + whose)
            .withField("template.owner_swarm_ids", "the owners of the plan's domains: " + whose));
  }
}
