package io.infrafabric.coordinator.blocker;

import com.google.protobuf.ByteString;
import io.infrafabric.coordinator.v1.Blocker;
import io.infrafabric.coordinator.v1.BlockerWait;
import io.infrafabric.coordinator.v1.Parked;
import io.infrafabric.coordinator.v1.Priority;
import io.infrafabric.coordinator.v1.Severity;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.coordinator.commitment.HelpMoney;
import io.infrafabric.coordinator.task.TaskStates;
import io.infrafabric.kit.telemetry.JsonText;
import io.infrafabric.names.BlockerId;
import io.infrafabric.names.Limits;
import io.infrafabric.names.SwarmId;
import io.infrafabric.names.TaskId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.IntStream;

/** Who helps with a blocker, and what it may cost (spec decision 9). Pure; money in micro-USD. */
final class HelpRules {
  private HelpRules() {}

  /** One need and the swarm that is best for it. */
  record Helper(String need, SwarmId swarm) {}

  /** The money of each of some helpers. */
  record Share(long capMicros, long reservedMicros) {}

  /** What is left of the cap of a parked task: neither used by helpers nor set aside for them. */
  static long available(Task task) {
    Parked parked = task.getParked();
    long reserved = parked.getWaitsList().stream().mapToLong(BlockerWait::getReservedMicros).sum();
    return task.getSpec().getMaxCostMicros() - parked.getClaim().getHelpMicros() - reserved;
  }

  /** Splits what is left over the helpers, a share each, and the holder, who has to finish. Each claim of a help task may cost its cap. */
  static Share share(long availableMicros, int helpers, HelpSettings settings) {
    long cap = availableMicros / (helpers + settings.holderShares()) / settings.tries();
    return new Share(cap, cap * settings.tries());
  }

  /** Who pays for the help of a parked task: its holder, or for help with help whoever pays for that. */
  static SwarmId payer(Task task) {
    return HelpMoney.payer(task.getSpec()).orElseGet(() -> new SwarmId(task.getParked().getClaim().getSwarmId()));
  }

  /**
   * How many more helpers the parked task may have.
   *
   * @param most at the same time
   */
  static int room(Task task, Function<TaskId, Optional<Task>> tasks, int most) {
    long helping =
        task.getParked().getWaitsList().stream()
            .flatMap(wait -> wait.getTaskIdsList().stream())
            .map(id -> tasks.apply(new TaskId(id)))
            .filter(other -> other.isPresent() && !other.get().getSpec().getBlockerId().isEmpty() && !TaskStates.isTerminal(other.get()))
            .count();
    return (int) Math.max(0, most - helping);
  }

  /** Swarms that must not help with a parked task: its holder, and whoever must not claim it, which includes all who wait for it. */
  static List<String> excluded(Task task) {
    Set<String> all = new LinkedHashSet<>(task.getSpec().getExcludeSwarmIdsList());
    all.add(task.getParked().getClaim().getSwarmId());
    return List.copyOf(all);
  }

  /**
   * A different swarm for as many needs as can be, each as good as it can be for its need: augmenting paths (Kuhn) in the order of the
   * needs.
   *
   * @param ranked for each need the swarms, best first
   */
  static List<Helper> choose(Map<String, List<SwarmId>> ranked) {
    Map<SwarmId, String> taken = new HashMap<>();
    ranked.keySet().forEach(need -> place(need, ranked, taken, new HashSet<>()));
    Map<String, SwarmId> byNeed = new HashMap<>();
    taken.forEach((swarm, need) -> byNeed.put(need, swarm));
    return ranked.keySet().stream().filter(byNeed::containsKey).map(need -> new Helper(need, byNeed.get(need))).toList();
  }

  private static boolean place(String need, Map<String, List<SwarmId>> ranked, Map<SwarmId, String> taken, Set<SwarmId> seen) {
    for (SwarmId swarm : ranked.get(need)) {
      if (!taken.containsKey(swarm)) {
        taken.put(swarm, need);
        return true;
      }
    }
    for (SwarmId swarm : ranked.get(need)) {
      if (seen.add(swarm) && place(taken.get(swarm), ranked, taken, seen)) {
        taken.put(swarm, need);
        return true;
      }
    }
    return false;
  }

  /** The ids that the help tasks of a blocker have, as many as there may be. */
  static List<TaskId> helpTasks(BlockerId blocker) {
    return IntStream.rangeClosed(1, HelpSettings.MOST_HELPERS).mapToObj(i -> new TaskId(blocker + "-h" + i)).toList();
  }

  /** The tasks that help, one for each helper; each is closed to the helpers of the others, so that nobody helps twice. */
  static List<TaskSpec> specs(Task task, Blocker blocker, List<Helper> helpers, HelpSettings settings) {
    Share share = share(available(task), helpers.size(), settings);
    List<TaskId> ids = helpTasks(new BlockerId(blocker.getBlockerId()));
    List<TaskSpec> specs = new ArrayList<>();
    for (int i = 0; i < helpers.size(); i++) {
      Helper helper = helpers.get(i);
      Set<String> excluded = new LinkedHashSet<>(excluded(task));
      helpers.stream().filter(other -> !other.equals(helper)).forEach(other -> excluded.add(other.swarm().value()));
      specs.add(
          TaskSpec.newBuilder()
              .setTaskId(ids.get(i).value())
              .addRequiredCapabilities(helper.need())
              .setPriority(priority(task.getSpec().getPriority(), blocker.getSeverity()))
              .setPayload(payload(blocker, helper.need()))
              .setMaxCostMicros(share.capMicros())
              .setMaxAttempts(settings.tries())
              .setTaskClass(task.getSpec().getTaskClass())
              .setMinReputationMillis(task.getSpec().getMinReputationMillis())
              .putLabels("helps", blocker.getTaskId())
              .addAllExcludeSwarmIds(excluded)
              .setBlockerId(blocker.getBlockerId())
              .setPaidBySwarmId(payer(task).value())
              .setHelpsSwarmId(task.getParked().getClaim().getSwarmId())
              .build());
    }
    return specs;
  }

  /** True when the list of those who may not help would be longer than a spec may have. */
  static boolean tooManyExcluded(Task task, int helpers) {
    return excluded(task).size() + helpers > Limits.CAPABILITIES;
  }

  /** Help is as urgent as what it helps, or as the blocker is severe. */
  private static Priority priority(Priority task, Severity severity) {
    return Priority.forNumber(Math.max(task.getNumber(), severity.getNumber()));
  }

  private static ByteString payload(Blocker blocker, String need) {
    Map<String, Object> payload = new LinkedHashMap<>();
    payload.put("taskId", blocker.getTaskId());
    payload.put("blockerId", blocker.getBlockerId());
    payload.put("swarmId", blocker.getSwarmId());
    payload.put("type", blocker.getType());
    payload.put("description", blocker.getDescription());
    payload.put("need", need);
    return ByteString.copyFromUtf8(JsonText.of(payload));
  }

  /** What a help task has cost, with help of its own, or may yet cost while it has not ended. */
  static long costMicros(Task help) {
    return TaskStates.isTerminal(help)
        ? help.getAttemptsList().stream().mapToLong(attempt -> attempt.getCostMicros() + attempt.getHelpMicros()).sum()
        : help.getSpec().getMaxCostMicros() * help.getSpec().getMaxAttempts();
  }
}
