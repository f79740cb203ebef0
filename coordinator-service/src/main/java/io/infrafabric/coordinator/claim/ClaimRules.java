package io.infrafabric.coordinator.claim;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.common.v1.SkillLevel;
import io.infrafabric.coordinator.commitment.CommitmentRules;
import io.infrafabric.coordinator.task.OwnerRules;
import io.infrafabric.coordinator.task.StoredTask;
import io.infrafabric.coordinator.task.TaskStates;
import io.infrafabric.coordinator.v1.Attempt;
import io.infrafabric.coordinator.v1.Claimed;
import io.infrafabric.coordinator.v1.CommitmentsRecord;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.coordinator.v1.Waiting;
import io.infrafabric.error.Refusal;
import io.infrafabric.governor.v1.Standing;
import io.infrafabric.policy.ActivePolicy;
import io.infrafabric.policy.LimitRules;
import io.infrafabric.policy.StopRules;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Who may claim what, and whose report counts. Pure: no clock, no store. */
public final class ClaimRules {
  /** Claims a swarm may hold when its manifest does not say. */
  public static final int CONCURRENT_DEFAULT = 3;

  private ClaimRules() {}

  /** What a look at a task and a swarm says of a claim. */
  public sealed interface Verdict {
    /** It may be claimed; nothing has been promised yet. */
    record Admit() implements Verdict {}

    /** The swarm has it already. */
    record Held(Claimed claim) implements Verdict {}

    /** It may not. */
    record Refused(Refusal refusal, boolean certain) implements Verdict {}
  }

  /** Decides on a claim of this task by this swarm. */
  public static Verdict judge(String taskId, Optional<StoredTask> stored, ClaimCommand command, Admission admission) {
    Optional<Refusal> session = session(command, admission);
    if (session.isPresent() && !hasClaimedBefore(stored, command, admission)) {
      return new Verdict.Refused(session.get(), false);
    }
    if (stored.isEmpty()) {
      return new Verdict.Refused(
          Refusal.of(ErrorCode.ERROR_CODE_TASK_NOT_FOUND, "there is no task " + taskId).with("task_id", taskId), false);
    }
    Task task = stored.get().task();
    switch (task.getStateCase()) {
      case READY -> {}
      case CLAIMED -> {
        return claimed(task, command, admission);
      }
      case COMPLETED, FAILED, CANCELLED -> {
        return new Verdict.Refused(ended(task), true);
      }
      case QUARANTINED -> {
        return new Verdict.Refused(ended(task), false); // an operator may have given it another chance
      }
      case PARKED -> {
        Claimed claim = task.getParked().getClaim();
        return isSame(claim, command, admission) ? new Verdict.Held(claim) : new Verdict.Refused(notReady(task), false);
      }
      case WAITING, STATE_NOT_SET -> {
        return new Verdict.Refused(notReady(task), false);
      }
    }
    Optional<Refusal> refusal = admit(OwnerRules.spec(task), admission);
    return refusal.<Verdict>map(r -> new Verdict.Refused(r.with("task_id", taskId).with("swarm_id", command.swarm()), false))
        .orElseGet(Verdict.Admit::new);
  }

  /** Whether the caller is a registered swarm with the session it says. */
  static Optional<Refusal> session(ClaimCommand command, Admission admission) {
    if (admission.standing().isEmpty()) {
      return Optional.of(
          Refusal.of(ErrorCode.ERROR_CODE_SWARM_NOT_FOUND, "swarm " + command.swarm() + " is not registered")
              .with("swarm_id", command.swarm()));
    }
    if (admission.session().isEmpty() || !admission.session().get().getSessionId().equals(command.sessionId())) {
      return Optional.of(
          Refusal.of(ErrorCode.ERROR_CODE_SESSION_NOT_FOUND, "swarm " + command.swarm() + " has no live session with that id")
              .with("swarm_id", command.swarm()));
    }
    return Optional.empty();
  }

  /** Whether this very request has claimed the task in a session that is alive: a retry is told so, also when the swarm was unregistered since. */
  private static boolean hasClaimedBefore(Optional<StoredTask> stored, ClaimCommand command, Admission admission) {
    Optional<Claimed> claim = stored.map(StoredTask::task).map(task -> task.hasParked() ? task.getParked().getClaim() : task.getClaimed());
    return admission.session().filter(session -> session.getSessionId().equals(command.sessionId())).isPresent()
        && claim.filter(found -> found.getRequestId().equals(command.requestId()) && isSame(found, command, admission)).isPresent();
  }

  private static boolean isSame(Claimed claim, ClaimCommand command, Admission admission) {
    return claim.getSwarmId().equals(command.swarm().value())
        && claim.getSessionRevision() == admission.sessionRevision()
        && (claim.getRequestId().equals(command.requestId()) || (!command.another() && claim.getAgent().equals(command.agent())));
  }

  private static Verdict claimed(Task task, ClaimCommand command, Admission admission) {
    Claimed claim = task.getClaimed();
    if (isSame(claim, command, admission)) {
      return new Verdict.Held(claim);
    }
    String holder = claim.getAgent().isEmpty() ? claim.getSwarmId() : claim.getSwarmId() + " (" + claim.getAgent() + ")";
    return new Verdict.Refused(
        Refusal.of(ErrorCode.ERROR_CODE_ALREADY_CLAIMED, "task " + task.getSpec().getTaskId() + " is held by swarm " + holder)
            .with("task_id", task.getSpec().getTaskId())
            .with("holder", claim.getSwarmId())
            .with("attempt", task.getAttempt()),
        false); // by now it may be free again
  }

  /** Whether a swarm with this standing may take on this task, whatever the task's state. All but the task's own state. */
  public static Optional<Refusal> admit(TaskSpec spec, Admission admission) {
    return admitKind(spec, admission).or(() -> PolicyRules.denied(spec, admission));
  }

  /**
   * The same by what ready tasks of one kind have in common: all but the conditions of the policy, which look at more of a task than that.
   */
  public static Optional<Refusal> admitKind(TaskSpec spec, Admission admission) {
    Standing standing = admission.standing().orElseThrow();
    ActivePolicy policy = admission.policy();
    if (spec.getExcludeSwarmIdsCount() > 0 && spec.getExcludeSwarmIdsList().contains(standing.getSwarmId())) {
      return Optional.of(
          Refusal.of(ErrorCode.ERROR_CODE_PERMISSION_DENIED, "swarm " + standing.getSwarmId() + " is one of those that may not claim task " + spec.getTaskId()));
    }
    if (OwnerRules.isOthers(spec, standing.getSwarmId())) {
      String owners = String.join(", ", spec.getOwnerSwarmIdsList());
      return Optional.of(
          Refusal.of(ErrorCode.ERROR_CODE_PERMISSION_DENIED, "the task belongs to " + owners + ", not to swarm " + standing.getSwarmId()).with("owners", owners));
    }
    Optional<StopRules.Stop> stop = StopRules.ofClaim(standing, spec.getRequiredCapabilitiesList(), admission.commitments());
    if (stop.isPresent()) {
      return Optional.of(stopped(standing, stop.get()));
    }
    List<String> missing = missing(spec, standing);
    int required = spec.getRequiredCapabilitiesCount();
    if (!LimitRules.covers(policy.limits(), required - missing.size(), required)) {
      return Optional.of(
          Refusal.of(ErrorCode.ERROR_CODE_CAPABILITY_MISSING, "swarm " + standing.getSwarmId() + " lacks " + lacked(spec, standing, missing))
              .with("missing", String.join(",", missing))
              .with("policy_revision", policy.revision()));
    }
    if (standing.getReputationMillis() < spec.getMinReputationMillis()) {
      return Optional.of(
          Refusal.of(
                  ErrorCode.ERROR_CODE_REPUTATION_TOO_LOW,
                  "swarm " + standing.getSwarmId() + " has a reputation of " + standing.getReputationMillis() + " of 1000, the task wants " + spec.getMinReputationMillis())
              .with("reputation_millis", standing.getReputationMillis()));
    }
    return PolicyRules.overLimits(spec, policy)
        .or(() -> affords(spec, standing, CommitmentRules.withoutSettled(admission.commitments(), standing)));
  }

  private static Refusal stopped(Standing standing, StopRules.Stop stop) {
    Refusal refusal = Refusal.of(ErrorCode.ERROR_CODE_BREAKER_OPEN, stop.sentence(standing.getSwarmId())).with("reason", stop.reason());
    return stop.capability().isEmpty() ? refusal : refusal.with("capability", stop.capability());
  }

  private static Optional<Refusal> affords(TaskSpec spec, Standing standing, CommitmentsRecord open) {
    int most = capacity(standing);
    int held = CommitmentRules.atWork(open);
    if (held >= most) {
      return Optional.of(
          Refusal.of(ErrorCode.ERROR_CODE_AT_CAPACITY, "swarm " + standing.getSwarmId() + " holds " + held + " of " + most + " claims")
              .with("max_concurrent", most)
              .retryAfter(Duration.ofSeconds(1)));
    }
    if (CommitmentRules.claims(open) >= CommitmentRules.MOST) {
      return Optional.of(
          Refusal.of(
                  ErrorCode.ERROR_CODE_SETTLEMENT_BACKLOG,
                  (CommitmentRules.claims(open) - held) + " claims of swarm " + standing.getSwarmId() + " are parked, or have ended and wait to be booked")
              .retryAfter(Duration.ofSeconds(1)));
    }
    long total = CommitmentRules.totalMicros(open);
    long promise = CommitmentRules.promiseMicros(spec);
    long shortfall = Math.addExact(total, promise) - standing.getCreditMicros();
    if (promise > 0 && shortfall > 0) {
      return Optional.of(
          Refusal.of(
                  ErrorCode.ERROR_CODE_BUDGET_EXCEEDED,
                  "swarm " + standing.getSwarmId() + " is short of " + shortfall + " micro-USD: credit " + standing.getCreditMicros() + ", committed " + total + ", the task's cap " + spec.getMaxCostMicros())
              .with("shortfall_micros", shortfall)
              .with("credit_micros", standing.getCreditMicros())
              .with("committed_micros", total)
              .retryAfter(Duration.ofSeconds(5)));
    }
    return Optional.empty();
  }

  /** Claims that a swarm may hold at once: what its manifest says, as far as its book of promises has lines. */
  public static int capacity(Standing standing) {
    return standing.getMaxConcurrent() == 0 ? CONCURRENT_DEFAULT : Math.min(standing.getMaxConcurrent(), CommitmentRules.MOST);
  }

  /** Required capabilities that a swarm does not have, or is less good at than the task wants. */
  public static List<String> missing(TaskSpec spec, Standing standing) {
    List<String> missing = new ArrayList<>();
    Set<String> has = Set.copyOf(standing.getCapabilitiesList());
    for (String capability : spec.getRequiredCapabilitiesList()) {
      if (!has.contains(capability) || skill(standing, capability).compareTo(least(spec, capability)) < 0) {
        missing.add(capability);
      }
    }
    return missing;
  }

  /** What is missing, in words: with both levels where it is the level. */
  public static String lacked(TaskSpec spec, Standing standing, List<String> missing) {
    return missing.stream()
        .map(
            capability ->
                standing.getCapabilitiesList().contains(capability)
                    ? "%s (%s, %s is needed)".formatted(capability, word(skill(standing, capability)), word(least(spec, capability)))
                    : capability)
        .collect(Collectors.joining(", "));
  }

  private static SkillLevel skill(Standing standing, String capability) {
    return standing.getSkillsOrDefault(capability, SkillLevel.SKILL_LEVEL_NOVICE);
  }

  private static SkillLevel least(TaskSpec spec, String capability) {
    return spec.getMinSkillsOrDefault(capability, SkillLevel.SKILL_LEVEL_NOVICE);
  }

  private static String word(SkillLevel level) {
    return level.name().substring("SKILL_LEVEL_".length()).toLowerCase(Locale.ROOT);
  }

  /** What is to be said of a report about a claim. */
  public sealed interface Report {
    /** It is the holder's, about the claim it holds. */
    record Current(Claimed claim) implements Report {}

    /** This very request has been done before. */
    record Done(Attempt attempt) implements Report {}

    /** It does not count. */
    record Refused(Refusal refusal) implements Report {}
  }

  /** Whether a report counts: it must come from the holder and carry the fence of the claim it holds (I4). */
  public static Report report(String taskId, Optional<StoredTask> stored, String swarm, long fence, String requestId) {
    if (stored.isEmpty()) {
      return new Report.Refused(
          Refusal.of(ErrorCode.ERROR_CODE_TASK_NOT_FOUND, "there is no task " + taskId).with("task_id", taskId));
    }
    Task task = stored.get().task();
    if (task.hasClaimed() && task.getClaimed().getFence() == fence) {
      Claimed claim = task.getClaimed();
      return claim.getSwarmId().equals(swarm)
          ? new Report.Current(claim)
          : new Report.Refused(
              Refusal.of(ErrorCode.ERROR_CODE_NOT_THE_HOLDER, "task " + taskId + " is held by swarm " + claim.getSwarmId() + ", not by " + swarm)
                  .with("task_id", taskId)
                  .with("holder", claim.getSwarmId()));
    }
    if (task.hasParked() && task.getParked().getClaim().getFence() == fence && task.getParked().getClaim().getSwarmId().equals(swarm)) {
      return new Report.Refused(notReady(task));
    }
    for (Attempt attempt : task.getAttemptsList()) {
      if (attempt.getFence() == fence && attempt.getSwarmId().equals(swarm)) {
        if (!attempt.getRequestId().isEmpty() && attempt.getRequestId().equals(requestId)) {
          return new Report.Done(attempt);
        }
        if (task.hasCompleted() && task.getCompleted().getClaim().getFence() == fence) {
          return new Report.Refused(ended(task));
        }
        return new Report.Refused(stale(task, fence, attempt));
      }
    }
    if (task.hasClaimed() && !task.getClaimed().getSwarmId().equals(swarm) && task.getAttemptsList().stream().noneMatch(a -> a.getSwarmId().equals(swarm))) {
      return new Report.Refused(
          Refusal.of(ErrorCode.ERROR_CODE_NOT_THE_HOLDER, "task " + taskId + " is held by swarm " + task.getClaimed().getSwarmId() + ", not by " + swarm)
              .with("task_id", taskId)
              .with("holder", task.getClaimed().getSwarmId()));
    }
    Optional<Claimed> own = TaskStates.claim(task).filter(claim -> claim.getSwarmId().equals(swarm) && claim.getInherited() > 0);
    if (own.isPresent() && fence < own.get().getFence()) {
      return new Report.Refused(
          Refusal.of(
                  ErrorCode.ERROR_CODE_STALE_FENCE,
                  "a newer session of swarm " + swarm + " has inherited the claim of task " + taskId + ", which had fence " + fence)
              .with("task_id", taskId)
              .with("fence", fence)
              .with("state", TaskStates.word(TaskStates.of(task))));
    }
    if (!task.hasClaimed() && !TaskStates.isTerminal(task) && task.getAttemptsCount() == 0) {
      return new Report.Refused(notReady(task));
    }
    return new Report.Refused(
        Refusal.of(ErrorCode.ERROR_CODE_STALE_FENCE, "the claim of task " + taskId + " with fence " + fence + " has ended; the task is " + TaskStates.word(TaskStates.of(task)))
            .with("task_id", taskId)
            .with("fence", fence)
            .with("state", TaskStates.word(TaskStates.of(task))));
  }

  /** The refusal of a report about a claim that has ended without its holder: how, and why. */
  private static Refusal stale(Task task, long fence, Attempt attempt) {
    String id = task.getSpec().getTaskId();
    String state = TaskStates.word(TaskStates.of(task));
    String end = attempt.getEnd().name().substring("CLAIM_END_".length());
    String why = attempt.getReason().isEmpty() ? "" : ": " + attempt.getReason();
    return Refusal.of(ErrorCode.ERROR_CODE_STALE_FENCE, "the claim of task " + id + " with fence " + fence + " has ended, " + end + why + "; the task is " + state)
        .with("task_id", id)
        .with("fence", fence)
        .with("state", state)
        .with("end", end)
        .with("reason", attempt.getReason());
  }

  /** The refusal about a task that has ended. */
  public static Refusal ended(Task task) {
    String word = TaskStates.word(TaskStates.of(task));
    return Refusal.of(ErrorCode.ERROR_CODE_TASK_ENDED, "task " + task.getSpec().getTaskId() + " has ended: " + word)
        .with("task_id", task.getSpec().getTaskId())
        .with("state", word);
  }

  /** The refusal of a report whose request id has ended the claim in another way. */
  static Refusal reused(String requestId, Attempt attempt, String taskId) {
    return Refusal.of(ErrorCode.ERROR_CODE_REQUEST_ID_REUSED, "request " + requestId + " has ended the claim of task " + taskId + " before: " + attempt.getEnd())
        .with("task_id", taskId);
  }

  private static Refusal notReady(Task task) {
    String word = TaskStates.word(TaskStates.of(task));
    String why =
        task.hasWaiting()
            ? why(task)
            : task.getParked().getBlockerIdsCount() > 0
                ? ": " + task.getParked().getBlockerIdsCount() + " open blockers, the first is " + task.getParked().getBlockerIds(0)
                : task.getParked().getByBreaker() ? ": a breaker of its holder is open" : "";
    return Refusal.of(ErrorCode.ERROR_CODE_TASK_NOT_READY, "task " + task.getSpec().getTaskId() + " is " + word + why)
        .with("task_id", task.getSpec().getTaskId())
        .with("state", word);
  }

  private static String why(Task task) {
    Waiting waiting = task.getWaiting();
    List<String> reasons = new ArrayList<>();
    if (waiting.getOpenDependenciesCount() > 0) {
      reasons.add(String.join(", ", waiting.getOpenDependenciesList()));
    }
    if (waiting.getAwaitsApproval()) {
      reasons.add("approval");
    }
    if (waiting.getHeld()) {
      reasons.add("plan " + task.getSpec().getPlanId() + " to have all of its tasks");
    }
    if (waiting.getOpenPhasesCount() > 0) {
      reasons.add("phase " + String.join(", ", waiting.getOpenPhasesList()) + " of plan " + task.getSpec().getPlanId());
    }
    return reasons.isEmpty() ? "" : " for " + String.join(" and ", reasons);
  }
}
