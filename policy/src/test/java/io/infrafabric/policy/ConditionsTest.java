package io.infrafabric.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.governor.v1.AccountFacts;
import io.infrafabric.governor.v1.ClaimFacts;
import io.infrafabric.governor.v1.PolicyFinding;
import io.infrafabric.governor.v1.PolicyProblem;
import io.infrafabric.governor.v1.SwarmFacts;
import io.infrafabric.governor.v1.TaskFacts;
import io.infrafabric.governor.v1.ViolationType;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConditionsTest {
  private static final ClaimFacts FACTS =
      ClaimFacts.newBuilder()
          .setTask(
              TaskFacts.newBuilder()
                  .setTaskId("t1")
                  .setTaskClass("security")
                  .setPriority("high")
                  .addRequiredCapabilities("code:java")
                  .putLabels("team", "red")
                  .setMaxCostMicros(4_000_000))
          .setSwarm(SwarmFacts.newBuilder().setSwarmId("fox").setModel("sonnet").addCapabilities("code:java").setReputationMillis(850).setOpenClaims(1))
          .setAccount(AccountFacts.newBuilder().setCreditMicros(9_000_000).setCommittedMicros(2_000_000).setAvailableMicros(7_000_000))
          .build();

  private static String condition(String when, String require) {
    return "conditions:\n- name: c\n  when: '%s'\n  require: '%s'\n".formatted(when.replace("'", "''"), require.replace("'", "''"));
  }

  private static ActivePolicy policy(String document) {
    PolicyDocument read = PolicyDocument.read(document);
    assertThat(read.problems()).isEmpty();
    return ActivePolicy.of(7, read.terms());
  }

  private static List<PolicyFinding> findings(String when, String require) {
    return AdmissionRules.decide(policy(condition(when, require)), FACTS).findings();
  }

  @ParameterizedTest
  @CsvSource(delimiter = ';', quoteCharacter = '`', value = {
    "true ; swarm.reputation_millis >= 850 ; true",
    "true ; swarm.reputation_millis > 850 ; false",
    "task.task_class == 'security' ; swarm.model in ['sonnet', 'opus'] ; true",
    "task.task_class == 'security' ; swarm.model == 'opus' ; false",
    "task.task_class == 'documentation' ; false ; true",
    "true ; task.max_cost_micros <= account.available_micros / 2 ; false",
    "true ; task.required_capabilities.all(c, c in swarm.capabilities) ; true",
    "true ; 'team' in task.labels && task.labels['team'].startsWith('r') ; true",
    "true ; task.labels.exists(l, l == 'cost-centre') ; false",
    "true ; task.priority in ['high', 'critical'] || swarm.open_claims < 1 ; true",
    "true ; swarm.swarm_id.matches('^f[a-z]+$') ; true",
    "true ; size(task.required_capabilities) == 1 ; true",
  })
  void condition_looksAtTaskSwarmAndAccount(String when, String require, boolean holds) {
    List<PolicyFinding> findings = findings(when, require);
    assertThat(findings.isEmpty()).as("%s", findings).isEqualTo(holds);
    findings.forEach(finding -> assertThat(finding.getType()).isEqualTo(ViolationType.VIOLATION_TYPE_CONDITION));
  }

  @Test
  void deniedClaim_isToldTheMessage_orWhatDoesNotHold() {
    assertThat(findings("true", "swarm.open_claims == 0")).singleElement().extracting(PolicyFinding::getDetail).isEqualTo("swarm.open_claims == 0 does not hold");
    ActivePolicy policy = policy("conditions:\n- {name: one-at-a-time, require: swarm.open_claims == 0, message: finish the other one first}\n");
    PolicyFinding finding = AdmissionRules.decide(policy, FACTS).findings().getFirst();
    assertThat(finding.getRule()).isEqualTo("one-at-a-time");
    assertThat(finding.getDetail()).isEqualTo("finish the other one first");
  }

  @ParameterizedTest
  @ValueSource(strings = {"task.labels['none'] == 'x'", "1 / (swarm.open_claims - 1) == 1", "task.required_capabilities[5] == 'a'", "task.max_cost_micros * 9223372036854775807 > 0"})
  void error_denies_whereverItIs(String broken) {
    for (List<PolicyFinding> findings : List.of(findings("true", broken), findings(broken, "true"))) {
      assertThat(findings).singleElement().extracting(PolicyFinding::getType).isEqualTo(ViolationType.VIOLATION_TYPE_CONDITION_ERROR);
    }
  }

  @Test
  void everyConditionThatDoesNotHold_isFound_besideTheLimits() {
    ActivePolicy policy =
        policy("resource_policy: {max_cost_per_task: 1}\nconditions:\n- {name: a, require: 'false'}\n- {name: b, require: 'true'}\n- {name: c, require: 'false'}\n");
    assertThat(AdmissionRules.decide(policy, FACTS).findings()).extracting(PolicyFinding::getRule).containsExactly("max_cost_per_task", "a", "c");
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
    "task.prise > 1 | undefined field",
    "tsk.max_cost_micros > 1 | undeclared reference",
    "task.max_cost_micros | expected type",
    "task.max_cost_micros > 'a' | no matching overload",
    "swarm.reputation_millis >= | mismatched input",
    "now() > 1 | undeclared reference",
  })
  void whatIsNoExpression_isFoundWithItsPlace_whenThePolicyIsValidated(String expression, String problem) {
    List<PolicyProblem> problems = PolicyDocument.read(condition("", expression)).problems();
    assertThat(problems).singleElement().satisfies(
        found -> {
          assertThat(found.getLine()).isEqualTo(4);
          assertThat(found.getPath()).isEqualTo("conditions[0].require");
          assertThat(found.getDescription()).startsWith("at 1:").containsIgnoringCase(problem);
        });
  }

  private static List<String> problems(String document) {
    return PolicyDocument.read(document).problems().stream().map(problem -> problem.getPath() + ": " + problem.getDescription()).toList();
  }

  @Test
  void conditionsAreNamed_once_andNeedARequirement() {
    assertThat(problems("conditions:\n- {require: 'true'}\n- {name: No Name, require: 'true'}\n- {name: a, require: 'true'}\n- {name: a, require: 'true'}\n- {name: b, wen: 'true'}\n"))
        .containsExactlyInAnyOrder(
            "conditions[0].name: a name is needed: lower-case letters, digits and inner hyphens, 1 to 63 characters",
            "conditions[1].name: a name is needed: lower-case letters, digits and inner hyphens, 1 to 63 characters",
            "conditions[3].name: another condition has this name",
            "conditions[4].wen: no such key: did you mean when?",
            "conditions[4].require: an expression is needed that must be true, such as swarm.reputation_millis >= 900");
    assertThat(problems("conditions: {}")).containsExactly("conditions: a list is expected here: begin each item with a hyphen");
    String many = IntStream.range(0, 33).mapToObj(i -> "- {name: c" + i + ", require: 'true'}").collect(Collectors.joining("\n", "conditions:\n", "\n"));
    assertThat(problems(many)).containsExactly("conditions: at most 32 conditions, not 33");
  }

  @Test
  void whatIsTooLargeOrTooDeep_isRefused() {
    assertThat(problems(condition("", "true || ".repeat(400) + "true"))).singleElement().asString().contains("conditions[0].require");
    assertThat(problems(condition("", "(".repeat(200) + "true" + ")".repeat(200)))).singleElement().asString().contains("conditions[0].require");
    assertThat(problems(condition("", "[".repeat(100) + "]".repeat(100) + " == []"))).isNotEmpty();
  }

  @Test
  void evaluationThatTakesTooManySteps_denies_alwaysAtTheSamePlace() {
    String ten = "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]";
    // Ten times ten times ten rounds, with several steps each; the "or" would swallow an error.
    List<PolicyFinding> findings = findings("true", ten + ".all(a, " + ten + ".all(b, " + ten + ".all(c, a + b + c + a + b + c + a >= 0))) || true");
    assertThat(findings).singleElement().satisfies(
        finding -> {
          assertThat(finding.getType()).isEqualTo(ViolationType.VIOLATION_TYPE_CONDITION_ERROR);
          assertThat(finding.getDetail()).contains("more than 10000 steps");
        });
  }

  @Test
  void evaluationThatTakesTooLong_denies_andIsKnownToBeTheClocksDoing() {
    AtomicLong clock = new AtomicLong();
    AdmissionRules.Decided decided =
        AdmissionRules.decide(policy(condition("", "swarm.open_claims == 1 || true")).timedBy(() -> clock.getAndAdd(Meter.MOST_TIME.toNanos() + 1)), FACTS);
    assertThat(decided.late()).isTrue();
    assertThat(decided.findings()).singleElement().extracting(PolicyFinding::getDetail).asString().contains("longer than 50 ms");
    assertThat(AdmissionRules.decide(policy(condition("", "swarm.open_claims == 1")).timedBy(() -> 0), FACTS).late()).isFalse();
  }

  @Test
  void aRegularExpression_takesNoLongerForAHostileText() {
    ClaimFacts hostile = FACTS.toBuilder().setTask(FACTS.getTask().toBuilder().putLabels("team", "a".repeat(255))).build();
    AdmissionRules.Decided decided =
        AdmissionRules.decide(policy(condition("", "task.labels['team'].matches('^(a+)+$')")), hostile);
    assertThat(decided.isAllowed()).isTrue();
  }
}
