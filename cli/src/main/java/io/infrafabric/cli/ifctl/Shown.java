package io.infrafabric.cli.ifctl;

import com.google.protobuf.Timestamp;
import com.google.protobuf.util.Durations;
import com.google.protobuf.util.Timestamps;
import io.infrafabric.cli.output.Money;
import io.infrafabric.cli.output.Table;
import io.infrafabric.coordinator.v1.Blocker;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.ExplainTaskResponse;
import io.infrafabric.coordinator.v1.HeldClaim;
import io.infrafabric.coordinator.v1.Offer;
import io.infrafabric.coordinator.v1.PlanProgress;
import io.infrafabric.coordinator.v1.PlanState;
import io.infrafabric.coordinator.v1.PlanSummary;
import io.infrafabric.coordinator.v1.Session;
import io.infrafabric.coordinator.v1.SwarmObstacles;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.governor.v1.CapabilityStop;
import io.infrafabric.governor.v1.ManifestVersion;
import io.infrafabric.governor.v1.Standing;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Records of the fabric as rows for people. */
final class Shown {
  private Shown() {}

  /** Of a task: what is known at a glance. */
  static Table tasks(List<Task> tasks) {
    Table table = Table.of("TASK", "STATE", "SWARM", "FENCE", "ATTEMPT", "MAX COST", "CAPABILITIES", "DETAIL");
    for (Task task : tasks) {
      var claim =
          task.hasCompleted() ? task.getCompleted().getClaim() : task.hasParked() ? task.getParked().getClaim() : task.getClaimed();
      table.row(
          task.getSpec().getTaskId(),
          task.getStateCase(),
          claim.getSwarmId(),
          claim.getFence() == 0 ? "-" : claim.getFence(),
          task.getAttempt(),
          Money.dollars(task.getSpec().getMaxCostMicros()),
          String.join(",", task.getSpec().getRequiredCapabilitiesList()),
          detail(task));
    }
    return table;
  }

  static String line(Task task) {
    return tasks(List.of(task)).lines().getLast();
  }

  private static String detail(Task task) {
    return switch (task.getStateCase()) {
      case WAITING -> "waits for " + waitsFor(task);
      case READY -> "since " + time(task.getReady().getSince());
      case CLAIMED -> "%d%% %s".formatted(task.getClaimed().getPercent(), task.getClaimed().getNote()).strip();
      case PARKED -> blockedBy(task.getParked().getBlockerIdsList());
      case COMPLETED -> "cost " + Money.dollars(task.getCompleted().getCostMicros());
      case FAILED -> task.getFailed().getReason();
      case CANCELLED -> task.getCancelled().getReason();
      case QUARANTINED -> task.getQuarantined().getReason().isEmpty() ? "after %d attempts".formatted(task.getAttempt()) : task.getQuarantined().getReason();
      case STATE_NOT_SET -> "";
    };
  }

  /** There may be many. */
  private static String blockedBy(List<String> blockers) {
    String more = blockers.size() > 3 ? " and %d more".formatted(blockers.size() - 3) : "";
    return "blocked by " + String.join(",", blockers.subList(0, Math.min(3, blockers.size()))) + more;
  }

  private static String waitsFor(Task task) {
    var waiting = task.getWaiting();
    if (waiting.getOpenPhasesCount() > 0) {
      return "phase " + String.join(",", waiting.getOpenPhasesList());
    }
    if (waiting.getHeld()) {
      return "plan " + task.getSpec().getPlanId();
    }
    if (waiting.getAwaitsApproval()) {
      return "approval";
    }
    return waiting.getOpenDependenciesCount() == 0
        ? time(waiting.getNotBefore())
        : String.join(",", waiting.getOpenDependenciesList());
  }

  static Table offers(List<Offer> offers) {
    Table table = Table.of("TASK", "SWARM", "UNTIL");
    offers.forEach(offer -> table.row(offer.getTaskId(), offer.getSwarmId(), time(offer.getExpiresAt())));
    return table;
  }

  /** Of a blocker: what is known at a glance. */
  static Table blockers(List<Blocker> blockers) {
    Table table = Table.of("BLOCKER", "TASK", "SWARM", "TYPE", "SEVERITY", "STATE", "HELP", "DETAIL");
    for (Blocker blocker : blockers) {
      table.row(
          blocker.getBlockerId(),
          blocker.getTaskId(),
          blocker.getSwarmId(),
          blocker.getType(),
          word(blocker.getSeverity()),
          word(blocker.getState()),
          String.join(",", blocker.getHelpTaskIdsList()),
          blocker.hasResolvedAt() ? "by " + blocker.getResolvedBy() + " " + blocker.getResolution() : blocker.getDetail());
    }
    return table;
  }

  static String line(Blocker blocker) {
    return blockers(List.of(blocker)).lines().getLast();
  }

  /** A row for each obstacle; a swarm that could claim has one that says so. */
  static Table explanation(String taskId, ExplainTaskResponse explained) {
    Table table = Table.of("WHO", "WHAT", "WHY");
    table.row("task " + taskId, word(explained.getState()), explained.getObstaclesCount() == 0 ? "nothing holds it back" : "");
    explained.getObstaclesList().forEach(obstacle -> table.row("task " + taskId, word(obstacle.getType()), obstacle.getDetail()));
    for (SwarmObstacles swarm : explained.getSwarmsList()) {
      if (swarm.getObstaclesCount() == 0) {
        table.row("swarm " + swarm.getSwarmId(), "fit", "it could claim it when it is ready");
      }
      swarm.getObstaclesList().forEach(obstacle -> table.row("swarm " + swarm.getSwarmId(), word(obstacle.getType()), obstacle.getDetail()));
    }
    return table;
  }

  static Table claim(Claim claim) {
    return Table.of("TASK", "SWARM", "FENCE", "ATTEMPT", "CLAIM")
        .row(claim.getTaskId(), claim.getSwarmId(), claim.getFence(), claim.getAttempt(), claim.getClaimId());
  }

  /** Of plans: how far each is. */
  static Table plans(List<PlanSummary> plans) {
    Table table = Table.of("PLAN", "STATE", "PERCENT", "COMPLETED", "FAILED", "PENDING", "RUNNING", "PHASES", "CREATED");
    for (PlanSummary plan : plans) {
      PlanProgress now = plan.getProgress();
      table.row(
          plan.getPlanId(),
          plan.hasArchivedAt() ? word(plan.getState()) + " (archived)" : word(plan.getState()),
          String.format(Locale.ROOT, "%.1f", now.getPercent()),
          now.getCompleted(),
          now.getFailed(),
          now.getPending(),
          now.getRunning(),
          plan.getCompletedPhases() + "/" + plan.getPhases(),
          time(plan.getCreatedAt()));
    }
    return table;
  }

  /** How far one plan is. */
  static Table progress(String planId, PlanState state, PlanProgress now) {
    return Table.of("PLAN", "STATE", "PERCENT", "COMPLETED", "FAILED", "CANCELLED", "PENDING", "RUNNING")
        .row(
            planId,
            word(state),
            String.format(Locale.ROOT, "%.1f", now.getPercent()),
            now.getCompleted(),
            now.getFailed(),
            now.getCancelled(),
            now.getPending(),
            now.getRunning());
  }

  static String line(PlanSummary plan) {
    return plans(List.of(plan)).lines().getLast();
  }

  /** Of claims that have not ended: what whoever goes on with them needs. */
  static Table held(List<HeldClaim> claims) {
    Table table = Table.of("TASK", "STATE", "FENCE", "ATTEMPT", "PERCENT", "NOTE", "AGENT", "PLAN", "PHASE", "CHECKPOINT", "CLAIM");
    for (HeldClaim held : claims) {
      table.row(
          held.getClaim().getTaskId(),
          word(held.getState()),
          held.getClaim().getFence(),
          held.getClaim().getAttempt(),
          held.getPercent(),
          held.getNote(),
          held.getAgent(),
          held.getClaim().getSpec().getPlanId(),
          held.getPhase(),
          held.getClaim().hasCheckpoint() ? held.getClaim().getCheckpoint().getData().size() + " bytes" : "",
          held.getClaim().getClaimId());
    }
    return table;
  }

  /** Of swarms: what each does now. */
  static Table sessions(List<Session> sessions) {
    Table table = Table.of("SWARM", "STATUS", "PERCENT", "SINCE", "LAST SEEN", "CAN HELP", "HELP WANTED", "UNBLOCKED", "IDLE", "REASON");
    for (Session session : sessions) {
      table.row(
          session.getSwarmId(),
          word(session.getStatus()),
          session.getPercent(),
          session.hasSince() ? time(session.getSince()) : "",
          session.hasLastSeen() ? time(session.getLastSeen()) : "",
          String.join(",", session.getCanHelpList()),
          String.join(",", session.getHelpWantedList()),
          session.hasEstimatedUnblock() ? time(session.getEstimatedUnblock()) : "",
          idle(session),
          session.getNote().isEmpty() ? session.getReason() : session.getReason() + " - " + session.getNote());
    }
    return table;
  }

  /** The share of its time with a session in which it worked on nothing. */
  private static String idle(Session session) {
    long online = Durations.toMillis(session.getOnline());
    return online == 0 ? "" : Math.round(100.0 * Durations.toMillis(session.getIdle()) / online) + " %";
  }

  static String line(Session session) {
    return sessions(List.of(session)).lines().getLast();
  }

  private static String breaker(Standing standing) {
    String state =
        switch (standing.getBreaker()) {
          case BREAKER_STATE_OPEN -> word(standing.getBreakerReason());
          case BREAKER_STATE_HALF_OPEN -> "half open";
          case BREAKER_STATE_CLOSED, BREAKER_STATE_UNSPECIFIED, UNRECOGNIZED ->
              standing.getStopsCount() == 0 ? "closed" : standing.getStopsList().stream().map(CapabilityStop::getCapability).collect(Collectors.joining(", ", "not for ", ""));
        };
    return standing.getUnregistered() ? state + " (unregistered)" : state;
  }

  static Table standings(List<Standing> standings) {
    Table table = Table.of("SWARM", "CREDIT", "BREAKER", "REPUTATION", "COST/H", "CLAIMS", "CAPABILITIES");
    for (Standing standing : standings) {
      table.row(
          standing.getSwarmId(),
          Money.dollars(standing.getCreditMicros()),
          breaker(standing),
          "%d.%03d".formatted(standing.getReputationMillis() / 1000, standing.getReputationMillis() % 1000),
          Money.dollars(standing.getCostPerHourMicros()),
          standing.getMaxConcurrent(),
          String.join(",", standing.getCapabilitiesList()));
    }
    return table;
  }

  static String line(Standing standing) {
    return standings(List.of(standing)).lines().getLast();
  }

  /** Versions of a manifest. */
  static Table manifests(List<ManifestVersion> versions) {
    Table table = Table.of("VERSION", "COUNTED", "REGISTERED", "SIGNED BY", "MODEL", "COST/H", "CLAIMS", "CAPABILITIES", "DIGEST");
    for (ManifestVersion version : versions) {
      table.row(
          version.getVersion(),
          version.getManifest().getManifestVersion() == 0 ? "-" : version.getManifest().getManifestVersion(),
          version.hasRegisteredAt() ? time(version.getRegisteredAt()) : "",
          version.getSignedBy(),
          version.getManifest().getModel(),
          Money.dollars(version.getManifest().getCostPerHourMicros()),
          version.getManifest().getMaxConcurrent(),
          String.join(",", version.getManifest().getCapabilitiesList()),
          version.getDigest().substring(0, Math.min(12, version.getDigest().length())));
    }
    return table;
  }

  static String time(Timestamp time) {
    return Timestamps.toString(time);
  }

  /** The last words of an enum's name: BREAKER_REASON_MANUAL is manual. */
  static String word(Enum<?> value) {
    String name = value.name().replaceFirst("^(BREAKER_STATE|BREAKER_REASON|OBSTACLE_TYPE|BLOCKER_STATE|PLAN_STATE|SESSION_STATUS|SEVERITY|TASK_STATE|REJECT_REASON|ESCALATION_TYPE|ESCALATION_STATE|ESCALATION_EFFECT_STATE|DELIVERY_STATE)_", "");
    return name.equals("UNSPECIFIED") ? "" : name.toLowerCase(Locale.ROOT).replace('_', ' ');
  }
}
