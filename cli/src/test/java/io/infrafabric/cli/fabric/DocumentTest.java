package io.infrafabric.cli.fabric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.infrafabric.chassis.v1.Contract;
import io.infrafabric.common.v1.SkillLevel;
import io.infrafabric.coordinator.v1.Plan;
import io.infrafabric.coordinator.v1.Priority;
import io.infrafabric.error.RefusedException;
import io.infrafabric.governor.v1.Manifest;
import org.junit.jupiter.api.Test;

class DocumentTest {
  @Test
  void read_takesYamlWithTheNamesOfTheProto() {
    Manifest manifest =
        Document.read(
                "m.yaml",
                """
                swarm_id: s1
                capabilities: [code:parse, docs:write]
                cost_per_hour_micros: 2000000
                labels: {team: a}
                """,
                Manifest.newBuilder())
            .build();

    assertThat(manifest.getSwarmId()).isEqualTo("s1");
    assertThat(manifest.getCapabilitiesList()).containsExactly("code:parse", "docs:write");
    assertThat(manifest.getCostPerHourMicros()).isEqualTo(2_000_000);
    assertThat(manifest.getLabelsMap()).containsEntry("team", "a");
  }

  @Test
  void read_takesJsonAndNestedMessages() {
    Contract contract =
        Document.read(
                "c.json",
                "{\"swarmId\": \"s1\", \"limits\": {\"memoryBytes\": 1024, \"wallClock\": \"1.5s\"}}",
                Contract.newBuilder())
            .build();

    assertThat(contract.getLimits().getMemoryBytes()).isEqualTo(1024);
    assertThat(contract.getLimits().getWallClock().getNanos()).isEqualTo(500_000_000);
  }

  @Test
  void read_refusesAnUnknownKeyWithTheNearestKnown() {
    assertThatThrownBy(() -> Document.read("m.yaml", "swarm_id: s1\ncapabilites: []\n", Manifest.newBuilder()))
        .hasMessage("UNKNOWN_FIELD: m.yaml: capabilites: no such key, did you mean capabilities?");
    assertThatThrownBy(() -> Document.read("c.yaml", "limits: {memory: 5}\n", Contract.newBuilder()))
        .hasMessageContaining("limits.memory: no such key");
  }

  @Test
  void read_refusesWhatIsNoDocument() {
    assertThatThrownBy(() -> Document.read("m.yaml", "- a\n", Manifest.newBuilder())).hasMessageContaining("INVALID_ARGUMENT");
    assertThatThrownBy(() -> Document.read("m.yaml", "a: [", Manifest.newBuilder())).hasMessageContaining("INVALID_ARGUMENT");
    assertThatThrownBy(() -> Document.read("m.yaml", "max_concurrent: many", Manifest.newBuilder()))
        .hasMessageContaining("INVALID_ARGUMENT");
  }

  @Test
  void read_takesPlainTextForBytes_andLooksIntoLists() {
    String text =
        """
        phases:
        - name: a
          tasks:
          - {task_id: t1, payload_text: hello, priority: PRIORITY_HIGH}
          - {task_id: t2, payload: aGVsbG8=}
        """;
    Plan plan = Document.read("p.yaml", text, Plan.newBuilder()).build();
    assertThat(plan.getPhases(0).getTasksList()).extracting(spec -> spec.getPayload().toStringUtf8()).containsExactly("hello", "hello");
    assertThatThrownBy(() -> Document.read("p.yaml", "phases: [{name: a, tasks: [{}, {dependson: []}]}]", Plan.newBuilder()))
        .hasMessageContaining("phases[0].tasks[1].dependson: no such key, did you mean depends_on?");
    assertThatThrownBy(() -> Document.read("p.yaml", "plan_id_text: a", Plan.newBuilder())).hasMessageContaining("plan_id_text: no such key");
  }

  @Test
  void read_tellsAllThatIsWrongAtOnce() {
    String text =
        """
        swarm_id: [s1]
        capabilities: code:java
        max_concurrent: many
        cost_per_hour: -1
        labels: [a]
        skills: {code:java: good, docs:write: expert}
        token_price: 5
        modle: haiku
        description: {a: b}
        """;
    assertThatThrownBy(() -> Document.read("m.yaml", text, Manifest.newBuilder()))
        .isInstanceOfSatisfying(
            RefusedException.class,
            refused ->
                assertThat(refused.refusal().fields())
                    .extracting(field -> field.path() + ": " + field.description())
                    .containsExactly(
                        "swarm_id: a text is expected",
                        "capabilities: a list is expected",
                        "max_concurrent: a whole number is expected",
                        "cost_per_hour: \"-1\" is not an amount: write dollars such as 0.25: digits, then at most six decimals",
                        "labels: keys and values are expected",
                        "skills[code:java]: \"good\" is no skill level; known are novice, intermediate, advanced, expert",
                        "token_price: keys and values are expected",
                        "modle: no such key, did you mean model?",
                        "description: a text is expected"));
  }

  @Test
  void read_takesMoneyInDollars_exactly() {
    String text = "cost_per_hour: 0.1\ntoken_price: {input_per_million: '3', outputPerMillion: 0.000001}\n";
    Manifest manifest = Document.read("m.yaml", text, Manifest.newBuilder()).build();
    assertThat(manifest.getCostPerHourMicros()).isEqualTo(100_000);
    assertThat(manifest.getTokenPrice().getInputPerMillionMicros()).isEqualTo(3_000_000);
    assertThat(manifest.getTokenPrice().getOutputPerMillionMicros()).isEqualTo(1);
    assertThatThrownBy(() -> Document.read("m.yaml", "cost_per_hour: 0.0000001", Manifest.newBuilder())).hasMessageStartingWith("INVALID_MONEY");
    assertThatThrownBy(() -> Document.read("m.yaml", "cost_per_hour: .inf", Manifest.newBuilder())).hasMessageStartingWith("INVALID_MONEY");
    assertThatThrownBy(() -> Document.read("m.yaml", "cost_per_hour: 1\ncost_per_hour_micros: 1", Manifest.newBuilder()))
        .hasMessageContaining("cost_per_hour_micros is given twice");
  }

  @Test
  void read_takesTheLastWordsOfAnEnumsValue_inListsAndMapsToo() {
    Manifest manifest = Document.read("m.yaml", "skills: {a:b: expert, c:d: SKILL_LEVEL_NOVICE}", Manifest.newBuilder()).build();
    assertThat(manifest.getSkillsMap()).containsEntry("a:b", SkillLevel.SKILL_LEVEL_EXPERT).containsEntry("c:d", SkillLevel.SKILL_LEVEL_NOVICE);
    Plan plan = Document.read("p.yaml", "phases: [{name: a, tasks: [{task_id: t, priority: high}]}]", Plan.newBuilder()).build();
    assertThat(plan.getPhases(0).getTasks(0).getPriority()).isEqualTo(Priority.PRIORITY_HIGH);
  }
}
