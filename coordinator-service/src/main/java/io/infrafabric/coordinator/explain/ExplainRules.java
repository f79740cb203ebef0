package io.infrafabric.coordinator.explain;

import io.infrafabric.coordinator.dispatch.OfferId;
import io.infrafabric.coordinator.task.PushRules;
import io.infrafabric.coordinator.task.ReadinessRules;
import io.infrafabric.coordinator.task.TaskStates;
import io.infrafabric.coordinator.v1.Blocker;
import io.infrafabric.coordinator.v1.ClaimEnd;
import io.infrafabric.coordinator.v1.Claimed;
import io.infrafabric.coordinator.v1.Obstacle;
import io.infrafabric.coordinator.v1.ObstacleType;
import io.infrafabric.coordinator.v1.Push;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskState;
import io.infrafabric.kit.time.Times;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What holds a task back, each in a sentence. Pure. */
final class ExplainRules {
  private ExplainRules() {}

  /** The obstacles of the task itself, whoever would claim it; none for a ready task that is the next and not yet offered. */
  static List<Obstacle> of(TaskCase of, Instant now) {
    Task task = of.task();
    return switch (task.getStateCase()) {
      case WAITING -> waiting(of, now);
      case READY -> ready(of, now);
      case CLAIMED -> List.of(held(task));
      case PARKED -> parked(of);
      case COMPLETED -> List.of(obstacle(ObstacleType.OBSTACLE_TYPE_ENDED, "it was completed by swarm " + task.getCompleted().getClaim().getSwarmId() + byTwin(task)));
      case FAILED -> List.of(ended("it failed for good", task.getFailed().getReason()));
      case CANCELLED -> List.of(ended("it was cancelled", task.getCancelled().getReason()));
      case QUARANTINED -> List.of(quarantined(task));
      case STATE_NOT_SET -> List.of();
    };
  }

  /** A task that has not ended yet although its plan was cancelled. */
  static Obstacle cancelledWith(String planId) {
    return obstacle(ObstacleType.OBSTACLE_TYPE_PLAN_CANCELLED, "plan " + planId + " was cancelled, and it will be with it at any moment", planId);
  }

  private static List<Obstacle> waiting(TaskCase of, Instant now) {
    List<Obstacle> obstacles = new ArrayList<>();
    for (TaskCase.Dependency dependency : of.dependencies()) {
      obstacles.add(obstacle(ObstacleType.OBSTACLE_TYPE_DEPENDENCY, "it waits for task " + dependency.id() + ", which " + state(dependency.task()), dependency.id()));
    }
    String plan = of.task().getSpec().getPlanId();
    for (String phase : of.task().getWaiting().getOpenPhasesList()) {
      obstacles.add(obstacle(ObstacleType.OBSTACLE_TYPE_DEPENDENCY, "it waits for phase " + phase + " of plan " + plan + ", which is not completed", phase));
    }
    if (of.task().getWaiting().getHeld()) {
      obstacles.add(obstacle(ObstacleType.OBSTACLE_TYPE_DEPENDENCY, "it waits for plan " + plan + " to have all of its tasks", plan));
    }
    if (of.task().getWaiting().getAwaitsApproval()) {
      obstacles.add(obstacle(ObstacleType.OBSTACLE_TYPE_APPROVAL, "it waits for a named person to approve it"));
    }
    if (!ReadinessRules.timeHasCome(of.task().getWaiting(), now)) {
      Instant from = Times.toInstant(of.task().getWaiting().getNotBefore());
      String why = of.task().getAttemptsCount() > 0 ? ": the back-off after attempt " + of.task().getAttempt() : "";
      obstacles.add(
          obstacle(ObstacleType.OBSTACLE_TYPE_NOT_BEFORE, "it may not be claimed before " + from + ", in " + span(Duration.between(now, from)) + why));
    }
    return obstacles;
  }

  private static String state(Optional<Task> task) {
    if (task.isEmpty()) {
      return "is not there any more";
    }
    TaskState state = TaskStates.of(task.get());
    return switch (task.get().getStateCase()) {
      case CLAIMED -> "swarm " + task.get().getClaimed().getSwarmId() + " works on (" + task.get().getClaimed().getPercent() + " %)";
      case FAILED, CANCELLED -> "is " + TaskStates.word(state) + " and will never be completed";
      case QUARANTINED -> "is QUARANTINED until an operator requeues it";
      case WAITING, READY, PARKED, COMPLETED, STATE_NOT_SET -> "is " + TaskStates.word(state);
    };
  }

  private static List<Obstacle> ready(TaskCase of, Instant now) {
    List<Obstacle> obstacles = new ArrayList<>();
    if (PushRules.isOpen(of.task().getPush(), now)) {
      return List.of(kept(of.task().getPush()));
    }
    for (OfferId offer : of.offers()) {
      obstacles.add(
          obstacle(
              ObstacleType.OBSTACLE_TYPE_OFFER_OUTSTANDING,
              "it was offered to swarm " + offer.swarm() + ", which may take it up until " + offer.until() + "; others are asked too while it does not",
              offer.swarm().value()));
    }
    if (of.before() > 0) {
      obstacles.add(
          obstacle(
              ObstacleType.OBSTACLE_TYPE_ORDER,
              of.before() + (of.before() == 1 ? " ready task goes" : " ready tasks go") + " before it, " + order(of.task())));
    }
    return obstacles;
  }

  /** A ready task that was offered to one swarm by hand is nobody else's, whatever its place. */
  static Obstacle kept(Push push) {
    return obstacle(
        ObstacleType.OBSTACLE_TYPE_KEPT,
        "it is kept for swarm " + push.getSwarmId() + ", to which it was offered by hand, until " + Times.toInstant(push.getUntil()),
        push.getSwarmId());
  }

  private static String order(Task task) {
    return task.getPlanPlace().getFiller() ? "because it is a filler, for swarms that have nothing else to do" : "by priority and age";
  }

  private static Obstacle held(Task task) {
    Claimed claim = task.getClaimed();
    return obstacle(
        ObstacleType.OBSTACLE_TYPE_HELD,
        "swarm " + claim.getSwarmId() + " works on it since " + Times.toInstant(claim.getSince()) + " (" + claim.getPercent() + " %)" + twin(task),
        claim.getSwarmId());
  }

  private static String twin(Task task) {
    if (!task.getTwinOf().isEmpty()) {
      return "; it is the twin of task " + task.getTwinOf() + ": whichever is completed first decides";
    }
    return task.getTwinId().isEmpty() ? "" : "; task " + task.getTwinId() + " is its twin: whichever is completed first decides";
  }

  private static String byTwin(Task task) {
    boolean own = task.getAttemptsCount() > 0 && task.getAttempts(task.getAttemptsCount() - 1).getEnd() == ClaimEnd.CLAIM_END_COMPLETED;
    return own || task.getTwinId().isEmpty() ? "" : ", which has done its twin " + task.getTwinId();
  }

  private static List<Obstacle> parked(TaskCase of) {
    List<Obstacle> obstacles = new ArrayList<>();
    List<String> blockers = of.task().getParked().getBlockerIdsList();
    if (of.task().getParked().getByBreaker()) {
      String swarm = of.task().getParked().getClaim().getSwarmId();
      obstacles.add(
          obstacle(ObstacleType.OBSTACLE_TYPE_BREAKER, "swarm " + swarm + " holds it and is stopped by its breaker, until that is closed", swarm));
    }
    if (blockers.isEmpty()) {
      return obstacles;
    }
    obstacles.add(
        Obstacle.newBuilder()
            .setType(ObstacleType.OBSTACLE_TYPE_BLOCKER)
            .setDetail(
                "swarm " + of.task().getParked().getClaim().getSwarmId() + " holds it and is stopped by "
                    + blockers.size() + (blockers.size() == 1 ? " open blocker" : " open blockers"))
            .addAllIds(blockers)
            .build());
    for (Blocker blocker : of.blockers()) {
      of.help().filter(help -> help.isFullFor(blocker)).ifPresent(help -> obstacles.add(helpMoney(blocker, help)));
      obstacles.add(
          obstacle(
              ObstacleType.OBSTACLE_TYPE_BLOCKER,
              "blocker " + blocker.getBlockerId() + " of type " + blocker.getType() + " " + stage(blocker),
              blocker.getBlockerId()));
    }
    return obstacles;
  }

  private static Obstacle helpMoney(Blocker blocker, TaskCase.Help help) {
    return obstacle(
        ObstacleType.OBSTACLE_TYPE_HELP_MONEY,
        "the help for blocker " + blocker.getBlockerId() + " waits for room in the book of swarm " + help.payer() + ", which pays for it: "
            + help.lines() + " of its " + help.settings().lines() + " lines for help are taken",
        blocker.getBlockerId(),
        help.payer());
  }

  private static String stage(Blocker blocker) {
    return switch (blocker.getState()) {
      case BLOCKER_STATE_OPEN -> "looks for help: " + String.join(", ", blocker.getNeedsList());
      case BLOCKER_STATE_WAITING ->
          "waits for " + Stream.concat(blocker.getHelpTaskIdsList().stream(), blocker.getWaitsForTaskIdsList().stream()).collect(Collectors.joining(", "));
      case BLOCKER_STATE_ESCALATED -> "needs a person: " + blocker.getDetail();
      case BLOCKER_STATE_RESOLVED -> "is resolved";
      case BLOCKER_STATE_UNSPECIFIED, UNRECOGNIZED -> "is in a state that this version does not know";
    };
  }

  private static Obstacle ended(String how, String reason) {
    return obstacle(ObstacleType.OBSTACLE_TYPE_ENDED, reason.isEmpty() ? how : how + ": " + reason);
  }

  private static Obstacle quarantined(Task task) {
    String last = task.getAttemptsCount() == 0 ? "" : task.getAttempts(task.getAttemptsCount() - 1).getReason();
    String after = "it is in quarantine after " + task.getAttempt() + (task.getAttempt() == 1 ? " attempt" : " attempts") + " until an operator requeues it";
    return ended(after, last);
  }

  static Obstacle obstacle(ObstacleType type, String detail, String... ids) {
    return Obstacle.newBuilder().setType(type).setDetail(detail).addAllIds(List.of(ids)).build();
  }

  /** Such as 4m 30s; at least a second. */
  static String span(Duration time) {
    long seconds = Math.max(1, time.plusMillis(999).toSeconds());
    if (seconds < 60) {
      return seconds + "s";
    }
    if (seconds < 3_600) {
      return seconds / 60 + "m" + (seconds % 60 == 0 ? "" : " " + seconds % 60 + "s");
    }
    return seconds / 3_600 + "h" + (seconds % 3_600 / 60 == 0 ? "" : " " + seconds % 3_600 / 60 + "m");
  }
}
