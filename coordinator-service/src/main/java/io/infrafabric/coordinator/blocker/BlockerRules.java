package io.infrafabric.coordinator.blocker;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.claim.ClaimRules;
import io.infrafabric.coordinator.task.StoredTask;
import io.infrafabric.coordinator.task.TaskStates;
import io.infrafabric.coordinator.v1.Blocker;
import io.infrafabric.coordinator.v1.BlockerState;
import io.infrafabric.coordinator.v1.BlockerWait;
import io.infrafabric.coordinator.v1.Claimed;
import io.infrafabric.coordinator.v1.Parked;
import io.infrafabric.coordinator.v1.RaiseBlockerRequest;
import io.infrafabric.coordinator.v1.Severity;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.error.Refusal;
import io.infrafabric.kit.time.Times;
import io.infrafabric.names.BlockerId;
import io.infrafabric.names.TaskId;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** What a blocker makes of its task. Pure. */
final class BlockerRules {
  /** Open blockers of one task; keeps its record small. */
  static final int MOST_OPEN = 1_500;

  private BlockerRules() {}

  /** The same id at every try of a request. */
  static BlockerId id(TaskId task, String requestId) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest((task + "/" + requestId).getBytes(StandardCharsets.UTF_8));
      return new BlockerId("b-" + HexFormat.of().formatHex(digest, 0, 13));
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /** The blocker that a request asks for, as it is when it is new. */
  static Blocker raised(RaiseBlockerRequest request, BlockerId id, Instant now) {
    List<String> needs = NeedRules.needs(request);
    boolean onlyWaits = needs.isEmpty() && request.getWaitsForTaskIdsCount() > 0;
    return Blocker.newBuilder()
        .setBlockerId(id.value())
        .setTaskId(request.getTaskId())
        .setSwarmId(request.getSwarmId())
        .setFence(request.getFence())
        .setType(request.getType())
        .setDescription(request.getDescription())
        .setSeverity(request.getSeverity() == Severity.SEVERITY_UNSPECIFIED ? Severity.SEVERITY_MEDIUM : request.getSeverity())
        .addAllNeeds(needs)
        .addAllWaitsForTaskIds(request.getWaitsForTaskIdsList().stream().distinct().toList())
        .setRaisedAt(Times.toProto(now))
        .setState(onlyWaits ? BlockerState.BLOCKER_STATE_WAITING : BlockerState.BLOCKER_STATE_OPEN)
        .build();
  }

  /** Whether a stored blocker is what this blocker was when it was new. */
  static boolean sameContent(Blocker stored, Blocker asked) {
    return stored.getTaskId().equals(asked.getTaskId())
        && stored.getSwarmId().equals(asked.getSwarmId())
        && stored.getFence() == asked.getFence()
        && stored.getType().equals(asked.getType())
        && stored.getDescription().equals(asked.getDescription())
        && stored.getSeverity() == asked.getSeverity()
        && stored.getNeedsList().equals(asked.getNeedsList())
        && stored.getWaitsForTaskIdsList().equals(asked.getWaitsForTaskIdsList());
  }

  /** Why this swarm cannot raise a blocker under this fence; nothing when it holds the claim, parked or not, and there is room. */
  static Optional<Refusal> refused(String taskId, Optional<StoredTask> stored, String swarm, long fence) {
    Optional<Claimed> claim = stored.flatMap(found -> TaskStates.claim(found.task()));
    if (claim.isEmpty() || claim.get().getFence() != fence || !claim.get().getSwarmId().equals(swarm)) {
      return switch (ClaimRules.report(taskId, stored, swarm, fence, "")) {
        case ClaimRules.Report.Refused(Refusal refusal) -> Optional.of(refusal);
        case ClaimRules.Report.Current current -> Optional.empty();
        case ClaimRules.Report.Done done -> throw new IllegalStateException("a blocker never ended a claim");
      };
    }
    if (stored.get().task().getParked().getBlockerIdsCount() >= MOST_OPEN) {
      return Optional.of(
          Refusal.of(ErrorCode.ERROR_CODE_OVERLOADED, "task " + taskId + " has " + MOST_OPEN + " open blockers already")
              .with("task_id", taskId)
              .retryAfter(Duration.ofSeconds(1)));
    }
    return Optional.empty();
  }

  /** The task stopped by one more blocker; its holder keeps claim and fence. */
  static Task park(Task task, Blocker blocker) {
    Parked.Builder parked =
        task.hasParked() ? task.getParked().toBuilder() : Parked.newBuilder().setClaim(TaskStates.claim(task).orElseThrow());
    parked.addBlockerIds(blocker.getBlockerId());
    if (blocker.getWaitsForTaskIdsCount() > 0) {
      parked.addWaits(BlockerWait.newBuilder().setBlockerId(blocker.getBlockerId()).addAllTaskIds(blocker.getWaitsForTaskIdsList()));
    }
    return task.toBuilder().setParked(parked).build();
  }

  /** Whether the task is stopped by this blocker. Its claim has another fence by now when a newer session has inherited it. */
  static boolean isParkedBy(Optional<Task> task, Blocker blocker) {
    Claimed claim = task.map(Task::getParked).map(Parked::getClaim).orElse(Claimed.getDefaultInstance());
    return task.isPresent()
        && task.get().hasParked()
        && (claim.getFence() == blocker.getFence() || claim.getInherited() > 0)
        && task.get().getParked().getBlockerIdsList().contains(blocker.getBlockerId());
  }

  /** The parked task with tasks that help it, for which a part of its cap is set aside. */
  static Task helped(Task task, Blocker blocker, List<String> helpTasks, long reservedMicros) {
    Parked.Builder parked = task.getParked().toBuilder().clearWaits();
    task.getParked().getWaitsList().stream().filter(wait -> !wait.getBlockerId().equals(blocker.getBlockerId())).forEach(parked::addWaits);
    parked.addWaits(
        BlockerWait.newBuilder()
            .setBlockerId(blocker.getBlockerId())
            .addAllTaskIds(blocker.getWaitsForTaskIdsList())
            .addAllTaskIds(helpTasks)
            .setReservedMicros(reservedMicros));
    return task.toBuilder().setParked(parked).build();
  }

  /**
   * The task without a blocker; claimed again when it was the last one and no breaker stops it, with its clocks begun anew.
   *
   * @param helpMicros what the help of the blocker has cost
   * @param liveSession revision of the holder's session; without one the claim keeps its own and is taken back as any of a dead swarm
   */
  static Task released(Task task, Blocker blocker, long helpMicros, Instant now, OptionalLong liveSession) {
    Parked before = task.getParked();
    Parked.Builder parked = before.toBuilder().clearBlockerIds().clearWaits();
    before.getBlockerIdsList().stream().filter(id -> !id.equals(blocker.getBlockerId())).forEach(parked::addBlockerIds);
    before.getWaitsList().stream().filter(wait -> !wait.getBlockerId().equals(blocker.getBlockerId())).forEach(parked::addWaits);
    parked.getClaimBuilder().setHelpMicros(before.getClaim().getHelpMicros() + helpMicros);
    if (parked.getBlockerIdsCount() > 0 || parked.getByBreaker()) {
      return task.toBuilder().setParked(parked).build();
    }
    Claimed.Builder claim = parked.getClaim().toBuilder().setProgressAt(Times.toProto(now));
    liveSession.ifPresent(claim::setSessionRevision);
    return task.toBuilder().setClaimed(claim).build();
  }
}
