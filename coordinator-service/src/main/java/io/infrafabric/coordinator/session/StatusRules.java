package io.infrafabric.coordinator.session;

import com.google.protobuf.Timestamp;
import com.google.protobuf.util.Timestamps;
import io.infrafabric.coordinator.claim.ClaimRules;
import io.infrafabric.coordinator.commitment.CommitmentRules;
import io.infrafabric.coordinator.task.TaskStates;
import io.infrafabric.coordinator.v1.Blocker;
import io.infrafabric.coordinator.v1.BlockerState;
import io.infrafabric.coordinator.v1.Claimed;
import io.infrafabric.coordinator.v1.CommitmentsRecord;
import io.infrafabric.coordinator.v1.NoteRecord;
import io.infrafabric.coordinator.v1.Session;
import io.infrafabric.coordinator.v1.SessionRecord;
import io.infrafabric.coordinator.v1.SessionStatus;
import io.infrafabric.coordinator.v1.SessionWork;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.governor.v1.BreakerState;
import io.infrafabric.governor.v1.Standing;
import io.infrafabric.kit.time.Times;
import io.infrafabric.names.SwarmId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What a swarm does now, of what it holds (O3, O4). Pure. */
final class StatusRules {
  /** Claims that are told of one swarm. */
  static final int WORK = 16;

  private StatusRules() {}

  /**
   * What there is to know of a swarm.
   *
   * @param session empty when it has none
   * @param revision at which that was opened
   * @param standing empty when it is not registered
   * @param held the tasks that it holds, parked or not
   * @param blockers the open ones of those
   * @param helped by blocker: the swarm that a help task is for
   */
  record Facts(
      SwarmId swarm,
      Optional<SessionRecord> session,
      long revision,
      Optional<Standing> standing,
      CommitmentsRecord book,
      List<Task> held,
      List<Blocker> blockers,
      Map<String, String> helped,
      NoteRecord note,
      Optional<Instant> seen) {}

  /** Its status. */
  static Session of(Facts of, Instant now) {
    List<Task> working = of.held().stream().filter(Task::hasClaimed).toList();
    SessionStatus status = status(of, working);
    Session.Builder told =
        Session.newBuilder()
            .setSwarmId(of.swarm().value())
            .setRevision(of.revision())
            .setStatus(status)
            .setReason(reason(status, of, working))
            .addAllWork(of.held().stream().limit(WORK).map(task -> work(task, of.helped())).toList())
            .addAllCanHelp(canHelp(of))
            .addAllHelpWanted(of.blockers().stream().flatMap(StatusRules::needs).distinct().sorted().toList())
            .setNote(of.note().getNote())
            .setPercent((int) working.stream().mapToInt(task -> task.getClaimed().getPercent()).average().orElse(0));
    of.session().ifPresent(session -> told.setOpenedAt(session.getOpenedAt()).setTtl(session.getTtl()));
    if (of.note().hasEstimatedUnblock() && Timestamps.toMillis(of.note().getEstimatedUnblock()) > now.toEpochMilli()) {
      told.setEstimatedUnblock(of.note().getEstimatedUnblock());
    }
    since(status, of, working).ifPresent(told::setSince);
    lastSeen(of).ifPresent(told::setLastSeen);
    return told.build();
  }

  private static SessionStatus status(Facts of, List<Task> working) {
    if (of.session().isEmpty()) {
      return SessionStatus.SESSION_STATUS_AWAY;
    }
    if (!working.isEmpty()) {
      return working.stream().allMatch(StatusRules::isAside) ? SessionStatus.SESSION_STATUS_HELPING : SessionStatus.SESSION_STATUS_WORKING;
    }
    if (of.held().isEmpty()) {
      return isPaused(of) ? SessionStatus.SESSION_STATUS_PAUSED : SessionStatus.SESSION_STATUS_IDLE;
    }
    return of.blockers().stream().anyMatch(blocker -> blocker.getState() != BlockerState.BLOCKER_STATE_WAITING)
        ? SessionStatus.SESSION_STATUS_BLOCKED
        : SessionStatus.SESSION_STATUS_PARKED;
  }

  private static boolean isPaused(Facts of) {
    return of.standing().filter(standing -> standing.getBreaker() == BreakerState.BREAKER_STATE_OPEN).isPresent();
  }

  /** Whether a task is no work of the swarm's own: help, or a filler. */
  private static boolean isAside(Task task) {
    return !task.getSpec().getBlockerId().isEmpty() || task.getPlanPlace().getFiller();
  }

  private static String reason(SessionStatus status, Facts of, List<Task> working) {
    return switch (status) {
      case SESSION_STATUS_IDLE -> "holds nothing";
      case SESSION_STATUS_PAUSED -> "is stopped (" + why(of.standing().orElseThrow()) + ") until a named person lets it go on";
      case SESSION_STATUS_AWAY -> "has no session";
      case SESSION_STATUS_WORKING, SESSION_STATUS_HELPING -> some(working.stream().map(task -> doing(task, of.helped())).toList(), "; ");
      case SESSION_STATUS_BLOCKED, SESSION_STATUS_PARKED ->
          of.blockers().isEmpty() && of.standing().isPresent()
              ? "what it holds is parked until its breaker is closed"
              : some(of.blockers().stream().map(StatusRules::stopped).toList(), "; ");
      case SESSION_STATUS_UNSPECIFIED, UNRECOGNIZED -> "";
    };
  }

  private static String why(Standing standing) {
    return standing.getBreakerReason().name().replaceFirst("BREAKER_REASON_", "").toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  /** A few of many. */
  private static String some(List<String> all, String between) {
    String first = all.stream().limit(3).collect(Collectors.joining(between));
    return all.size() > 3 ? first + between + "and " + (all.size() - 3) + " more" : first;
  }

  private static String doing(Task task, Map<String, String> helped) {
    String what = task.getSpec().getTaskId() + " (" + task.getClaimed().getPercent() + " %)";
    if (!task.getSpec().getBlockerId().isEmpty()) {
      return "helps " + helped.getOrDefault(task.getSpec().getBlockerId(), "another swarm") + " with " + what;
    }
    if (task.getPlanPlace().getFiller()) {
      return "helps plan " + task.getSpec().getPlanId() + " with its filler " + what;
    }
    return "works on " + what + (task.getClaimed().getNote().isEmpty() ? "" : ": " + task.getClaimed().getNote());
  }

  private static String stopped(Blocker blocker) {
    String by = "task " + blocker.getTaskId() + " is stopped by " + blocker.getType();
    return switch (blocker.getState()) {
      case BLOCKER_STATE_WAITING ->
          by + ", waits for " + some(Stream.concat(blocker.getHelpTaskIdsList().stream(), blocker.getWaitsForTaskIdsList().stream()).toList(), ", ");
      case BLOCKER_STATE_ESCALATED -> by + ", needs a person: " + blocker.getDetail();
      case BLOCKER_STATE_OPEN -> by + ", looks for help";
      case BLOCKER_STATE_RESOLVED, BLOCKER_STATE_UNSPECIFIED, UNRECOGNIZED -> by;
    };
  }

  private static SessionWork work(Task task, Map<String, String> helped) {
    Claimed claim = TaskStates.claim(task).orElse(Claimed.getDefaultInstance());
    return SessionWork.newBuilder()
        .setTaskId(task.getSpec().getTaskId())
        .setState(TaskStates.of(task))
        .setPercent(claim.getPercent())
        .setNote(claim.getNote())
        .setPlanId(task.getSpec().getPlanId())
        .setPhase(task.getPlanPlace().getPhase())
        .setHelpsSwarmId(helped.getOrDefault(task.getSpec().getBlockerId(), ""))
        .setFiller(task.getPlanPlace().getFiller())
        .build();
  }

  private static List<String> canHelp(Facts of) {
    boolean can =
        of.session().isPresent()
            && of.standing().filter(standing -> standing.getBreaker() != BreakerState.BREAKER_STATE_OPEN).isPresent()
            && CommitmentRules.atWork(of.book()) < ClaimRules.capacity(of.standing().get());
    return can ? of.standing().get().getCapabilitiesList() : List.of();
  }

  /** What a blocker needs and has not got. */
  private static Stream<String> needs(Blocker blocker) {
    return switch (blocker.getState()) {
      case BLOCKER_STATE_OPEN -> blocker.getNeedsList().stream();
      case BLOCKER_STATE_WAITING, BLOCKER_STATE_ESCALATED -> blocker.getUnmetNeedsList().stream();
      case BLOCKER_STATE_RESOLVED, BLOCKER_STATE_UNSPECIFIED, UNRECOGNIZED -> Stream.empty();
    };
  }

  private static Optional<Timestamp> since(SessionStatus status, Facts of, List<Task> working) {
    Stream<Timestamp> times =
        switch (status) {
          case SESSION_STATUS_WORKING, SESSION_STATUS_HELPING -> working.stream().map(task -> task.getClaimed().getSince());
          case SESSION_STATUS_BLOCKED, SESSION_STATUS_PARKED -> of.blockers().stream().map(Blocker::getRaisedAt);
          case SESSION_STATUS_PAUSED -> of.standing().filter(Standing::hasBreakerSince).map(Standing::getBreakerSince).stream();
          case SESSION_STATUS_IDLE, SESSION_STATUS_AWAY, SESSION_STATUS_UNSPECIFIED, UNRECOGNIZED -> Stream.empty();
        };
    return times.min(Timestamps.comparator());
  }

  private static Optional<Timestamp> lastSeen(Facts of) {
    List<Timestamp> signs = new ArrayList<>();
    of.seen().ifPresent(seen -> signs.add(Times.toProto(seen)));
    of.session().ifPresent(session -> signs.add(session.getOpenedAt()));
    of.held().stream().map(task -> TaskStates.claim(task).orElse(Claimed.getDefaultInstance())).filter(Claimed::hasProgressAt).forEach(claim -> signs.add(claim.getProgressAt()));
    return signs.stream().max(Timestamps.comparator());
  }
}
