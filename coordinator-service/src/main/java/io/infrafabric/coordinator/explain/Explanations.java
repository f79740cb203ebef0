package io.infrafabric.coordinator.explain;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.archive.Archived;
import io.infrafabric.coordinator.blocker.HelpSettings;
import io.infrafabric.coordinator.claim.Admission;
import io.infrafabric.coordinator.commitment.HelpMoney;
import io.infrafabric.coordinator.dispatch.NatsOffersHeard;
import io.infrafabric.coordinator.plan.FairShare;
import io.infrafabric.coordinator.record.Records;
import io.infrafabric.coordinator.storage.Room;
import io.infrafabric.coordinator.task.OwnerRules;
import io.infrafabric.coordinator.task.PushRules;
import io.infrafabric.coordinator.task.ReadyTask;
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
  private final FairShare shares;
  private final Archived archived;
  private final NatsOffersHeard offers;
  private final HelpSettings help;
  private final Room room;
  private final LeastReputation least;
  private final InstantSource clock;
  private final Executor slow;

  /**
   * @param least what the governor asks of everybody
   * @param slow for looking through the swarms, not on the replica's thread
   */
  public Explanations(
      Replica replica,
      Records records,
      TaskIndex index,
      FairShare shares,
      Archived archived,
      NatsOffersHeard offers,
      HelpSettings help,
      Room room,
      LeastReputation least,
      InstantSource clock,
      Executor slow) {
    this.shares = shares;
    this.archived = archived;
    this.help = help;
    this.room = room;
    this.least = least;
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
    return replica
        .refresh(Set.of(key))
        .thenCompose(
            found ->
                found.containsKey(key)
                    ? CompletableFuture.completedFuture(StoredTask.of(found.get(key)).task())
                    : archived.get(id))
        .thenCompose(task -> least.millis().thenApplyAsync(ranked -> explain(id, records.waitingFor(replica, task), swarms, ranked.orElse(0)), slow));
  }

  /**
   * @param leastMillis reputation below which nobody is ranked
   */
  private ExplainTaskResponse explain(TaskId id, Task task, List<SwarmId> swarms, int leastMillis) {
    Instant now = clock.instant();
    TaskCase seen = look(id, task, now);
    ExplainTaskResponse.Builder response =
        ExplainTaskResponse.newBuilder().setState(TaskStates.of(task)).addAllObstacles(ExplainRules.of(seen, now)).setPlace(seen.before());
    if (TaskStates.isTerminal(task)) {
      return response.build();
    }
    Records.planOf(task.getSpec())
        .filter(plan -> records.isCancelled(replica, plan))
        .ifPresent(plan -> response.addObstacles(0, ExplainRules.cancelledWith(plan.value())));
    Optional.of(task).filter(Task::hasReady).flatMap(ready -> room.forClaim()).ifPresent(full -> response.addObstacles(0, ExplainRules.storeFull(full)));
    return response.addAllSwarms(swarms.isEmpty() ? candidates(task, leastMillis) : named(task, swarms, leastMillis)).build();
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
            .toList(),
        task.hasParked() ? Optional.of(helpOf(task)) : Optional.empty());
  }

  private TaskCase.Help helpOf(Task parked) {
    SwarmId payer = HelpMoney.payer(parked.getSpec()).orElseGet(() -> new SwarmId(parked.getParked().getClaim().getSwarmId()));
    return new TaskCase.Help(payer.value(), HelpMoney.lines(records.commitments(replica, payer)), help, records.policy(replica).limits());
  }

  private List<SwarmObstacles> named(Task task, List<SwarmId> swarms, int leastMillis) {
    Optional<FairShare.Division> division = division(task);
    long newest = newestPolicy(standings());
    return swarms.stream()
        .map(
            swarm -> {
              records
                  .unreadable(replica, swarm)
                  .ifPresent(
                      refusal -> {
                        throw refusal.asException();
                      });
              Admission admission = records.admission(replica, swarm);
              if (admission.standing().isEmpty() && records.settledBy(replica, swarm).isPresent()) {
                return SwarmObstacles.newBuilder().setSwarmId(swarm.value()).addObstacles(SwarmRules.unregistered()).build();
              }
              if (admission.standing().isEmpty()) {
                throw Refusal.of(ErrorCode.ERROR_CODE_SWARM_NOT_FOUND, "swarm " + swarm + " is not registered").with("swarm_id", swarm).asException();
              }
              return obstacles(task, division, swarm, admission, newest, leastMillis);
            })
        .toList();
  }

  private List<SwarmObstacles> candidates(Task task, int leastMillis) {
    Optional<FairShare.Division> division = division(task);
    List<Standing> all = standings();
    long newest = newestPolicy(all);
    return all.stream()
        .filter(standing -> canDoSomeOf(task.getSpec(), standing) && !replica.isUnreadable(records.keys().commitments(new SwarmId(standing.getSwarmId()))))
        .map(
            standing -> {
              SwarmId swarm = new SwarmId(standing.getSwarmId());
              return obstacles(task, division, swarm, records.admission(replica, swarm), newest, leastMillis);
            })
        .sorted(NEAREST)
        .limit(SWARMS)
        .toList();
  }

  /** How the equal tasks stand that it is one of; absent unless it is ready and shared out. */
  private Optional<FairShare.Division> division(Task task) {
    return Optional.of(task).filter(Task::hasReady).map(ReadyTask::of).filter(ready -> ready.requirement().isShared()).map(shares::divide);
  }

  private SwarmObstacles obstacles(Task task, Optional<FairShare.Division> division, SwarmId swarm, Admission admission, long newest, int leastMillis) {
    SwarmObstacles.Builder obstacles = SwarmObstacles.newBuilder().setSwarmId(swarm.value());
    if (admission.standing().isEmpty()) {
      return obstacles.build();
    }
    obstacles.addAllObstacles(SwarmRules.of(OwnerRules.spec(task), admission, newest));
    SwarmRules.unranked(OwnerRules.spec(task), admission, leastMillis).ifPresent(obstacles::addObstacles);
    if (task.hasReady() && PushRules.isKeptFrom(task.getPush(), swarm, clock.instant())) {
      obstacles.addObstacles(ExplainRules.kept(task.getPush()));
    }
    division
        .filter(shared -> !shared.mayTake(swarm))
        .ifPresent(shared -> obstacles.addObstacles(SwarmRules.overShare(task.getSpec(), task.getPlanPlace().getPhase(), shared.had(swarm), shared.fewest())));
    return obstacles.build();
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
