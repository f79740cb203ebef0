package io.infrafabric.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.HeldClaim;
import io.infrafabric.coordinator.v1.ListClaimsRequest;
import io.infrafabric.coordinator.v1.OpenSessionRequest;
import io.infrafabric.coordinator.v1.Phase;
import io.infrafabric.coordinator.v1.Plan;
import io.infrafabric.coordinator.v1.PlanServiceGrpc;
import io.infrafabric.coordinator.v1.ReportProgressRequest;
import io.infrafabric.coordinator.v1.SubmitPlanRequest;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.nats.client.Connection;
import io.nats.client.Nats;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** An agent whose process dies and is started again: same phase, claims and context (O9). */
@ExtendWith(SharedFabric.class)
class CrashedAgentTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** Notes where it is and hangs; when it finds that it was there, it ends with what it found. */
  private static final String PROGRAM =
      """
      if [ -s "$IF_CHECKPOINT_FILE" ]; then cat "$IF_CHECKPOINT_FILE"; exit 0; fi
      echo "line 400 under $IF_ATTEMPT" > "$IF_CHECKPOINT_FILE.new" && mv "$IF_CHECKPOINT_FILE.new" "$IF_CHECKPOINT_FILE"
      exec sleep 1000
      """;

  private final RunningFabric fabric;
  private final FabricClient client;
  private final String skill = Unique.capability();
  private final String swarm = Unique.id("mortal");
  private final String task = Unique.id("half-done");

  @TempDir Path talk;

  CrashedAgentTest(RunningFabric fabric) {
    this.fabric = fabric;
    this.client = fabric.client();
  }

  @Test
  void claimsOfASwarmThatComesBack_goOn_andItsDeadProcessCanReportNothing() throws Exception {
    client.register(swarm, 1_000_000, 3, skill);
    String session = client.open(swarm, Duration.ofMinutes(5));
    String plan = Unique.id("plan");
    Phase first = Phase.newBuilder().setName("phase-1").addTasks(TaskSpec.newBuilder().setTaskId(task).addRequiredCapabilities(skill).setMaxCostMicros(1_000)).build();
    PlanServiceGrpc.newBlockingStub(client.coordinator())
        .submitPlan(SubmitPlanRequest.newBuilder().setRequestId(FabricClient.request()).setPlan(Plan.newBuilder().setPlanId(plan).addPhases(first)).build());
    Claim before = await().atMost(PATIENCE).ignoreExceptions().until(() -> client.claim(task, swarm, session), claim -> true);
    client
        .claims()
        .reportProgress(
            ReportProgressRequest.newBuilder()
                .setRequestId(FabricClient.request())
                .setTaskId(task)
                .setSwarmId(swarm)
                .setFence(before.getFence())
                .setPercent(40)
                .setNote("four of ten")
                .setCheckpoint(ByteString.copyFromUtf8("line 400"))
                .build());
    OpenSessionRequest again = OpenSessionRequest.newBuilder().setRequestId(FabricClient.request()).setSwarmId(swarm).setInherit(true).build();
    assertThat(client.sessions().openSession(again).getInheritedClaims()).isEqualTo(1);
    try (Connection nats = Nats.connect(fabric.fabric().nats().address()); FabricClient byNats = FabricClient.over(new NatsChannel(nats))) {
      List<HeldClaim> held = byNats.claims().listClaims(ListClaimsRequest.newBuilder().setSwarmId(swarm).build()).getClaimsList();
      assertThat(held).hasSize(1);
      assertThat(held.getFirst().getClaim().getClaimId()).isEqualTo(before.getClaimId());
      assertThat(held.getFirst().getPercent()).isEqualTo(40);
      assertThat(held.getFirst().getNote()).isEqualTo("four of ten");
      assertThat(held.getFirst().getPhase()).isEqualTo("phase-1");
      assertThat(held.getFirst().getClaim().getSpec().getPlanId()).isEqualTo(plan);
      assertThat(held.getFirst().getClaim().getCheckpoint().getData().toStringUtf8()).isEqualTo("line 400");
      assertThat(Refused.by(() -> client.complete(before, "from the grave", 0)).code()).isEqualTo(ErrorCode.ERROR_CODE_STALE_FENCE);
      client.complete(held.getFirst().getClaim(), "by the one who came back", 0);
    }
    Task done = client.task(task);
    assertThat(done.getAttempt()).isEqualTo(1);
    assertThat(done.getCompleted().getResult().toStringUtf8()).isEqualTo("by the one who came back");
  }

  @Test
  void programAgent_thatIsKilledAndStartedAgain_goesOnFromItsCheckpoint() throws Exception {
    Process first = agent("first");
    List<ProcessHandle> orphans = List.of();
    Process second = null;
    try {
      await("the agent").atMost(PATIENCE).until(() -> Files.readString(talk.resolve("first.err")).contains("is at work"));
      client.submit(TaskSpec.newBuilder().setTaskId(task).addRequiredCapabilities(skill).build());
      await("the checkpoint").atMost(PATIENCE).untilAsserted(() -> assertThat(client.task(task).hasCheckpoint()).as(Files.readString(talk.resolve("first.err"))).isTrue());
      orphans = first.descendants().toList();
      first.destroyForcibly().waitFor();
      second = agent("second");
      await("the end").atMost(PATIENCE).until(() -> client.task(task).hasCompleted());
      Task done = client.task(task);
      assertThat(done.getCompleted().getResult().toStringUtf8()).isEqualTo("line 400 under 1\n");
      assertThat(done.getAttempt()).as("it was one claim").isEqualTo(1);
      assertThat(done.getCompleted().getClaim().getInherited()).isEqualTo(1);
    } finally {
      orphans.forEach(ProcessHandle::destroyForcibly);
      first.destroyForcibly();
      if (second != null) {
        second.descendants().forEach(ProcessHandle::destroyForcibly);
        second.destroyForcibly();
      }
    }
  }

  private Process agent(String name) throws IOException {
    return new Ifctl(fabric)
        .process("agent", "run", "--swarm", swarm, "--capability", skill, "--inherit", "--ttl", "60s", "--", "sh", "-c", PROGRAM)
        .redirectOutput(talk.resolve(name + ".out").toFile())
        .redirectError(talk.resolve(name + ".err").toFile())
        .start();
  }
}
