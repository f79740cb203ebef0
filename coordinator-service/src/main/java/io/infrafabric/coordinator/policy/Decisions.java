package io.infrafabric.coordinator.policy;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.blocker.HelpListener;
import io.infrafabric.coordinator.claim.Admission;
import io.infrafabric.coordinator.claim.Judge;
import io.infrafabric.coordinator.claim.PolicyRules;
import io.infrafabric.coordinator.v1.Blocker;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.error.Refusal;
import io.infrafabric.governor.v1.HelpFacts;
import io.infrafabric.governor.v1.PolicyDecision;
import io.infrafabric.governor.v1.PolicyFinding;
import io.infrafabric.governor.v1.PolicyViolation;
import io.infrafabric.governor.v1.ViolationType;
import io.infrafabric.kit.time.Times;
import io.infrafabric.names.Ids;
import io.infrafabric.policy.ActivePolicy;
import io.infrafabric.policy.AdmissionRules;
import io.infrafabric.policy.DecisionLog;
import io.infrafabric.policy.DecisionRules;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;

/** Tells the log how claims and help were decided on. What a claim was judged by is kept as it was, and made into a record later. */
public final class Decisions implements Judge, HelpListener {
  private static final Set<ErrorCode> BY_POLICY = Set.of(ErrorCode.ERROR_CODE_POLICY_DENIED, ErrorCode.ERROR_CODE_CAPABILITY_MISSING);

  private final DecisionLog log;
  private final InstantSource clock;

  public Decisions(DecisionLog log, InstantSource clock) {
    this.log = log;
    this.clock = clock;
  }

  @Override
  public void admitted(TaskSpec spec, Admission admission, String claimId) {
    Instant now = clock.instant();
    log.allowed(
        () -> {
          PolicyDecision.Builder decision = decision(admission.policy(), now).setClaim(PolicyRules.facts(spec, admission)).setClaimId(claimId);
          // It was allowed, whatever the clock says here.
          return decision.setLate(!AdmissionRules.decide(admission.policy(), decision.getClaim()).isAllowed()).build();
        });
  }

  @Override
  public void refused(TaskSpec spec, Admission admission, Refusal refusal) {
    Instant now = clock.instant();
    if (BY_POLICY.contains(refusal.code())) {
      log.denied(() -> denied(spec, admission, refusal, now));
    } else if (refusal.code() == ErrorCode.ERROR_CODE_PERMISSION_DENIED && !spec.getBlockerId().isEmpty()) {
      String swarm = admission.standing().orElseThrow().getSwarmId();
      log.violated(
          violation(ViolationType.VIOLATION_TYPE_DUPLICATE_SWARM, admission.policy(), now)
              .setSwarmId(swarm)
              .setTaskId(spec.getTaskId())
              .setDetail("it has a part in what the task helps with already")
              .build());
    }
  }

  private static PolicyDecision denied(TaskSpec spec, Admission admission, Refusal refusal, Instant now) {
    PolicyDecision.Builder decision = decision(admission.policy(), now).setClaim(PolicyRules.facts(spec, admission));
    AdmissionRules.Decided decided = AdmissionRules.decide(admission.policy(), decision.getClaim());
    if (decided.isAllowed()) {
      // The clock has denied it, and does not now.
      decision.setLate(true).addFindings(
          PolicyFinding.newBuilder()
              .setType(ViolationType.VIOLATION_TYPE_CONDITION_ERROR)
              .setRule(refusal.metadata().getOrDefault("rule", ""))
              .setDetail(refusal.message()));
    }
    return decision.setLate(decision.getLate() || decided.late()).addAllFindings(decided.findings()).build();
  }

  @Override
  public void helped(Blocker blocker, ActivePolicy policy) {
    Instant now = clock.instant();
    HelpFacts facts =
        HelpFacts.newBuilder()
            .setTaskId(blocker.getTaskId())
            .setBlockerId(blocker.getBlockerId())
            .setSwarmId(blocker.getSwarmId())
            .setWanted(blocker.getNeedsCount())
            .build();
    List<PolicyFinding> findings = DecisionRules.help(policy, facts);
    PolicyDecision decision = decision(policy, now).setHelp(facts).addAllFindings(findings).build();
    if (findings.isEmpty()) {
      log.allowed(() -> decision);
    } else {
      log.denied(() -> decision);
    }
  }

  @Override
  public void nobody(Blocker blocker, String why, ActivePolicy policy) {
    log.violated(
        violation(ViolationType.VIOLATION_TYPE_NO_SWARM, policy, clock.instant())
            .setSwarmId(blocker.getSwarmId())
            .setTaskId(blocker.getTaskId())
            .setDetail(why)
            .build());
  }

  private static PolicyDecision.Builder decision(ActivePolicy policy, Instant now) {
    return PolicyDecision.newBuilder().setDecisionId(Ids.ulid(now.toEpochMilli())).setAt(Times.toProto(now)).setPolicyRevision(policy.revision());
  }

  private static PolicyViolation.Builder violation(ViolationType type, ActivePolicy policy, Instant now) {
    return PolicyViolation.newBuilder().setType(type).setAt(Times.toProto(now)).setPolicyRevision(policy.revision());
  }
}
