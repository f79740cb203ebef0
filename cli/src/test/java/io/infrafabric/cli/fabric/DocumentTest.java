package io.infrafabric.cli.fabric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.infrafabric.chassis.v1.Contract;
import io.infrafabric.coordinator.v1.Plan;
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
}
