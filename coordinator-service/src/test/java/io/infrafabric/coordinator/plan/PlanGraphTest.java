package io.infrafabric.coordinator.plan;

import static io.infrafabric.coordinator.plan.PlanFixture.phase;
import static io.infrafabric.coordinator.plan.PlanFixture.plan;
import static io.infrafabric.coordinator.plan.PlanFixture.spec;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.util.Durations;
import io.infrafabric.coordinator.v1.Phase;
import io.infrafabric.coordinator.v1.Plan;
import io.infrafabric.coordinator.v1.TaskSpec;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.api.Test;
import java.util.stream.LongStream;

/** Order, cycles and the critical path, on plans made by chance. */
class PlanGraphTest {
  private static final int TASKS = 9;

  static LongStream seeds() {
    return LongStream.range(0, 300);
  }

  /** Some phases, in which tasks depend on any that came before them. */
  private static Plan acyclic(Random random) {
    Plan.Builder plan = Plan.newBuilder().setPlanId("p");
    List<String> earlier = new ArrayList<>();
    int phases = 1 + random.nextInt(4);
    for (int p = 0; p < phases; p++) {
      Phase.Builder phase = Phase.newBuilder().setName("f" + p).setIndependent(random.nextInt(4) == 0);
      for (int q = 0; q < p && !phase.getIndependent(); q++) {
        if (random.nextInt(3) == 0) {
          phase.addAfter("f" + q);
        }
      }
      int tasks = 1 + random.nextInt(3);
      for (int t = 0; t < tasks && earlier.size() < TASKS; t++) {
        String id = "t" + earlier.size();
        TaskSpec.Builder spec = TaskSpec.newBuilder().setTaskId(id).setExpectedDuration(Durations.fromSeconds(1 + random.nextInt(5)));
        earlier.stream().filter(other -> random.nextInt(4) == 0).forEach(spec::addDependsOn);
        phase.addTasks(spec);
        earlier.add(id);
      }
      if (phase.getTasksCount() == 0) {
        break;
      }
      plan.addPhases(phase);
    }
    return PlanRules.complete(plan.build(), "r");
  }

  /** What each task waits for, directly, as the definition says and not as the graph is built. */
  private static Map<String, Set<String>> waits(Plan plan) {
    Map<String, Phase> phases = new HashMap<>();
    plan.getPhasesList().forEach(phase -> phases.put(phase.getName(), phase));
    Map<String, Set<String>> waits = new HashMap<>();
    Set<String> all = new HashSet<>();
    plan.getPhasesList().forEach(phase -> phase.getTasksList().forEach(spec -> all.add(spec.getTaskId())));
    for (Phase phase : plan.getPhasesList()) {
      for (TaskSpec spec : phase.getTasksList()) {
        Set<String> on = new HashSet<>(spec.getDependsOnList());
        on.retainAll(all);
        phase.getAfterList().forEach(name -> phases.get(name).getTasksList().forEach(other -> on.add(other.getTaskId())));
        waits.put(spec.getTaskId(), on);
      }
    }
    return waits;
  }

  private static long longest(String task, Map<String, Set<String>> waits, Map<String, Long> weights) {
    return weights.get(task) + waits.get(task).stream().mapToLong(other -> longest(other, waits, weights)).max().orElse(0);
  }

  private static Map<String, Long> weights(Plan plan) {
    Map<String, Long> weights = new HashMap<>();
    plan.getPhasesList()
        .forEach(phase -> phase.getTasksList().forEach(spec -> weights.put(spec.getTaskId(), spec.getExpectedDuration().getSeconds())));
    return weights;
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void planWithoutCycle_isOrdered_andItsCriticalPathIsTheLongest(long seed) {
    Plan plan = acyclic(new Random(seed));
    PlanGraph graph = new PlanGraph(plan);
    assertThat(graph.cycle()).isEmpty();
    Map<String, Set<String>> waits = waits(plan);
    List<String> ids = plan.getPhasesList().stream().flatMap(phase -> phase.getTasksList().stream()).map(TaskSpec::getTaskId).toList();
    List<String> order = graph.taskOrder().stream().map(ids::get).toList();
    assertThat(order).containsExactlyInAnyOrderElementsOf(ids);
    for (int i = 0; i < order.size(); i++) {
      assertThat(order.subList(0, i)).containsAll(waits.get(order.get(i)));
    }
    Map<String, Long> weights = weights(plan);
    List<String> path = graph.criticalPath();
    long longest = ids.stream().mapToLong(id -> longest(id, waits, weights)).max().orElseThrow();
    assertThat(path.stream().mapToLong(weights::get).sum()).isEqualTo(longest);
    for (int i = 1; i < path.size(); i++) {
      assertThat(waits.get(path.get(i))).contains(path.get(i - 1));
    }
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void cycle_isNamedByAWayAroundThatIsThere(long seed) {
    Random random = new Random(seed);
    Plan plan = acyclic(random);
    List<TaskSpec> specs = plan.getPhasesList().stream().flatMap(phase -> phase.getTasksList().stream()).toList();
    Map<String, Set<String>> waits = waits(plan);
    // A task that another one waits for waits for that one, too.
    TaskSpec later = specs.stream().filter(spec -> !waits.get(spec.getTaskId()).isEmpty()).findAny().orElse(null);
    if (later == null) {
      return;
    }
    String first = waits.get(later.getTaskId()).stream().sorted().toList().get(random.nextInt(waits.get(later.getTaskId()).size()));
    Plan.Builder cyclic = plan.toBuilder();
    cyclic.getPhasesBuilderList().forEach(phase -> phase.getTasksBuilderList().forEach(spec -> {
      if (spec.getTaskId().equals(first)) {
        spec.addDependsOn(later.getTaskId());
      }
    }));
    List<String> path = new PlanGraph(cyclic.build()).cycle().orElseThrow();
    assertThat(path.getFirst()).isEqualTo(path.getLast());
    Map<String, Set<String>> edges = edges(cyclic.build());
    for (int i = 1; i < path.size(); i++) {
      assertThat(edges.get(path.get(i - 1))).as("%s in %s", path.get(i - 1), path).contains(path.get(i));
    }
  }

  /** Who waits for whom directly; a phase waits for the tasks of the phases before it, and for those phases. */
  private static Map<String, Set<String>> edges(Plan plan) {
    Map<String, Set<String>> edges = new HashMap<>();
    for (Phase phase : plan.getPhasesList()) {
      Set<String> begin = edges.computeIfAbsent("phase " + phase.getName(), p -> new HashSet<>());
      for (String after : phase.getAfterList()) {
        begin.add("phase " + after);
        plan.getPhasesList().stream()
            .filter(other -> other.getName().equals(after))
            .forEach(other -> other.getTasksList().forEach(spec -> begin.add(spec.getTaskId())));
      }
      for (TaskSpec spec : phase.getTasksList()) {
        Set<String> on = new HashSet<>(spec.getDependsOnList());
        on.add("phase " + phase.getName());
        edges.put(spec.getTaskId(), on);
      }
    }
    return edges;
  }

  @Test
  void phasesThatComeAfterEachOther_areACycleOfPhases() {
    Plan plan = plan("p", phase("a", spec("a1")).addAfter("b"), phase("b", spec("b1")).addAfter("a"));
    assertThat(new PlanGraph(PlanRules.complete(plan, "r")).cycle().orElseThrow()).contains("phase a", "phase b");
  }

  @Test
  void aThousandTasksInManyPhases_areOrderedWithoutTheirProduct() {
    Plan.Builder plan = Plan.newBuilder().setPlanId("p");
    for (int p = 0; p < 2; p++) {
      Phase.Builder phase = Phase.newBuilder().setName("f" + p);
      for (int t = 0; t < 500; t++) {
        phase.addTasks(spec("t" + p + "-" + t));
      }
      plan.addPhases(phase);
    }
    PlanGraph graph = new PlanGraph(PlanRules.complete(plan.build(), "r"));
    assertThat(graph.taskOrder()).hasSize(1_000);
    assertThat(graph.criticalPath()).containsExactly("t0-0", "t1-0");
  }
}
