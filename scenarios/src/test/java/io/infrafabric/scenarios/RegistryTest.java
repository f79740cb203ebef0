package io.infrafabric.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.common.v1.SkillLevel;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.governor.v1.GetSwarmRequest;
import io.infrafabric.governor.v1.ListSwarmsRequest;
import io.infrafabric.governor.v1.Manifest;
import io.infrafabric.governor.v1.RegisterSwarmRequest;
import io.infrafabric.kit.auth.SigningKey;
import io.infrafabric.names.Subjects;
import io.infrafabric.names.SwarmId;
import io.nats.client.Connection;
import io.nats.client.Nats;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** G1, G14 and G16 through the doors: folders of manifests, signatures, and work that goes to the models that its class prefers. */
class RegistryTest {
  private static final Duration SOON = Duration.ofSeconds(20);

  @TempDir static Path folder;
  private static RunningFabric fabric;
  private static Ifctl ifctl;
  private static Path nothing;

  @BeforeAll
  static void start() throws Exception {
    Path keys = Files.writeString(folder.resolve("manifest.keys"), "k1 * " + SigningKey.generate("k1", folder.resolve("k1.pem")) + "\n");
    nothing = Files.writeString(folder.resolve("nothing"), "");
    fabric =
        RunningFabric.startWithoutChassis(
            "IF_MANIFEST_SIGNATURES", "verify", "IF_MANIFEST_KEYS", keys.toString(), "IF_MATCH_EXPLORATION_PERCENT", "0");
    ifctl = new Ifctl(fabric);
  }

  @AfterAll
  static void stop() {
    fabric.close();
  }

  private static boolean isRegistered(String swarm) {
    return fabric.client().registry().listSwarms(ListSwarmsRequest.newBuilder().setPageSize(500).build()).getStandingsList().stream()
        .anyMatch(standing -> standing.getSwarmId().equals(swarm));
  }

  @Test
  void folderOfManifests_isTakenAsAWhole_orEverythingThatIsWrongIsTold() throws Exception {
    Path swarms = Files.createDirectory(folder.resolve("swarms"));
    Files.writeString(swarms.resolve("a.yaml"), "swarm_id: import-a\ncapabilities: [code:java]\nmodel: haiku\ncost_per_hour: 2.00\nreputation: 1.0\n");
    Files.writeString(swarms.resolve("b.json"), "{\"swarmId\": \"import-b\", \"capabilities\": [\"java\"], \"costPerHourMicros\": \"-1\", \"maxConcurent\": 5}");

    Ifctl.Result refused = ifctl.call(nothing, "swarm", "import", swarms.toString());
    assertThat(refused.exitCode()).isEqualTo(2);
    assertThat(refused.talk()).contains("capabilities[0]").contains("cost_per_hour_micros").contains("maxConcurent: no such key, did you mean max_concurrent?");
    assertThat(isRegistered("import-a")).isFalse();

    Files.writeString(swarms.resolve("b.json"), "{\"swarmId\": \"import-b\", \"capabilities\": [\"code:java\"], \"costPerHourMicros\": \"1000000\"}");
    Ifctl.Result imported = ifctl.call(nothing, "swarm", "import", swarms.toString());
    assertThat(imported.exitCode()).as(imported.talk()).isZero();
    assertThat(imported.out()).containsPattern("import-a +created +1").containsPattern("import-b +created +1").contains("reputation is ignored");
    assertThat(fabric.client().registry().getSwarm(GetSwarmRequest.newBuilder().setSwarmId("import-a").build()).getStanding().getReputationMillis()).isEqualTo(700);
    assertThat(ifctl.call(nothing, "swarm", "import", swarms.toString()).out()).containsPattern("import-a +unchanged +1").containsPattern("import-b +unchanged +1");
  }

  @Test
  void signedManifest_isTaken_andOneByteOfItIsNot() throws Exception {
    Path file = folder.resolve("signed.yaml");
    Files.writeString(file, "swarm_id: signed\ncapabilities: [code:java]\nmodel: haiku\ncost_per_hour: 2.00\nmanifest_version: 1\n");
    Ifctl.Result signature = ifctl.call(nothing, "swarm", "sign", file.toString(), "--key", folder.resolve("k1.pem").toString());
    assertThat(signature.exitCode()).as(signature.talk()).isZero();
    String signed = Files.readString(file) + signature.out();
    try (Connection nats = Nats.connect(fabric.fabric().nats().address())) {
      List<String> facts = new CopyOnWriteArrayList<>();
      nats.createDispatcher(message -> facts.add(new String(message.getData(), StandardCharsets.UTF_8))).subscribe(Subjects.eventsOf("manifest", "rejected"));
      nats.flush(SOON);
      Files.writeString(file, signed.replace("cost_per_hour: 2.00", "cost_per_hour: 2.01"));
      Ifctl.Result tampered = ifctl.call(nothing, "swarm", "register", file.toString());
      assertThat(tampered.exitCode()).isEqualTo(5);
      assertThat(tampered.talk()).contains("MANIFEST_SIGNATURE_INVALID");
      await().atMost(SOON).until(() -> facts.stream().anyMatch(fact -> fact.contains("MANIFEST_SIGNATURE_INVALID") && fact.contains("\"k1\"")));
    }
    assertThat(isRegistered("signed")).isFalse();
    Files.writeString(file, signed);
    assertThat(ifctl.call(nothing, "swarm", "register", file.toString()).exitCode()).isZero();
    Ifctl.Result versions = ifctl.call(nothing, "swarm", "versions", "signed", "-o", "json");
    assertThat(versions.out()).contains("\"signedBy\": \"k1\"").contains("\"version\": 1");
    Manifest unsigned = Manifest.newBuilder().setSwarmId("signed").addCapabilities("code:java").setManifestVersion(2).build();
    assertThat(Refused.by(() -> register(unsigned)).code()).isEqualTo(ErrorCode.ERROR_CODE_MANIFEST_UNSIGNED);
  }

  private static Object register(Manifest manifest) {
    return fabric.client().registry().registerSwarm(RegisterSwarmRequest.newBuilder().setRequestId(FabricClient.request()).setManifest(manifest).build());
  }

  /** Answers the session. */
  private static String hire(String swarm, String model, long dollars, String capability) {
    register(Manifest.newBuilder().setSwarmId(swarm).addCapabilities(capability).setModel(model).setCostPerHourMicros(dollars * 1_000_000).build());
    return fabric.client().open(swarm, Duration.ofMinutes(2));
  }

  @Test
  void work_isOfferedFirstToTheModelsThatItsClassPrefers() throws Exception {
    String skill = Unique.capability();
    String haiku = Unique.id("haiku");
    String sonnet = Unique.id("sonnet");
    List<String> rung = new CopyOnWriteArrayList<>();
    try (Connection nats = Nats.connect(fabric.fabric().nats().address())) {
      var listener = nats.createDispatcher(message -> rung.add(message.getSubject() + " " + new String(message.getData(), StandardCharsets.UTF_8)));
      List.of(haiku, sonnet).forEach(swarm -> listener.subscribe(Subjects.offer(new SwarmId(swarm))));
      nats.flush(SOON);
      Map<String, String> sessions = Map.of(haiku, hire(haiku, "haiku", 2, skill), sonnet, hire(sonnet, "sonnet", 15, skill));
      for (String taskClass : List.of("documentation", "security", "boilerplate", "architecture")) {
        String preferred = taskClass.equals("documentation") || taskClass.equals("boilerplate") ? haiku : sonnet;
        String task = Unique.id("task");
        fabric.client().submit(TaskSpec.newBuilder().setTaskId(task).addRequiredCapabilities(skill).setTaskClass(taskClass).build());
        await().atMost(SOON).until(() -> rung.stream().anyMatch(offer -> offer.contains("\"" + task + "\"")));
        assertThat(rung.stream().filter(offer -> offer.contains("\"" + task + "\"")).findFirst().orElseThrow())
            .as(taskClass)
            .startsWith(Subjects.offer(new SwarmId(preferred)) + " ");
        fabric.client().complete(fabric.client().claim(task, preferred, sessions.get(preferred)), "done", 0);
      }
    }
  }

  @Test
  void taskThatWantsAnExpert_isNotClaimedByANovice() {
    String skill = Unique.capability();
    String novice = Unique.id("novice");
    String expert = Unique.id("expert");
    fabric.client().register(novice, 0, 3, skill);
    register(Manifest.newBuilder().setSwarmId(expert).addCapabilities(skill).putSkills(skill, SkillLevel.SKILL_LEVEL_EXPERT).build());
    String task = Unique.id("task");
    fabric.client().submit(TaskSpec.newBuilder().setTaskId(task).addRequiredCapabilities(skill).putMinSkills(skill, SkillLevel.SKILL_LEVEL_EXPERT).build());
    String session = fabric.client().open(novice, Duration.ofMinutes(1));
    assertThat(Refused.by(() -> fabric.client().claim(task, novice, session)).code()).isEqualTo(ErrorCode.ERROR_CODE_CAPABILITY_MISSING);
    fabric.client().complete(fabric.client().claim(task, expert, fabric.client().open(expert, Duration.ofMinutes(1))), "done", 0);
  }
}
