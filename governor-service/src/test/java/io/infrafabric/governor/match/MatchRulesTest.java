package io.infrafabric.governor.match;

import static io.infrafabric.governor.match.Swarms.USD;
import static io.infrafabric.governor.match.Swarms.blooming;
import static io.infrafabric.governor.match.Swarms.broken;
import static io.infrafabric.governor.match.Swarms.helping;
import static io.infrafabric.governor.match.Swarms.need;
import static io.infrafabric.governor.match.Swarms.onModel;
import static io.infrafabric.governor.match.Swarms.policy;
import static io.infrafabric.governor.match.Swarms.routed;
import static io.infrafabric.governor.match.Swarms.skilled;
import static io.infrafabric.governor.match.Swarms.swarm;
import static io.infrafabric.governor.match.Swarms.under;
import static io.infrafabric.governor.match.Swarms.unregistered;
import static io.infrafabric.governor.match.Swarms.withCredit;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.common.v1.SkillLevel;
import io.infrafabric.governor.match.Verdict.Qualified;
import io.infrafabric.governor.match.Verdict.Unfit;
import io.infrafabric.governor.match.Verdict.Why;
import io.infrafabric.governor.registry.PriceList;
import io.infrafabric.governor.v1.PolicyTerms;
import io.infrafabric.governor.v1.RankSwarmsRequest;
import io.infrafabric.governor.v1.RejectReason;
import io.infrafabric.policy.ActivePolicy;
import io.infrafabric.policy.PolicyDocument;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MatchRulesTest {
  @ParameterizedTest
  @CsvSource({
    "a:a b:b c:c, a:a b:b,       true,  1.0",
    "a:a b:b,     a:a b:b c:c,   false, 0.6666666667",
    "a:a b:b,     a:a a:a b:b,   true,  1.0",
    "a:a,         '',            true,  1.0",
    "a:a,         b:b,           false, 0.0",
  })
  void coverage_isTheShareOfDistinctRequirements(String have, String need, boolean qualifies, double match) {
    Need wanted = need(need.isEmpty() ? new String[0] : need.split(" "));
    Profile swarm = swarm("s", 1 * USD, 700, have.split(" "));
    Verdict verdict = MatchRules.judge(swarm, wanted);
    assertThat(verdict instanceof Qualified).isEqualTo(qualifies);
    int matched = MatchRules.matched(swarm, wanted);
    assertThat(new Qualified(swarm, matched, wanted.capabilities().size(), false, 0, false, 0).match()).isCloseTo(match, within(1e-9));
  }

  @Test
  void thePolicyInForce_saysHowMuchOfWhatIsNeededIsEnough_andWhatATaskMayCost() {
    Profile half = swarm("s", USD, 700, "a:a");
    assertThat(MatchRules.judge(half, under(need("a:a", "b:b"), policy(500, 0)))).isInstanceOf(Qualified.class);
    assertThat(reasons(half, under(need("a:a", "b:b"), policy(501, 0)))).containsExactly(RejectReason.REJECT_REASON_CAPABILITY_MATCH);
    assertThat(MatchRules.judge(half, under(limits(100, 0, 0, Set.of()), policy(700, 100)))).isInstanceOf(Qualified.class);
    assertThat(reasons(half, under(limits(100, 0, 0, Set.of()), policy(700, 99)))).containsExactly(RejectReason.REJECT_REASON_POLICY);
    assertThat(reasons(half, under(need("a:a"), ActivePolicy.unreadable()))).containsExactly(RejectReason.REJECT_REASON_POLICY);
  }

  @Test
  void sevenOfTen_qualifies() {
    String[] ten = IntStream.range(0, 10).mapToObj(i -> "c:s" + i).toArray(String[]::new);
    assertThat(MatchRules.judge(swarm("s", USD, 700, Arrays.copyOf(ten, 7)), need(ten))).isInstanceOf(Qualified.class);
    assertThat(MatchRules.judge(swarm("s", USD, 700, Arrays.copyOf(ten, 6)), need(ten))).isInstanceOf(Unfit.class);
  }

  @ParameterizedTest
  @CsvSource({
    "900, 2.0, 0.45",
    "950, 15.0, 0.0633333333",
    "900, 1.5, 0.60",
    "945, 15.0, 0.063",
    "975, 75.0, 0.013",
  })
  void score_isMatchTimesReputationByCost(int reputation, double costUsd, double score) {
    Profile swarm = swarm("s", Math.round(costUsd * USD), reputation, "a:a");
    assertThat(((Qualified) MatchRules.judge(swarm, need("a:a"))).score()).isCloseTo(score, within(1e-9));
  }

  @Test
  void order_isBestScoreFirstThenId() {
    List<Profile> swarms =
        List.of(
            swarm("opus", 75 * USD, 975, "a:a"),
            swarm("z-haiku", 3 * USD / 2, 900, "a:a"),
            swarm("a-haiku", 3 * USD, 1_000, "a:a"),
            swarm("b-haiku", 3 * USD / 2, 500, "a:a"),
            swarm("sonnet", 15 * USD, 945, "a:a"),
            swarm("free", 0, 10, "a:a"),
            swarm("dearly-free", 1, 10, "a:a"));
    assertThat(ids(swarms, need("a:a"), 10))
        .containsExactly("dearly-free", "free", "z-haiku", "a-haiku", "b-haiku", "sonnet", "opus");
    assertThat(ids(swarms, need("a:a"), 2)).containsExactly("dearly-free", "free");
  }

  @Test
  void order_isExactWhereDoublesWouldOverflowALong() {
    long dear = 999_999_999_999_999L;
    assertThat(ids(List.of(swarm("a", dear, 1_000, "a:a"), swarm("b", dear - 1, 1_000, "a:a")), need("a:a"), 10))
        .containsExactly("b", "a");
  }

  @Test
  void aBetterMatch_winsAtTheSamePrice() {
    String[] ten = IntStream.range(0, 10).mapToObj(i -> "c:s" + i).toArray(String[]::new);
    assertThat(ids(List.of(swarm("a", USD, 700, Arrays.copyOf(ten, 8)), swarm("b", USD, 700, ten)), need(ten), 10))
        .containsExactly("b", "a");
  }

  /** The vectors of O6 in the ranking: 0.70 / 2 USD = 0.35 is multiplied by the weight of the relation, and no need but a helper's is. */
  @ParameterizedTest
  @CsvSource({"friend, 1100, 0.385", "elder, 1250, 0.4375", "minister, 1500, 0.525", "stranger, 1000, 0.35", "rival, 500, 0.175"})
  void relation_multipliesTheScoreOfAHelper(String helper, int millis, double score) {
    Profile swarm = swarm(helper, 2 * USD, 700, "a:a");
    Qualified weighed = (Qualified) MatchRules.judge(swarm, helping(need("a:a"), "blocked", related()));
    assertThat(weighed.relationMillis()).isEqualTo(millis);
    assertThat(weighed.score()).isCloseTo(score, within(1e-9));
    assertThat(((Qualified) MatchRules.judge(swarm, under(need("a:a"), related()))).score()).isCloseTo(0.35, within(1e-9));
  }

  @Test
  void relations_alterWhoHelpsFirst() {
    List<Profile> swarms =
        Stream.of("a-stranger", "friend", "elder", "minister", "rival").map(id -> swarm(id, 2 * USD, 700, "a:a")).toList();
    assertThat(ids(swarms, helping(need("a:a"), "blocked", related()), 10)).containsExactly("minister", "elder", "friend", "a-stranger", "rival");
    assertThat(ids(swarms, under(need("a:a"), related()), 10)).containsExactly("a-stranger", "elder", "friend", "minister", "rival");
    List<Profile> dearer = List.of(swarm("minister", 3 * USD, 700, "a:a"), swarm("stranger", 2 * USD, 700, "a:a"), swarm("elder", 2_500_001, 700, "a:a"));
    assertThat(ids(dearer, helping(need("a:a"), "blocked", related()), 10)).as("a half more for half as dear is even, by id").containsExactly("minister", "stranger", "elder");
  }

  private static ActivePolicy related() {
    PolicyTerms terms =
        PolicyDocument.read(
                """
                relations:
                  - {kind: peer, swarms: [blocked, friend]}
                  - {kind: support, helpers: [elder], of: [blocked]}
                  - {kind: critical_path, helpers: [minister], of: [blocked]}
                  - {kind: peer, swarms: [blocked, rival], weight: 0.5}
                """)
            .terms();
    return ActivePolicy.of(7, terms);
  }

  @Test
  void openBreakerOfACapability_rejectsForWhatRequiresItAlone() {
    Profile stopped = Swarms.stopped(swarm("s", USD, 700, "a:a", "a:b"), "a:b");
    assertThat(MatchRules.judge(stopped, need("a:a"))).isInstanceOf(Qualified.class);
    Unfit unfit = (Unfit) MatchRules.judge(stopped, need("a:a", "a:b"));
    assertThat(unfit.reasons())
        .extracting(why -> why.reason() + " " + why.detail())
        .containsExactly("REJECT_REASON_BREAKER_OPEN its breaker for a:b is open (BREAKER_REASON_REPEATED_FAILURES)");
    String[] ten = IntStream.range(0, 10).mapToObj(i -> "c:s" + i).toArray(String[]::new);
    assertThat(MatchRules.judge(Swarms.stopped(swarm("s", USD, 700, ten), "c:s3"), need(ten))).as("nine of ten would be enough").isInstanceOf(Unfit.class);
  }

  /** Decision 5: x 1.1, exactly, so that it makes up for a price that is a tenth higher and for no more. */
  @Test
  void preferredBloomPattern_isWorthTenPercent() {
    Need early = routed(need("a:a"), ClassRoute.NONE, "early");
    Profile plain = swarm("a-plain", 2 * USD, 900, "a:a");
    Verdict bloomed = MatchRules.judge(blooming(plain, "early"), early);
    assertThat(((Qualified) bloomed).score()).isCloseTo(0.495, within(1e-9));
    assertThat(((Qualified) MatchRules.judge(plain, early)).score()).isCloseTo(0.45, within(1e-9));
    assertThat(((Qualified) MatchRules.judge(blooming(plain, "late"), early)).bloomed()).isFalse();
    assertThat(ids(List.of(plain, blooming(swarm("b", 2_199_999, 900, "a:a"), "early")), early, 10)).containsExactly("b", "a-plain");
    assertThat(ids(List.of(plain, blooming(swarm("b", 2_200_000, 900, "a:a"), "early")), early, 10)).as("equal: by id").containsExactly("a-plain", "b");
    assertThat(ids(List.of(plain, blooming(swarm("b", 2_200_001, 900, "a:a"), "early")), early, 10)).containsExactly("a-plain", "b");
    assertThat(ids(List.of(plain, blooming(swarm("b", 2 * USD, 900, "a:a"), "early")), need("a:a"), 10)).as("nothing is preferred").containsExactly("a-plain", "b");
  }

  @ParameterizedTest
  @CsvSource({"NOVICE, true", "INTERMEDIATE, true", "ADVANCED, true", "EXPERT, false"})
  void skillBelowTheLeastLevel_countsAsMissing(String least, boolean qualifies) {
    Profile advanced = skilled(swarm("s", USD, 700, "a:a"), "a:a", SkillLevel.SKILL_LEVEL_ADVANCED);
    Need need = Swarms.need(List.of("a:a"), Map.of("a:a", SkillLevel.valueOf("SKILL_LEVEL_" + least)), 0, 0, 0, Set.of());
    assertThat(MatchRules.judge(advanced, need) instanceof Qualified).isEqualTo(qualifies);
    assertThat(MatchRules.judge(swarm("s", USD, 700, "a:a"), need) instanceof Qualified).as("a novice").isEqualTo(least.equals("NOVICE"));
  }

  @Test
  void skillBelowTheLeastLevel_isNamedWithBothLevels() {
    Need need = Swarms.need(List.of("a:a", "b:b"), Map.of("a:a", SkillLevel.SKILL_LEVEL_EXPERT), 0, 0, 0, Set.of());
    Unfit unfit = (Unfit) MatchRules.judge(skilled(swarm("s", USD, 700, "a:a"), "a:a", SkillLevel.SKILL_LEVEL_ADVANCED), need);
    assertThat(unfit.reasons()).singleElement().extracting(Why::detail).asString().contains("has 0 of 2").contains("a:a (advanced, expert is needed), b:b");
  }

  /** G14: documentation goes to haiku, security to sonnet, whatever the scores; within a tier the score decides. */
  @Test
  void preferredModels_goFirst_andTheOthersAfterThem() {
    List<Profile> swarms =
        List.of(
            onModel(swarm("haiku", 3 * USD / 2, 900, "a:a"), "haiku"),
            onModel(swarm("sonnet-dear", 20 * USD, 945, "a:a"), "sonnet"),
            onModel(swarm("sonnet", 15 * USD, 945, "a:a"), "sonnet"),
            onModel(swarm("opus", 75 * USD, 975, "a:a"), "opus"),
            onModel(swarm("other", USD, 1_000, "a:a"), "gpt-9"));
    MatchPreferences preferences = MatchSettings.defaults().preferences(PriceList.defaults());
    assertThat(ids(swarms, routed(need("a:a"), preferences.route("documentation"), ""), 10)).containsExactly("haiku", "sonnet", "sonnet-dear", "opus", "other");
    assertThat(ids(swarms, routed(need("a:a"), preferences.route("security"), ""), 10)).containsExactly("sonnet", "sonnet-dear", "opus", "other", "haiku");
    assertThat(ids(swarms, routed(need("a:a"), preferences.route("unheard-of"), ""), 10)).containsExactly("other", "haiku", "sonnet", "sonnet-dear", "opus");
  }

  /** G14: a session of five simple and two difficult tasks, an hour each, costs 40 dollars where seven of sonnet cost 105: 62 % less. */
  @Test
  void mixedWork_costsAPartOfWhatItWouldOnSonnetAlone() {
    List<Profile> swarms = List.of(onModel(swarm("haiku", 2 * USD, 900, "a:a"), "haiku"), onModel(swarm("sonnet", 15 * USD, 945, "a:a"), "sonnet"));
    MatchPreferences preferences = MatchSettings.defaults().preferences(PriceList.defaults());
    long mixed = 0;
    for (String taskClass : List.of("documentation", "boilerplate", "documentation", "testing", "boilerplate", "security", "architecture")) {
      Need need = routed(need("a:a"), preferences.route(taskClass), "");
      mixed += MatchRules.best(swarms.stream().map(swarm -> MatchRules.judge(swarm, need)), 1).getFirst().profile().costPerHourMicros();
    }
    assertThat(mixed).isEqualTo(40 * USD);
    assertThat(7 * preferences.referenceMicrosPerHour()).isEqualTo(105 * USD);
  }

  @Test
  void preferences_applyWhereARequestAsksForLess() {
    MatchPreferences preferences = new MatchPreferences(650, 5 * USD, Map.of("docs", new ClassRoute(List.of(Set.of("haiku")), "steady")), PriceList.defaults(), "sonnet", 10, 100);
    Need plain = Need.of(RankSwarmsRequest.newBuilder().addRequiredCapabilities("a:a").setTaskClass("docs").build(), preferences, policy(900, 0));
    assertThat(plain.policy().revision()).isEqualTo(7);
    assertThat(plain.minReputationMillis()).isEqualTo(650);
    assertThat(plain.maxCostPerHourMicros()).isEqualTo(5 * USD);
    assertThat(plain.bloomPattern()).isEqualTo("steady");
    assertThat(plain.limit()).isEqualTo(10);
    Need own =
        Need.of(
            RankSwarmsRequest.newBuilder().setMaxCostPerHourMicros(9 * USD).setMinReputationMillis(700).setBloomPattern("early").setTaskClass("docs").setLimit(3).build(),
            preferences,
            policy(900, 0));
    assertThat(own.minReputationMillis()).isEqualTo(700);
    assertThat(own.maxCostPerHourMicros()).isEqualTo(9 * USD);
    assertThat(own.bloomPattern()).isEqualTo("early");
    assertThat(own.limit()).isEqualTo(3);
  }

  @Test
  void eachFilter_rejectsAlone() {
    assertThat(reasons(swarm("s", USD, 700, "b:b"), need("a:a"))).containsExactly(RejectReason.REJECT_REASON_CAPABILITY_MATCH);
    assertThat(reasons(swarm("s", 3 * USD, 700, "a:a"), limits(0, 2 * USD, 0, Set.of())))
        .containsExactly(RejectReason.REJECT_REASON_COST_PER_HOUR);
    assertThat(reasons(swarm("s", USD, 700, "a:a"), limits(101, 0, 0, Set.of()))).containsExactly(RejectReason.REJECT_REASON_CREDIT);
    assertThat(reasons(broken(swarm("s", USD, 700, "a:a")), need("a:a"))).containsExactly(RejectReason.REJECT_REASON_BREAKER_OPEN);
    assertThat(reasons(swarm("s", USD, 700, "a:a"), limits(0, 0, 701, Set.of()))).containsExactly(RejectReason.REJECT_REASON_REPUTATION);
    assertThat(reasons(unregistered(swarm("s", USD, 700, "a:a")), need("a:a"))).containsExactly(RejectReason.REJECT_REASON_UNREGISTERED);
    assertThat(reasons(swarm("s", USD, 700, "a:a"), limits(0, 0, 0, Set.of("s")))).containsExactly(RejectReason.REJECT_REASON_EXCLUDED);
  }

  @Test
  void limits_areInclusive() {
    assertThat(MatchRules.judge(swarm("s", 2 * USD, 700, "a:a"), limits(100, 2 * USD, 700, Set.of("t")))).isInstanceOf(Qualified.class);
  }

  @Test
  void aRejectedSwarm_carriesAllItsReasonsWithASentenceEach() {
    Need impossible = need(List.of("b:b"), Map.of(), 101, 1, 701, Set.of("s"));
    Unfit unfit = (Unfit) MatchRules.judge(unregistered(broken(swarm("s", USD, 700, "a:a"))), impossible);
    assertThat(unfit.reasons())
        .extracting(Why::reason)
        .containsExactly(
            RejectReason.REJECT_REASON_CAPABILITY_MATCH,
            RejectReason.REJECT_REASON_COST_PER_HOUR,
            RejectReason.REJECT_REASON_CREDIT,
            RejectReason.REJECT_REASON_BREAKER_OPEN,
            RejectReason.REJECT_REASON_REPUTATION,
            RejectReason.REJECT_REASON_UNREGISTERED,
            RejectReason.REJECT_REASON_EXCLUDED);
    assertThat(unfit.reasons()).allSatisfy(why -> assertThat(why.detail()).isNotBlank());
  }

  @Test
  void withoutCredit_freeTasksRemain() {
    Profile poor = withCredit(swarm("s", USD, 700, "a:a"), 0);
    assertThat(MatchRules.judge(poor, need("a:a"))).isInstanceOf(Qualified.class);
    assertThat(reasons(poor, limits(1, 0, 0, Set.of()))).containsExactly(RejectReason.REJECT_REASON_CREDIT);
  }

  @Test
  void validate_namesEveryWrongField() {
    var refusal =
        MatchRules.validate(
                RankSwarmsRequest.newBuilder()
                    .addRequiredCapabilities("java")
                    .setMaxCostMicros(-1)
                    .setMinReputationMillis(1_001)
                    .setLimit(1_001)
                    .putMinSkills("code:rust", SkillLevel.SKILL_LEVEL_EXPERT)
                    .setBloomPattern("Early")
                    .setTaskClass("a.b")
                    .build())
            .orElseThrow();
    assertThat(refusal.code()).isEqualTo(ErrorCode.ERROR_CODE_INVALID_ARGUMENT);
    assertThat(refusal.fields())
        .extracting(field -> field.path())
        .containsExactly(
            "required_capabilities[0]", "min_skills[code:rust]", "max_cost_micros", "min_reputation_millis", "limit", "bloom_pattern", "task_class");
  }

  private static List<String> ids(List<Profile> swarms, Need need, int limit) {
    Stream<Verdict> verdicts = swarms.stream().map(swarm -> MatchRules.judge(swarm, need));
    return MatchRules.best(verdicts, limit).stream().map(best -> best.profile().swarmId()).toList();
  }

  private static List<RejectReason> reasons(Profile swarm, Need need) {
    return ((Unfit) MatchRules.judge(swarm, need)).reasons().stream().map(Why::reason).toList();
  }

  private static Need limits(long maxCost, long maxPerHour, int minReputation, Set<String> excluded) {
    return Swarms.need(List.of("a:a"), Map.of(), maxCost, maxPerHour, minReputation, excluded);
  }
}
