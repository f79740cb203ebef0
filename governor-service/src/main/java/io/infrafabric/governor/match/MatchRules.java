package io.infrafabric.governor.match;

import com.google.common.collect.Comparators;
import io.infrafabric.common.v1.SkillLevel;
import io.infrafabric.error.Refusal;
import io.infrafabric.governor.input.Findings;
import io.infrafabric.governor.match.Verdict.Qualified;
import io.infrafabric.governor.match.Verdict.Unfit;
import io.infrafabric.governor.match.Verdict.Why;
import io.infrafabric.governor.v1.RankSwarmsRequest;
import io.infrafabric.governor.v1.RejectReason;
import io.infrafabric.manifest.ManifestRules;
import io.infrafabric.names.Ids;
import io.infrafabric.names.Limits;
import io.infrafabric.policy.LimitRules;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Who qualifies for a need and in which order (spec, decisions 4 and 5). Exact integers decide; doubles are only shown. */
final class MatchRules {
  /** Best first: the tier of the class, then match x reputation / cost x relation, then the id. All compared are of one need. */
  static final Comparator<Qualified> BEST_FIRST =
      Comparator.comparingInt(MatchRules::stage)
          .thenComparing(Comparator.comparing((Qualified qualified) -> qualified.worth()).reversed())
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
    new TreeMap<>(request.getMinSkillsMap())
        .forEach(
            (capability, level) ->
                findings.require(
                    capabilities.contains(capability) && level != SkillLevel.UNRECOGNIZED,
                    "min_skills[" + ManifestRules.shown(capability) + "]",
                    "a level for one of the required capabilities"));
    return findings
        .money("max_cost_micros", request.getMaxCostMicros())
        .money("max_cost_per_hour_micros", request.getMaxCostPerHourMicros())
        .require(
            Integer.compareUnsigned(request.getMinReputationMillis(), 1_000) <= 0,
            "min_reputation_millis",
            "0 to 1,000 thousandths")
        .require(
            Integer.compareUnsigned(request.getLimit(), Need.MAX_LIMIT) <= 0, "limit", "0 to %d candidates".formatted(Need.MAX_LIMIT))
        .require(request.getBloomPattern().matches(ManifestRules.BLOOM_PATTERN), "bloom_pattern", "1 to 40 lower-case letters, digits and hyphens")
        .require(request.getHelpsSwarmId().isEmpty() || Ids.isId(request.getHelpsSwarmId()), "helps_swarm_id", "the id of a swarm")
        .require(request.getTaskClass().isEmpty() || Ids.isId(request.getTaskClass()), "task_class", "lower-case letters, digits and inner hyphens")
        .refusal();
  }

  /** How many of the required capabilities the swarm has, as well as is wanted. */
  static int matched(Profile profile, Need need) {
    int matched = 0;
    for (String capability : need.capabilities()) {
      if (profile.can(capability, least(need, capability))) {
        matched++;
      }
    }
    return matched;
  }

  /** Judges one swarm. */
  static Verdict judge(Profile profile, Need need) {
    int matched = matched(profile, need);
    return qualifies(profile, need, matched) ? qualified(profile, need, matched) : new Unfit(profile, reasons(profile, need, matched));
  }

  /** The swarm if it qualifies; without the words that an unfit one would get. */
  static Optional<Qualified> fit(Profile profile, Need need) {
    int matched = matched(profile, need);
    return qualifies(profile, need, matched) ? Optional.of(qualified(profile, need, matched)) : Optional.empty();
  }

  private static Qualified qualified(Profile profile, Need need, int matched) {
    return new Qualified(
        profile,
        matched,
        need.capabilities().size(),
        !need.bloomPattern().isEmpty() && need.bloomPattern().equals(profile.bloomPattern()),
        need.route().tierOf(profile.model()),
        profile.endedClaims() < need.newcomerClaims(),
        need.relationMillis(profile.swarmId()));
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

  /** Models that the class does not prefer stand behind all that it does. */
  private static int stage(Qualified qualified) {
    return qualified.tier() == 0 ? Integer.MAX_VALUE : qualified.tier();
  }

  private static boolean qualifies(Profile profile, Need need, int matched) {
    return covers(matched, need)
        && !isDenied(need)
        && isCheapEnough(profile, need)
        && hasCredit(profile, need)
        && !profile.isBreakerOpen()
        && (profile.stopped().isEmpty() || stops(profile, need).isEmpty())
        && profile.reputationMillis() >= need.minReputationMillis()
        && profile.isRegistered()
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
    for (String capability : stops(profile, need)) {
      reasons.add(why(RejectReason.REJECT_REASON_BREAKER_OPEN, "its breaker for %s is open (%s)", capability, profile.stopped().get(capability)));
    }
    if (profile.reputationMillis() < need.minReputationMillis()) {
      reasons.add(why(RejectReason.REJECT_REASON_REPUTATION, "its reputation is %d thousandths and at least %d are needed",
          profile.reputationMillis(), need.minReputationMillis()));
    }
    if (!profile.isRegistered()) {
      reasons.add(why(RejectReason.REJECT_REASON_UNREGISTERED, "it was taken out of the registry: register it again"));
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

  /** The needed capabilities whose breakers keep it from the task. */
  private static List<String> stops(Profile profile, Need need) {
    return need.capabilities().stream().filter(profile.stopped()::containsKey).toList();
  }

  private static boolean covers(int matched, Need need) {
    return LimitRules.covers(need.policy().limits(), matched, need.capabilities().size());
  }

  /** Whether the policy in force lets nobody claim it. */
  static boolean isDenied(Need need) {
    return !need.policy().isReadable() || LimitRules.isTooDear(need.policy().limits(), need.maxCostMicros());
  }

  private static boolean isCheapEnough(Profile profile, Need need) {
    return need.maxCostPerHourMicros() == 0 || profile.costPerHourMicros() <= need.maxCostPerHourMicros();
  }

  /** A task that costs nothing needs no credit. */
  private static boolean hasCredit(Profile profile, Need need) {
    return need.maxCostMicros() == 0 || profile.creditMicros() >= need.maxCostMicros();
  }

  private static SkillLevel least(Need need, String capability) {
    return need.minSkills().getOrDefault(capability, SkillLevel.SKILL_LEVEL_UNSPECIFIED);
  }

  private static List<String> missing(Profile profile, Need need) {
    return need.capabilities().stream()
        .filter(capability -> !profile.can(capability, least(need, capability)))
        .map(capability -> profile.capabilities().contains(capability) ? tooLow(profile, need, capability) : capability)
        .toList();
  }

  private static String tooLow(Profile profile, Need need, String capability) {
    return "%s (%s, %s is needed)".formatted(capability, word(profile.skill(capability)), word(least(need, capability)));
  }

  private static String word(SkillLevel level) {
    return level.name().substring("SKILL_LEVEL_".length()).toLowerCase(Locale.ROOT);
  }

  private static Why why(RejectReason reason, String sentence, Object... figures) {
    return new Why(reason, sentence.formatted(figures));
  }
}
