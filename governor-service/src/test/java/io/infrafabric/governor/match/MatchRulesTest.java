package io.infrafabric.governor.match;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.governor.match.Verdict.Qualified;
import io.infrafabric.governor.match.Verdict.Unfit;
import io.infrafabric.governor.match.Verdict.Why;
import io.infrafabric.governor.v1.BreakerReason;
import io.infrafabric.governor.v1.PolicyLimits;
import io.infrafabric.governor.v1.PolicyTerms;
import io.infrafabric.governor.v1.RankSwarmsRequest;
import io.infrafabric.governor.v1.RejectReason;
import io.infrafabric.policy.ActivePolicy;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MatchRulesTest {
  private static final long USD = 1_000_000;

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
    assertThat(new Qualified(swarm, matched, wanted.capabilities().size()).match()).isCloseTo(match, within(1e-9));
  }

  private static ActivePolicy policy(int matchMillis, long maxCostMicros) {
    PolicyLimits limits =
        ActivePolicy.first().limits().toBuilder().setMinCapabilityMatchMillis(matchMillis).setMaxCostPerTaskMicros(maxCostMicros).build();
    return ActivePolicy.of(7, PolicyTerms.newBuilder().setLimits(limits).build());
  }

  @Test
  void thePolicyInForce_saysHowMuchOfWhatIsNeededIsEnough_andWhatATaskMayCost() {
    Profile half = swarm("s", USD, 700, "a:a");
    assertThat(MatchRules.judge(half, under(need("a:a", "b:b"), policy(500, 0)))).isInstanceOf(Qualified.class);
    assertThat(reasons(half, under(need("a:a", "b:b"), policy(501, 0)))).containsExactly(RejectReason.REJECT_REASON_CAPABILITY_MATCH);
    assertThat(MatchRules.judge(half, under(need(100, 0, 0, Set.of()), policy(700, 100)))).isInstanceOf(Qualified.class);
    assertThat(reasons(half, under(need(100, 0, 0, Set.of()), policy(700, 99)))).containsExactly(RejectReason.REJECT_REASON_POLICY);
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

  @Test
  void eachFilter_rejectsAlone() {
    assertThat(reasons(swarm("s", USD, 700, "b:b"), need("a:a"))).containsExactly(RejectReason.REJECT_REASON_CAPABILITY_MATCH);
    assertThat(reasons(swarm("s", 3 * USD, 700, "a:a"), need(0, 2 * USD, 0, Set.of())))
        .containsExactly(RejectReason.REJECT_REASON_COST_PER_HOUR);
    assertThat(reasons(swarm("s", USD, 700, "a:a"), need(101, 0, 0, Set.of()))).containsExactly(RejectReason.REJECT_REASON_CREDIT);
    assertThat(reasons(broken(), need("a:a"))).containsExactly(RejectReason.REJECT_REASON_BREAKER_OPEN);
    assertThat(reasons(swarm("s", USD, 700, "a:a"), need(0, 0, 701, Set.of()))).containsExactly(RejectReason.REJECT_REASON_REPUTATION);
    assertThat(reasons(swarm("s", USD, 700, "a:a"), need(0, 0, 0, Set.of("s")))).containsExactly(RejectReason.REJECT_REASON_EXCLUDED);
  }

  @Test
  void limits_areInclusive() {
    assertThat(MatchRules.judge(swarm("s", 2 * USD, 700, "a:a"), need(100, 2 * USD, 700, Set.of("t")))).isInstanceOf(Qualified.class);
  }

  @Test
  void aRejectedSwarm_carriesAllItsReasonsWithASentenceEach() {
    Need impossible = new Need(Set.of("b:b"), 101, 1, 701, Set.of("s"), 10, ActivePolicy.first());
    Unfit unfit = (Unfit) MatchRules.judge(broken(), impossible);
    assertThat(unfit.reasons())
        .extracting(Why::reason)
        .containsExactly(
            RejectReason.REJECT_REASON_CAPABILITY_MATCH,
            RejectReason.REJECT_REASON_COST_PER_HOUR,
            RejectReason.REJECT_REASON_CREDIT,
            RejectReason.REJECT_REASON_BREAKER_OPEN,
            RejectReason.REJECT_REASON_REPUTATION,
            RejectReason.REJECT_REASON_EXCLUDED);
    assertThat(unfit.reasons()).allSatisfy(why -> assertThat(why.detail()).isNotBlank());
  }

  @Test
  void withoutCredit_freeTasksRemain() {
    Profile poor = new Profile("s", Set.of("a:a"), USD, 700, 0, false, BreakerReason.BREAKER_REASON_UNSPECIFIED);
    assertThat(MatchRules.judge(poor, need("a:a"))).isInstanceOf(Qualified.class);
    assertThat(reasons(poor, need(1, 0, 0, Set.of()))).containsExactly(RejectReason.REJECT_REASON_CREDIT);
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
                    .build())
            .orElseThrow();
    assertThat(refusal.code()).isEqualTo(ErrorCode.ERROR_CODE_INVALID_ARGUMENT);
    assertThat(refusal.fields())
        .extracting(field -> field.path())
        .containsExactly("required_capabilities[0]", "max_cost_micros", "min_reputation_millis", "limit");
  }

  private static List<String> ids(List<Profile> swarms, Need need, int limit) {
    Stream<Verdict> verdicts = swarms.stream().map(swarm -> MatchRules.judge(swarm, need));
    return MatchRules.best(verdicts, limit).stream().map(best -> best.profile().swarmId()).toList();
  }

  private static List<RejectReason> reasons(Profile swarm, Need need) {
    return ((Unfit) MatchRules.judge(swarm, need)).reasons().stream().map(Why::reason).toList();
  }

  private static Need need(String... capabilities) {
    return new Need(new LinkedHashSet<>(List.of(capabilities)), 0, 0, 0, Set.of(), 10, ActivePolicy.first());
  }

  private static Need need(long maxCost, long maxPerHour, int minReputation, Set<String> excluded) {
    return new Need(Set.of("a:a"), maxCost, maxPerHour, minReputation, excluded, 10, ActivePolicy.first());
  }

  private static Profile swarm(String id, long cost, int reputation, String... capabilities) {
    return new Profile(id, Set.of(capabilities), cost, reputation, 100, false, BreakerReason.BREAKER_REASON_UNSPECIFIED);
  }

  private static Need under(Need need, ActivePolicy policy) {
    return new Need(
        need.capabilities(), need.maxCostMicros(), need.maxCostPerHourMicros(), need.minReputationMillis(), need.excluded(), need.limit(), policy);
  }

  private static Profile broken() {
    return new Profile("s", Set.of("a:a"), USD, 700, 100, true, BreakerReason.BREAKER_REASON_MANUAL);
  }
}
