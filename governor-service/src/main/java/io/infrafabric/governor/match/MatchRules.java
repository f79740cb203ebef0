package io.infrafabric.governor.match;

import com.google.common.collect.Comparators;
import io.infrafabric.error.Refusal;
import io.infrafabric.governor.input.Findings;
import io.infrafabric.governor.match.Verdict.Qualified;
import io.infrafabric.governor.match.Verdict.Unfit;
import io.infrafabric.governor.match.Verdict.Why;
import io.infrafabric.governor.v1.RankSwarmsRequest;
import io.infrafabric.governor.v1.RejectReason;
import io.infrafabric.names.Limits;
import io.infrafabric.policy.LimitRules;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Who qualifies for a need and in which order (spec, decisions 4 and 5). Exact integers decide; doubles are only shown. */
final class MatchRules {
  /** Best first: match x reputation / cost, then the id. All compared have the same number of required capabilities. */
  static final Comparator<Qualified> BEST_FIRST =
      ((Comparator<Qualified>) MatchRules::compareScores)
          .reversed()
          .thenComparing(qualified -> qualified.profile().swarmId());

  private MatchRules() {}

  /** Every invalid field at once, or nothing. */
  static Optional<Refusal> validate(RankSwarmsRequest request) {
    Findings findings = new Findings("no swarms are ranked");
    List<String> capabilities = request.getRequiredCapabilitiesList();
    findings.require(
        capabilities.size() <= Limits.CAPABILITIES,
        "required_capabilities",
        "at most %d capabilities, not %d".formatted(Limits.CAPABILITIES, capabilities.size()));
    for (int i = 0; i < Math.min(capabilities.size(), Limits.CAPABILITIES); i++) {
      findings.capability("required_capabilities[" + i + "]", capabilities.get(i));
    }
    return findings
        .money("max_cost_micros", request.getMaxCostMicros())
        .money("max_cost_per_hour_micros", request.getMaxCostPerHourMicros())
        .require(
            Integer.compareUnsigned(request.getMinReputationMillis(), 1_000) <= 0,
            "min_reputation_millis",
            "0 to 1,000 thousandths")
        .require(
            Integer.compareUnsigned(request.getLimit(), Need.MAX_LIMIT) <= 0, "limit", "0 to %d candidates".formatted(Need.MAX_LIMIT))
        .refusal();
  }

  /** How many of the required capabilities the swarm has. */
  static int matched(Profile profile, Need need) {
    int matched = 0;
    for (String capability : need.capabilities()) {
      if (profile.capabilities().contains(capability)) {
        matched++;
      }
    }
    return matched;
  }

  /** Judges one swarm. */
  static Verdict judge(Profile profile, Need need) {
    int matched = matched(profile, need);
    return qualifies(profile, need, matched)
        ? new Qualified(profile, matched, need.capabilities().size())
        : new Unfit(profile, reasons(profile, need, matched));
  }

  /** The best of those that qualify, best first, at most as many as wanted. */
  static List<Qualified> best(Stream<? extends Verdict> verdicts, int limit) {
    return verdicts.filter(Qualified.class::isInstance).map(Qualified.class::cast).collect(Comparators.least(limit, BEST_FIRST));
  }

  /** Those that do not qualify, by id, at most {@link Need#MAX_LIMIT}. */
  static List<Unfit> unfit(Stream<? extends Verdict> verdicts) {
    return verdicts
        .filter(Unfit.class::isInstance)
        .map(Unfit.class::cast)
        .sorted(Comparator.comparing(unfit -> unfit.profile().swarmId()))
        .limit(Need.MAX_LIMIT)
        .toList();
  }

  /** The price that is divided by: a free swarm costs the smallest amount there is. */
  static long pricedMicros(Profile profile) {
    return Math.max(1, profile.costPerHourMicros());
  }

  private static boolean qualifies(Profile profile, Need need, int matched) {
    return covers(matched, need)
        && !isDenied(need)
        && isCheapEnough(profile, need)
        && hasCredit(profile, need)
        && !profile.isBreakerOpen()
        && profile.reputationMillis() >= need.minReputationMillis()
        && !need.excluded().contains(profile.swarmId());
  }

  private static List<Why> reasons(Profile profile, Need need, int matched) {
    List<Why> reasons = new ArrayList<>();
    if (!covers(matched, need)) {
      reasons.add(why(RejectReason.REJECT_REASON_CAPABILITY_MATCH, "it has %d of %d required capabilities and lacks %s",
          matched, need.capabilities().size(), missing(profile, need)));
    }
    if (!isCheapEnough(profile, need)) {
      reasons.add(why(RejectReason.REJECT_REASON_COST_PER_HOUR, "it costs %d micro-dollars an hour and at most %d are wanted",
          profile.costPerHourMicros(), need.maxCostPerHourMicros()));
    }
    if (!hasCredit(profile, need)) {
      reasons.add(why(RejectReason.REJECT_REASON_CREDIT, "it has %d micro-dollars of credit that are not promised and the task may cost %d",
          profile.creditMicros(), need.maxCostMicros()));
    }
    if (profile.isBreakerOpen()) {
      reasons.add(why(RejectReason.REJECT_REASON_BREAKER_OPEN, "its breaker is open (%s) until a named person resets it",
          profile.breakerReason()));
    }
    if (profile.reputationMillis() < need.minReputationMillis()) {
      reasons.add(why(RejectReason.REJECT_REASON_REPUTATION, "its reputation is %d thousandths and at least %d are needed",
          profile.reputationMillis(), need.minReputationMillis()));
    }
    if (need.excluded().contains(profile.swarmId())) {
      reasons.add(why(RejectReason.REJECT_REASON_EXCLUDED, "the request excludes it"));
    }
    if (isDenied(need)) {
      reasons.add(
          need.policy().isReadable()
              ? why(RejectReason.REJECT_REASON_POLICY, "the task may cost %d micro-dollars and revision %d of the policy allows %d a task",
                  need.maxCostMicros(), need.policy().revision(), need.policy().limits().getMaxCostPerTaskMicros())
              : why(RejectReason.REJECT_REASON_POLICY, "the policy in force cannot be read"));
    }
    return reasons;
  }

  private static boolean covers(int matched, Need need) {
    return LimitRules.covers(need.policy().limits(), matched, need.capabilities().size());
  }

  private static boolean isDenied(Need need) {
    return !need.policy().isReadable() || LimitRules.isTooDear(need.policy().limits(), need.maxCostMicros());
  }

  private static boolean isCheapEnough(Profile profile, Need need) {
    return need.maxCostPerHourMicros() == 0 || profile.costPerHourMicros() <= need.maxCostPerHourMicros();
  }

  /** A task that costs nothing needs no credit. */
  private static boolean hasCredit(Profile profile, Need need) {
    return need.maxCostMicros() == 0 || profile.creditMicros() >= need.maxCostMicros();
  }

  private static List<String> missing(Profile profile, Need need) {
    return need.capabilities().stream().filter(capability -> !profile.capabilities().contains(capability)).toList();
  }

  private static Why why(RejectReason reason, String sentence, Object... figures) {
    return new Why(reason, sentence.formatted(figures));
  }

  /** By cross-multiplication in 128 bits: both have the same number of required capabilities, which cancels out. */
  private static int compareScores(Qualified a, Qualified b) {
    long left = worth(a);
    long right = worth(b);
    long leftPrice = pricedMicros(b.profile());
    long rightPrice = pricedMicros(a.profile());
    int high = Long.compare(Math.multiplyHigh(left, leftPrice), Math.multiplyHigh(right, rightPrice));
    return high != 0 ? high : Long.compareUnsigned(left * leftPrice, right * rightPrice);
  }

  /** Matched capabilities times reputation; what requires nothing is matched in full. */
  private static long worth(Qualified qualified) {
    int matched = qualified.required() == 0 ? 1 : qualified.matched();
    return (long) matched * qualified.profile().reputationMillis();
  }
}
