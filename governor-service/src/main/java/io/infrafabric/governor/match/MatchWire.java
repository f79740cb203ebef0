package io.infrafabric.governor.match;

import io.infrafabric.governor.match.Verdict.Qualified;
import io.infrafabric.governor.match.Verdict.Unfit;
import io.infrafabric.governor.v1.Candidate;
import io.infrafabric.governor.v1.NobodyQualified;
import io.infrafabric.governor.v1.RankSwarmsRequest;
import io.infrafabric.governor.v1.RejectCount;
import io.infrafabric.governor.v1.RejectReason;
import io.infrafabric.governor.v1.Rejected;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Verdicts as messages. */
final class MatchWire {
  private MatchWire() {}

  static Candidate toProto(Qualified qualified) {
    return Candidate.newBuilder()
        .setSwarmId(qualified.profile().swarmId())
        .setMatched(qualified.matched())
        .setRequired(qualified.required())
        .setMatch(qualified.match())
        .setScore(qualified.score())
        .setReputationMillis(qualified.profile().reputationMillis())
        .setCostPerHourMicros(qualified.profile().costPerHourMicros())
        .setCreditMicros(qualified.profile().creditMicros())
        .setModel(qualified.profile().model())
        .setBloomed(qualified.bloomed())
        .setTier(qualified.tier())
        .setNewcomer(qualified.newcomer())
        .setRelationMillis(qualified.relationMillis())
        .build();
  }

  static Rejected toProto(Unfit unfit) {
    Rejected.Builder rejected = Rejected.newBuilder().setSwarmId(unfit.profile().swarmId());
    unfit.reasons().forEach(why -> rejected.addReasons(why.reason()).addDetails(why.detail()));
    return rejected.build();
  }

  /** What is told of a request that nobody qualifies for. */
  static NobodyQualified nobody(RankSwarmsRequest request, List<Verdict> verdicts) {
    Map<RejectReason, Integer> rejected = new EnumMap<>(RejectReason.class);
    for (Verdict verdict : verdicts) {
      if (verdict instanceof Unfit unfit) {
        unfit.reasons().forEach(why -> rejected.merge(why.reason(), 1, Integer::sum));
      }
    }
    NobodyQualified.Builder fact =
        NobodyQualified.newBuilder()
            .addAllRequiredCapabilities(request.getRequiredCapabilitiesList())
            .putAllMinSkills(request.getMinSkillsMap())
            .setMaxCostMicros(request.getMaxCostMicros())
            .setMaxCostPerHourMicros(request.getMaxCostPerHourMicros())
            .setMinReputationMillis(request.getMinReputationMillis())
            .setTaskClass(request.getTaskClass())
            .setSwarms(verdicts.size());
    rejected.forEach(
        (reason, swarms) -> fact.addRejected(RejectCount.newBuilder().setReason(reason.name().substring("REJECT_REASON_".length())).setSwarms(swarms)));
    return fact.build();
  }
}
