package io.infrafabric.coordinator.plan;

import com.google.protobuf.CodedOutputStream;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.task.Requirement;
import io.infrafabric.coordinator.task.SpecRules;
import io.infrafabric.coordinator.v1.Phase;
import io.infrafabric.coordinator.v1.Plan;
import io.infrafabric.coordinator.v1.PlanRecord;
import io.infrafabric.coordinator.v1.Sharing;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.error.Refusal;
import io.infrafabric.error.Violations;
import io.infrafabric.kit.time.Times;
import io.infrafabric.names.Ids;
import io.infrafabric.names.Limits;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** What a plan may look like. Pure. */
final class PlanRules {
  /** So many names of a cycle are told. */
  private static final int TOLD = 12;

  private PlanRules() {}

  /** Everything that is wrong with a plan as it comes in, at once; cycles are another matter ({@link #cycle}). */
  static Optional<Refusal> check(Plan plan) {
    Violations wrong = new Violations();
    if (!plan.getPlanId().isEmpty() && !Ids.isId(plan.getPlanId())) {
      wrong.add(Ids.invalid("plan.plan_id", plan.getPlanId()));
    }
    int tasks = plan.getPhasesList().stream().mapToInt(Phase::getTasksCount).sum() + plan.getFillersCount();
    wrong
        .check(plan.getPhasesCount() > 0, ErrorCode.ERROR_CODE_INVALID_ARGUMENT, "plan.phases", "at least one phase")
        .check(plan.getPhasesCount() <= Limits.PHASES_PER_PLAN, ErrorCode.ERROR_CODE_INVALID_ARGUMENT, "plan.phases", "at most " + Limits.PHASES_PER_PLAN + " phases")
        .check(tasks <= Limits.TASKS_PER_PLAN, ErrorCode.ERROR_CODE_INVALID_ARGUMENT, "plan.phases", tasks + " tasks, at most " + Limits.TASKS_PER_PLAN);
    Set<String> names = new LinkedHashSet<>();
    plan.getPhasesList().forEach(phase -> names.add(phase.getName()));
    Set<String> phases = new HashSet<>();
    Map<String, String> ids = new HashMap<>();
    for (int i = 0; i < plan.getPhasesCount(); i++) {
      Phase phase = plan.getPhases(i);
      String at = "plan.phases[" + i + "].";
      if (!Ids.isId(phase.getName())) {
        wrong.add(Ids.invalid(at + "name", phase.getName()));
      }
      wrong.check(phases.add(phase.getName()), ErrorCode.ERROR_CODE_INVALID_ARGUMENT, at + "name", "phase " + phase.getName() + " stands twice in the plan");
      phase(wrong, phase, at, names);
      for (int j = 0; j < phase.getTasksCount(); j++) {
        task(wrong, plan.getPlanId(), phase.getTasks(j), at + "tasks[" + j + "].", ids);
      }
    }
    for (int i = 0; i < plan.getFillersCount(); i++) {
      String at = "plan.fillers[" + i + "].";
      task(wrong, plan.getPlanId(), plan.getFillers(i), at, ids);
      wrong.check(plan.getFillers(i).getDependsOnCount() == 0, ErrorCode.ERROR_CODE_INVALID_ARGUMENT, at + "depends_on", "a filler waits for nothing");
    }
    DomainRules.check(wrong, plan);
    return wrong.refusal("the plan cannot be taken");
  }

  private static void phase(Violations wrong, Phase phase, String at, Set<String> names) {
    wrong
        .check(phase.getMapped() || phase.getTasksCount() > 0, ErrorCode.ERROR_CODE_INVALID_ARGUMENT, at + "tasks", "at least one task")
        .check(!phase.getMapped() || phase.getTasksCount() == 0, ErrorCode.ERROR_CODE_INVALID_ARGUMENT, at + "tasks", "none: MapTasks fills a mapped phase")
        .check(phase.getSharing() != Sharing.UNRECOGNIZED, ErrorCode.ERROR_CODE_INVALID_ARGUMENT, at + "sharing", "FAIR or RANKED")
        .check(
            phase.getSharing() != Sharing.SHARING_FAIR || phase.getTasksList().stream().map(Requirement::of).distinct().count() <= 1,
            ErrorCode.ERROR_CODE_INVALID_ARGUMENT,
            at + "sharing",
            "tasks that are shared out fairly want the same capabilities, skills, cost and reputation, and are of one class")
        .check(!phase.getMapped() || phase.getSharing() == Sharing.SHARING_UNSPECIFIED, ErrorCode.ERROR_CODE_INVALID_ARGUMENT, at + "sharing", "MapTasks says it for a mapped phase")
        .check(!phase.getMapped() || !phase.hasStragglers(), ErrorCode.ERROR_CODE_INVALID_ARGUMENT, at + "stragglers", "MapTasks says it for a mapped phase")
        .check(!phase.getIndependent() || phase.getAfterCount() == 0, ErrorCode.ERROR_CODE_INVALID_ARGUMENT, at + "independent", "an independent phase is after none");
    if (phase.hasStragglers()) {
      StragglerRules.check(wrong, phase.getStragglers(), at + "stragglers.");
    }
    for (int i = 0; i < phase.getAfterCount(); i++) {
      wrong.check(
          names.contains(phase.getAfter(i)),
          ErrorCode.ERROR_CODE_INVALID_ARGUMENT,
          at + "after[" + i + "]",
          "phase " + phase.getName() + " is after " + phase.getAfter(i) + ", which is no phase of the plan; they are " + String.join(", ", names));
    }
  }

  private static void task(Violations wrong, String planId, TaskSpec spec, String at, Map<String, String> ids) {
    SpecRules.check(spec, at).ifPresent(wrong::add);
    wrong.check(
        spec.getPlanId().isEmpty() || spec.getPlanId().equals(planId),
        ErrorCode.ERROR_CODE_INVALID_ARGUMENT,
        at + "plan_id",
        "leave it out: it is the plan's");
    String other = spec.getTaskId().isEmpty() ? null : ids.putIfAbsent(spec.getTaskId(), at);
    wrong.check(other == null, ErrorCode.ERROR_CODE_INVALID_ARGUMENT, at + "task_id", "task " + spec.getTaskId() + " stands twice in the plan, first at " + other);
  }

  /**
   * The plan with every default filled in: ids, the phase before where none is named, and the plan's id in its tasks.
   *
   * @param plan one that {@link #check} has nothing against
   * @param requestId makes the same ids at every try
   */
  static Plan complete(Plan plan, String requestId) {
    Plan.Builder full = Plan.newBuilder();
    full.setPlanId(
        plan.getPlanId().isEmpty() ? "p-" + HexFormat.of().formatHex(sha256(requestId.getBytes(StandardCharsets.UTF_8)), 0, 13) : plan.getPlanId());
    int index = 0;
    String before = "";
    for (Phase phase : plan.getPhasesList()) {
      Phase.Builder next = Phase.newBuilder().setName(phase.getName()).setIndependent(phase.getIndependent()).setMapped(phase.getMapped()).setSharing(phase.getSharing());
      if (phase.hasStragglers()) {
        next.setStragglers(StragglerRules.complete(phase.getStragglers()));
      }
      if (phase.getAfterCount() > 0) {
        next.addAllAfter(new LinkedHashSet<>(phase.getAfterList()));
      } else if (!phase.getIndependent() && !before.isEmpty()) {
        next.addAfter(before);
      }
      for (TaskSpec spec : phase.getTasksList()) {
        next.addTasks(SpecRules.complete(DomainRules.owned(plan, phase, spec).toBuilder().setPlanId(full.getPlanId()).build(), requestId, index++));
      }
      full.addPhases(next);
      before = phase.getName();
    }
    for (TaskSpec spec : plan.getFillersList()) {
      full.addFillers(SpecRules.complete(DomainRules.owned(plan, Phase.getDefaultInstance(), spec).toBuilder().setPlanId(full.getPlanId()).build(), requestId, index++));
    }
    return full.addAllDomains(DomainRules.complete(plan.getDomainsList())).build();
  }

  /** Every task of a plan: those of its phases, then its fillers. */
  static List<TaskSpec> specs(Plan plan) {
    return Stream.concat(plan.getPhasesList().stream().flatMap(phase -> phase.getTasksList().stream()), plan.getFillersList().stream()).toList();
  }

  /** The refusal that names the way around, when some of a complete plan wait for each other. */
  static Optional<Refusal> cycle(PlanGraph graph) {
    return graph
        .cycle()
        .map(
            path -> {
              String told = String.join(" -> ", path.size() <= TOLD ? path : path.subList(0, TOLD)) + (path.size() <= TOLD ? "" : " -> ...");
              return Refusal.of(ErrorCode.ERROR_CODE_INVALID_ARGUMENT, "the plan cannot be taken: each of these waits for the next: " + told)
                  .withField("plan.phases", "take one dependency out of " + told);
            });
  }

  /** What a plan becomes when the last of its tasks is stored: only then any of them is claimable, and none if it was cancelled meanwhile. */
  static PlanDecision.Next whole(PlanRecord there, Instant now) {
    if (there.hasWholeAt()) {
      return new PlanDecision.Next.Write(there);
    }
    return there.hasCancellation()
        ? new PlanDecision.Next.Refuse(CancellationRules.cancelled(there.getPlanId()))
        : new PlanDecision.Next.Write(there.toBuilder().setWholeAt(Times.toProto(now)).build());
  }

  /** Tasks outside the plan that it depends on, each with the first place that names it. */
  static Map<String, String> outside(Plan complete) {
    Set<String> inside = new HashSet<>();
    complete.getPhasesList().forEach(phase -> phase.getTasksList().forEach(spec -> inside.add(spec.getTaskId())));
    complete.getFillersList().forEach(spec -> inside.add(spec.getTaskId()));
    Map<String, String> outside = new HashMap<>();
    for (int i = 0; i < complete.getPhasesCount(); i++) {
      List<TaskSpec> specs = complete.getPhases(i).getTasksList();
      for (int j = 0; j < specs.size(); j++) {
        for (int k = 0; k < specs.get(j).getDependsOnCount(); k++) {
          String id = specs.get(j).getDependsOn(k);
          if (!inside.contains(id)) {
            outside.putIfAbsent(id, "plan.phases[" + i + "].tasks[" + j + "].depends_on[" + k + "]");
          }
        }
      }
    }
    return outside;
  }

  /** SHA-256 of a complete plan, hex: two plans with one digest are the same. */
  static String digest(Plan complete) {
    byte[] bytes = new byte[complete.getSerializedSize()];
    CodedOutputStream out = CodedOutputStream.newInstance(bytes);
    out.useDeterministicSerialization();
    try {
      complete.writeTo(out);
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
    return HexFormat.of().formatHex(sha256(bytes));
  }

  static byte[] sha256(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
