package io.infrafabric.coordinator.explain;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.claim.Admission;
import io.infrafabric.coordinator.dispatch.NatsOffersHeard;
import io.infrafabric.coordinator.record.Records;
import io.infrafabric.coordinator.task.StoredTask;
import io.infrafabric.coordinator.task.TaskIndex;
import io.infrafabric.coordinator.task.TaskStates;
import io.infrafabric.coordinator.v1.BlockerRecord;
import io.infrafabric.coordinator.v1.ExplainTaskRequest;
import io.infrafabric.coordinator.v1.ExplainTaskResponse;
import io.infrafabric.coordinator.v1.SwarmObstacles;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.error.Refusal;
import io.infrafabric.error.Violations;
import io.infrafabric.governor.v1.Standing;
import io.infrafabric.kit.store.Entry;
import io.infrafabric.kit.store.Replica;
import io.infrafabric.names.BlockerId;
import io.infrafabric.names.SwarmId;
import io.infrafabric.names.TaskId;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/** Collects what there is to know of a task and of the swarms, and explains. */
public final class Explanations {
  private static final int SWARMS = 100;
  private static final int BLOCKERS = 10;

  private static final Comparator<SwarmObstacles> NEAREST =
      Comparator.comparingInt(SwarmObstacles::getObstaclesCount).thenComparing(SwarmObstacles::getSwarmId);

  private final Replica replica;
  private final Records records;
  private final TaskIndex index;
  private final NatsOffersHeard offers;
  private final InstantSource clock;
  private final Executor slow;

  /**
   * @param slow for looking through the swarms, not on the replica's thread
   */
  public Explanations(Replica replica, Records records, TaskIndex index, NatsOffersHeard offers, InstantSource clock, Executor slow) {
    this.replica = replica;
    this.records = records;
    this.index = index;
    this.offers = offers;
    this.clock = clock;
    this.slow = slow;
  }

  /** Why the task does not run: TASK_NOT_FOUND without it, SWARM_NOT_FOUND for a named swarm that is not registered. */
  public CompletableFuture<ExplainTaskResponse> explain(ExplainTaskRequest request) {
    TaskId id = new TaskId(request.getTaskId());
    new Violations()
        .check(request.getSwarmIdsCount() <= SWARMS, ErrorCode.ERROR_CODE_INVALID_ARGUMENT, "swarm_ids", "at most " + SWARMS)
        .refusal("the request cannot be taken")
        .ifPresent(
            refusal -> {
              throw refusal.asException();
            });
    List<SwarmId> swarms = request.getSwarmIdsList().stream().distinct().map(SwarmId::new).toList();
    String key = records.keys().task(id);
    return replica.refresh(Set.of(key)).thenApplyAsync(found -> explain(id, Optional.ofNullable(found.get(key)), swarms), slow);
  }

  private ExplainTaskResponse explain(TaskId id, Optional<Entry> entry, List<SwarmId> swarms) {
    Task task =
        entry
            .map(found -> records.waitingFor(replica, StoredTask.of(found).task()))
            .orElseThrow(() -> Refusal.of(ErrorCode.ERROR_CODE_TASK_NOT_FOUND, "there is no task " + id).with("task_id", id).asException());
    Instant now = clock.instant();
    TaskCase seen = look(id, task, now);
    ExplainTaskResponse.Builder response =
        ExplainTaskResponse.newBuilder().setState(TaskStates.of(task)).addAllObstacles(ExplainRules.of(seen, now)).setPlace(seen.before());
    if (TaskStates.isTerminal(task)) {
      return response.build();
    }
    return response.addAllSwarms(swarms.isEmpty() ? candidates(task) : named(task, swarms)).build();
  }

  private TaskCase look(TaskId id, Task task, Instant now) {
    List<TaskCase.Dependency> dependencies =
        task.getWaiting().getOpenDependenciesList().stream()
            .map(other -> new TaskCase.Dependency(other, records.task(replica, new TaskId(other)).map(StoredTask::task)))
            .toList();
    return new TaskCase(
        task,
        dependencies,
        task.hasReady() ? index.readyBefore(task) : 0,
        task.hasReady() ? offers.outstanding(id, task.getRevision(), now) : List.of(),
        task.getParked().getBlockerIdsList().stream()
            .limit(BLOCKERS)
            .map(blocker -> records.blocker(replica, new BlockerId(blocker)).map(BlockerRecord::getBlocker))
            .flatMap(Optional::stream)
            .toList());
  }

  private List<SwarmObstacles> named(Task task, List<SwarmId> swarms) {
    long newest = newestPolicy(standings());
    return swarms.stream()
        .map(
            swarm -> {
              Admission admission = records.admission(replica, swarm);
              if (admission.standing().isEmpty() && records.settledBy(replica, swarm).isPresent()) {
                return SwarmObstacles.newBuilder().setSwarmId(swarm.value()).addObstacles(SwarmRules.unregistered()).build();
              }
              if (admission.standing().isEmpty()) {
                throw Refusal.of(ErrorCode.ERROR_CODE_SWARM_NOT_FOUND, "swarm " + swarm + " is not registered").with("swarm_id", swarm).asException();
              }
              return obstacles(task.getSpec(), swarm, admission, newest);
            })
        .toList();
  }

  private List<SwarmObstacles> candidates(Task task) {
    List<Standing> all = standings();
    long newest = newestPolicy(all);
    return all.stream()
        .filter(standing -> canDoSomeOf(task.getSpec(), standing))
        .map(
            standing -> {
              SwarmId swarm = new SwarmId(standing.getSwarmId());
              return obstacles(task.getSpec(), swarm, records.admission(replica, swarm), newest);
            })
        .sorted(NEAREST)
        .limit(SWARMS)
        .toList();
  }

  private static SwarmObstacles obstacles(TaskSpec spec, SwarmId swarm, Admission admission, long newest) {
    return SwarmObstacles.newBuilder()
        .setSwarmId(swarm.value())
        .addAllObstacles(admission.standing().isEmpty() ? List.of() : SwarmRules.of(spec, admission, newest))
        .build();
  }

  private List<Standing> standings() {
    Map<String, Entry> all = replica.scan(records.keys().standings());
    return all.values().stream().map(entry -> Records.parse(entry, Standing.parser())).filter(standing -> !standing.getUnregistered()).toList();
  }

  private static long newestPolicy(List<Standing> standings) {
    return standings.stream().mapToLong(Standing::getPolicyRevision).max().orElse(0);
  }

  private static boolean canDoSomeOf(TaskSpec spec, Standing standing) {
    return spec.getRequiredCapabilitiesCount() == 0
        || !Collections.disjoint(spec.getRequiredCapabilitiesList(), standing.getCapabilitiesList());
  }
}
