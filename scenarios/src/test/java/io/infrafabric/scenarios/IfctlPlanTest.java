package io.infrafabric.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.GetPlanRequest;
import io.infrafabric.coordinator.v1.Phase;
import io.infrafabric.coordinator.v1.Plan;
import io.infrafabric.coordinator.v1.TaskSpec;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Plans that {@code ifctl} makes: of the lines of a file, and of a repository that was polled. */
@ExtendWith(SharedFabric.class)
class IfctlPlanTest {
  private final Ifctl ifctl;
  private final FabricClient client;
  private final MappedPlan plan;

  @TempDir Path folder;

  IfctlPlanTest(RunningFabric fabric) {
    this.ifctl = new Ifctl(fabric);
    this.client = fabric.client();
    this.plan = new MappedPlan(client);
  }

  private static JsonObject json(Ifctl.Result result) {
    return JsonParser.parseString(result.out()).getAsJsonObject();
  }

  private static void assertRefused(Ifctl.Result result, int exitCode, String code) {
    assertThat(result.exitCode()).as(result.out() + result.talk()).isEqualTo(exitCode);
    assertThat(json(result).getAsJsonObject("error").get("code").getAsString()).isEqualTo(code);
  }

  private Ifctl.Result map(Path lines, String... more) throws Exception {
    List<String> all = new ArrayList<>(List.of("plan", "map", plan.id(), lines.toString(), "--capability", plan.skill(), "--max-cost", "0", "-o", "json"));
    all.addAll(List.of(more));
    return ifctl.call(all.toArray(String[]::new));
  }

  @Test
  void linesOfAFile_becomeTasks_andTheirResultsBecomeOne() throws Exception {
    String swarm = plan.swarm(10);
    Path lines = Files.writeString(folder.resolve("lines"), "one\ntwo\nthree ä\n");
    Ifctl.Result mapped = map(lines, "--request-id", "map-" + plan.id());
    assertThat(mapped.exitCode()).as(mapped.talk()).isZero();
    assertThat(json(mapped).get("planId").getAsString()).isEqualTo(plan.id());
    assertThat(json(mapped).get("children").getAsInt()).isEqualTo(3);
    assertThat(json(map(lines, "--request-id", "map-" + plan.id())).get("children").getAsInt()).as("sent again").isEqualTo(3);
    assertRefused(map(lines), 3, "ALREADY_EXISTS");
    assertThat(plan.progress().getTotal()).isEqualTo(3);

    Set<String> payloads = new TreeSet<>();
    for (int i = 0; i < 3; i++) {
      Claim claim = plan.awaitNext(client, swarm);
      payloads.add(claim.getSpec().getPayload().toStringUtf8());
      if (i == 2) {
        assertRefused(ifctl.call("plan", "reduce", plan.id(), "majority-vote", "-o", "json"), 3, "PLAN_NOT_COMPLETE");
      }
      client.complete(claim, i == 0 ? "{\"score\": 2}" : "{\"score\": 1}", 0);
    }
    assertThat(payloads).containsExactly("one", "three ä", "two");
    await().atMost(MappedPlan.SOON).until(() -> plan.progress().getComplete());
    Ifctl.Result best = ifctl.call("plan", "reduce", plan.id(), "best-score");
    assertThat(best.exitCode()).as(best.talk()).isZero();
    assertThat(best.out()).as("the result and nothing else").isEqualTo("{\"score\": 2}\n");
    Ifctl.Result vote = ifctl.call("plan", "reduce", plan.id(), "quorum", "--quorum", "2", "-o", "json");
    assertThat(vote.exitCode()).as(vote.talk()).isZero();
    assertThat(json(vote).getAsJsonArray("taskIds")).hasSize(2);
    assertThat(json(vote).get("result").getAsString()).as("{\"score\": 1} in base64").isEqualTo("eyJzY29yZSI6IDF9");
  }

  private List<String> tasks(String id) {
    Plan there = plan.plans().getPlan(GetPlanRequest.newBuilder().setPlanId(id).build()).getPlan();
    return there.getPhasesList().stream().map(Phase::getTasksList).flatMap(List::stream).map(TaskSpec::getTaskId).toList();
  }

  /** C16: sessions are taken over one by one. */
  @Test
  void sessionsOfARepository_areImportedOneByOne() throws Exception {
    Path polled = Files.createDirectory(folder.resolve("polled"));
    for (String session : List.of("NDI", "SIP", "H323")) {
      Files.writeString(polled.resolve("INSTRUCTIONS-" + session + "-PHASE-1.md"), "## Task 1: First of %s (Haiku)\n- Estimated: 1 hour, $0.50\n".formatted(session));
    }
    String first = plan.id() + "-sip";
    String[] sip = {"plan", "import", polled.toString(), "--plan", first, "--capability", plan.skill(), "--session", "sip", "-o", "json"};
    Ifctl.Result imported = ifctl.call(sip);
    assertThat(imported.exitCode()).as(imported.talk()).isZero();
    assertThat(json(imported).get("created").getAsBoolean()).isTrue();
    assertThat(tasks(first)).containsExactly(first + "-sip-phase-1-t1");

    String rest = plan.id() + "-rest";
    Ifctl.Result others = ifctl.call("plan", "import", polled.toString(), "--plan", rest, "--capability", plan.skill(), "--session", "ndi,h323");
    assertThat(others.exitCode()).as(others.talk()).isZero();
    assertThat(tasks(rest)).containsExactlyInAnyOrder(rest + "-ndi-phase-1-t1", rest + "-h323-phase-1-t1");

    String none = plan.id() + "-none";
    Ifctl.Result unknown = ifctl.call("plan", "import", polled.toString(), "--plan", none, "--session", "sip,rtp", "-o", "json");
    assertThat(unknown.exitCode()).as(unknown.out()).isEqualTo(2);
    assertThat(json(unknown).getAsJsonObject("error").get("message").getAsString()).contains("no instructions for rtp");
    assertThat(Refused.by(() -> plan.plans().getPlan(GetPlanRequest.newBuilder().setPlanId(none).build())).code()).isEqualTo(ErrorCode.ERROR_CODE_PLAN_NOT_FOUND);
  }
}
