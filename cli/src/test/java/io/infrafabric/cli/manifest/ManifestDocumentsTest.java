package io.infrafabric.cli.manifest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ManifestDocumentsTest {
  @Test
  void oneManifest_isReadFromYamlAndFromJson() {
    String yaml =
        """
        swarm_id: s1
        capabilities: [code:java, docs:write]
        model: haiku
        cost_per_hour: 2.00
        skills: {code:java: advanced}
        """;
    String json =
        "{\"swarmId\":\"s1\",\"capabilities\":[\"code:java\",\"docs:write\"],\"model\":\"haiku\",\"costPerHourMicros\":\"2000000\",\"skills\":{\"code:java\":\"SKILL_LEVEL_ADVANCED\"}}";
    assertThat(read(yaml).manifests()).singleElement().extracting(WrittenManifest::manifest).isEqualTo(read(json).manifests().getFirst().manifest());
    assertThat(read(yaml).manifests().getFirst().source()).isEqualTo("m");
  }

  @Test
  void everyInvalidField_isNamedAtOnce_whetherItsFormOrItsValueIsWrong() {
    String text =
        """
        swarm_id: A
        capabilities: [java, 5]
        model: a b
        max_concurrent: many
        account_id: a.b
        colour: red
        """;
    assertThat(read(text).manifests()).isEmpty();
    assertThat(read(text).problems())
        .singleElement()
        .satisfies(
            refusal -> {
              assertThat(refusal.code()).isEqualTo(ErrorCode.ERROR_CODE_INVALID_ARGUMENT);
              assertThat(refusal.message()).startsWith("m: ");
              assertThat(refusal.fields())
                  .extracting(Refusal.Field::path)
                  .containsExactlyInAnyOrder(
                      "swarm_id", "capabilities[0]", "capabilities[1]", "model", "max_concurrent", "account_id", "colour", "cost_per_hour_micros");
            });
  }

  @Test
  void severalManifests_standInOneText() {
    String documents = "swarm_id: s1\ncapabilities: [a:b]\ncost_per_hour: 1\n---\nswarm_id: s2\ncapabilities: [a:b]\ncost_per_hour: 1\n";
    assertThat(read(documents).manifests()).extracting(WrittenManifest::source).containsExactly("m#1", "m#2");
    String list = "- {swarm_id: s1, capabilities: [a:b], cost_per_hour: 1}\n- {swarm_id: s2, capabilities: [], cost_per_hour: 1}\n";
    assertThat(read(list).manifests()).extracting(written -> written.manifest().getSwarmId()).containsExactly("s1");
    assertThat(read(list).problems()).singleElement().satisfies(refusal -> assertThat(refusal.message()).startsWith("m[1]: capabilities: "));
  }

  @Test
  void profilesOfThePredecessor_becomeManifests_withoutTheirBudget() {
    String text =
        """
        resource_policy: {max_swarms_per_task: 3}
        swarm_profiles:
          session-1-ndi:
            capabilities: ['integration:ndi', 'docs:technical-writing']
            cost_per_hour: 2.0
            budget: 40.0
          session-7-ifbus:
            capabilities: ['integration:sip', 'architecture:patterns']
            cost_per_hour: 15.0
        """;
    assertThat(read(text).problems()).isEmpty();
    assertThat(read(text).manifests())
        .extracting(written -> written.manifest().getSwarmId() + " " + written.manifest().getCostPerHourMicros() + " " + written.notes())
        .containsExactly(
            "session-1-ndi 2000000 [budget is no part of a manifest: ifctl account grant session-1-ndi 40.0]", "session-7-ifbus 15000000 []");
  }

  @Test
  void oneSwarmTwice_isAProblem() {
    ManifestDocuments documents =
        new ManifestDocuments()
            .add("a.yaml", "{swarm_id: s1, capabilities: [a:b], cost_per_hour: 1}")
            .add("b.yaml", "{swarm_id: s1, capabilities: [a:c], cost_per_hour: 1}");
    assertThat(documents.problems()).singleElement().satisfies(refusal -> assertThat(refusal.message()).isEqualTo("b.yaml: swarm_id: swarm s1 stands in a.yaml already"));
  }

  @Test
  void whatIsNoManifest_isAProblem_andHidesNoOther() {
    ManifestDocuments documents =
        new ManifestDocuments().add("a", "").add("b", "just a text").add("c", "a: [").add("d", "swarm_profiles: {s1: 5}").add("e", "a: 1\na: 2").add(
            "f", "{swarm_id: s1, capabilities: [a:b], cost_per_hour: 1}");
    assertThat(documents.problems()).extracting(refusal -> refusal.message().substring(0, 1)).containsExactly("a", "b", "c", "d", "e");
    assertThat(documents.manifests()).hasSize(1);
  }

  @Test
  void folder_isReadByName_withoutWhatIsNoManifest(@TempDir Path folder) throws IOException {
    manifest(folder.resolve("b.yml"), "s2");
    manifest(folder.resolve("a.yaml"), "s1");
    manifest(folder.resolve("c.json"), "s3");
    manifest(folder.resolve(".hidden.yaml"), "s4");
    Files.writeString(folder.resolve("readme.md"), "# no manifest");
    Files.createDirectory(folder.resolve("d.yaml"));
    assertThat(ManifestFiles.read(folder).manifests()).extracting(written -> written.manifest().getSwarmId()).containsExactly("s1", "s2", "s3");
    assertThat(ManifestFiles.read(folder.resolve("b.yml")).manifests()).hasSize(1);
  }

  @Test
  void pathWithoutManifests_isRefused(@TempDir Path folder) throws IOException {
    assertThatThrownBy(() -> ManifestFiles.read(folder)).isInstanceOf(UncheckedIOException.class).hasMessageContaining("has no .yaml");
    assertThatThrownBy(() -> ManifestFiles.read(folder.resolve("x.yaml"))).isInstanceOf(UncheckedIOException.class);
    Files.write(folder.resolve("x.yaml"), "\u00e4".getBytes(StandardCharsets.ISO_8859_1));
    assertThatThrownBy(() -> ManifestFiles.read(folder)).isInstanceOf(UncheckedIOException.class).hasMessageContaining("UTF-8");
  }

  private static void manifest(Path file, String swarm) throws IOException {
    Files.writeString(file, "{\"swarm_id\": \"%s\", \"capabilities\": [\"a:b\"], \"cost_per_hour\": 1}".formatted(swarm));
  }

  private static ManifestDocuments read(String text) {
    return new ManifestDocuments().add("m", text);
  }
}
