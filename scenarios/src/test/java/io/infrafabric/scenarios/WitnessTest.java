package io.infrafabric.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import io.grpc.Channel;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.ApproveTaskRequest;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.governor.v1.GetCheckpointRequest;
import io.infrafabric.governor.v1.ProveConsistencyRequest;
import io.infrafabric.governor.v1.ProveInclusionRequest;
import io.infrafabric.governor.v1.QueryRequest;
import io.infrafabric.governor.v1.WitnessServiceGrpc;
import io.infrafabric.kit.grpc.GrpcClient;
import io.infrafabric.kit.merkle.Checkpoint;
import io.infrafabric.kit.merkle.Hashes;
import io.infrafabric.kit.merkle.ProofRules;
import io.infrafabric.kit.merkle.SignedNote;
import io.infrafabric.names.Keys;
import io.infrafabric.testkit.chaos.WitnessExport;
import io.infrafabric.testkit.history.Version;
import io.infrafabric.testkit.history.WitnessJudge;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** I13 at the public doors: what was acknowledged has one entry each, over a kill of the governor, and strangers can check it. */
class WitnessTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int TASKS = 30;

  private static RunningFabric running;
  private static GrpcClient governor;
  @TempDir Path folder;

  @BeforeAll
  static void start() throws Exception {
    running = RunningFabric.startWithoutChassis();
    governor = GrpcClient.channel(running.fabric().governor().address());
  }

  @AfterAll
  static void stop() {
    if (governor != null) {
      governor.close();
    }
    if (running != null) {
      running.close();
    }
  }

  private static WitnessServiceGrpc.WitnessServiceBlockingStub witness() {
    return WitnessServiceGrpc.newBlockingStub(channel()).withWaitForReady();
  }

  private static Channel channel() {
    return governor.channel();
  }

  private static void work(String swarm, int from, int to) {
    String session = running.client().open(swarm, Duration.ofSeconds(60));
    for (int i = from; i < to; i++) {
      running.client().submit(TaskSpec.newBuilder().setTaskId("seen-" + i).addRequiredCapabilities("code:seen").setMaxCostMicros(100).build());
      Claim claim = running.client().claim("seen-" + i, swarm, session);
      running.client().complete(claim, "done", 40);
    }
  }

  /** Waits until the log covers what is there now; answers the judge that has seen all of etcd's history. */
  private static WitnessJudge covered() {
    return await("the log covers everything").atMost(PATIENCE).until(WitnessTest::judge, WitnessJudge::isCovered);
  }

  private static WitnessJudge judge() {
    WitnessJudge judge = new WitnessJudge(new Keys());
    Map<Long, List<Version>> revisions = new TreeMap<>();
    running.history(new Keys().root()).forEach(version -> revisions.computeIfAbsent(version.revision(), revision -> new ArrayList<>()).add(version));
    revisions.values().forEach(judge::next);
    return judge;
  }

  /** O7: a task with a gate is nobody's before a named person has let it through. */
  private static void letThrough() {
    String session = running.client().open("seen", Duration.ofSeconds(60));
    running.client().submit(TaskSpec.newBuilder().setTaskId("gated").addRequiredCapabilities("code:seen").setNeedsApproval(true).build());
    assertThat(Refused.by(() -> running.client().claim("gated", "seen", session)).code()).isEqualTo(ErrorCode.ERROR_CODE_TASK_NOT_READY);
    running
        .client()
        .tasks()
        .approveTask(ApproveTaskRequest.newBuilder().setRequestId("let-through").setTaskId("gated").setPrincipal("ada@example.org").setReason("seen it").build());
  }

  @Test
  void everyAcknowledgement_hasOneEntry_overAKill_andStrangersCanCheckThem() throws Exception {
    running.client().register("seen", 1_000_000, 8, "code:seen");
    letThrough();
    work("seen", 0, TASKS / 2);
    covered();
    SignedNote early = SignedNote.parse(witness().getCheckpoint(GetCheckpointRequest.getDefaultInstance()).getCheckpoint());
    running.fabric().governor().kill();
    work("seen", TASKS / 2, TASKS);
    running.fabric().governor().start();
    await("a new writer").atMost(PATIENCE).ignoreExceptions().until(() -> witness().getCheckpoint(GetCheckpointRequest.getDefaultInstance()).getTreeSize() > 0);
    WitnessJudge judge = covered();

    assertThat(WitnessExport.judge(judge, channel(), running.fabric().witness())).isEmpty();
    assertThat(judge.changes()).isGreaterThan(3 * TASKS);
    onlyExtended(Checkpoint.parse(early.text()));
    found();
    checkedByStrangers();
  }

  private static void onlyExtended(Checkpoint early) {
    var proof = witness().proveConsistency(ProveConsistencyRequest.newBuilder().setFromSize(early.size()).build());
    Checkpoint now = Checkpoint.parse(SignedNote.parse(proof.getCheckpoint()).text());
    List<byte[]> hashes = proof.getProofList().stream().map(ByteString::toByteArray).toList();
    assertThat(ProofRules.isConsistent(early.size(), early.root(), now.size(), now.root(), hashes)).isTrue();
  }

  private static void found() {
    var claimed = witness().query(QueryRequest.newBuilder().setOperation("task.claimed").setTaskId("seen-3").build()).getEntriesList();
    assertThat(claimed).hasSize(1);
    assertThat(claimed.getFirst().getEntry()).contains("\"swarm\":\"seen\"", "\"fence\":");
    var completed = witness().query(QueryRequest.newBuilder().setOperation("task.completed").setPageSize(500).build());
    assertThat(completed.getEntriesList()).hasSize(TASKS).allMatch(entry -> entry.getEntry().contains("\"cost\":{\"micros\":40"));
    assertThat(witness().query(QueryRequest.newBuilder().setTaskId("gated").setOperation("task.approved").build()).getEntriesList())
        .singleElement()
        .satisfies(entry -> assertThat(entry.getEntry()).contains("\"principal\":\"ada@example.org\"", "\"request\":\"let-through\"").doesNotContain("seen it"));
    long index = claimed.getFirst().getIndex();
    var proof = witness().proveInclusion(ProveInclusionRequest.newBuilder().setIndex(index).build());
    Checkpoint now = Checkpoint.parse(SignedNote.parse(proof.getCheckpoint()).text());
    byte[] leaf = Hashes.leaf(claimed.getFirst().getEntryBytes().toByteArray());
    assertThat(ProofRules.includes(index, now.size(), leaf, proof.getPathList().stream().map(ByteString::toByteArray).toList(), now.root())).isTrue();
  }

  /** By the command line, and by a program in another language that knows nothing of this project. */
  private void checkedByStrangers() throws Exception {
    Path log = folder.resolve("log.jsonl");
    Path key = running.fabric().witness().resolve("verifier-key");
    Path nothing = Files.createFile(folder.resolve("nothing"));
    Ifctl ifctl = new Ifctl(running);
    assertThat(ifctl.call(nothing, "witness", "export", log.toString()).exitCode()).isZero();
    Ifctl.Result verified = ifctl.call(nothing, "witness", "verify", "--offline", log.toString(), "--key", key.toString(), "-o", "json");
    assertThat(verified.exitCode()).as(verified.talk()).isZero();
    assertThat(verified.out()).startsWith("{\"verified\":true,");
    assertThat(node(log, key).stream().findFirst().orElseThrow()).startsWith("verified ");

    String text = Files.readString(log);
    Files.writeString(log, text.replaceFirst("\"micros\":40", "\"micros\":41"));
    Ifctl.Result changed = ifctl.call(nothing, "witness", "verify", "--offline", log.toString(), "--key", key.toString(), "-o", "json");
    assertThat(changed.exitCode()).isEqualTo(1);
    assertThat(changed.out()).contains("\"firstBadIndex\":");
    assertThat(node(log, key).stream().findFirst().orElseThrow()).startsWith("NOT VERIFIED");
  }

  private static List<String> node(Path log, Path key) throws Exception {
    NodeFolder.giveUpUnlessThere("node");
    Path program = RunningFabric.repository().resolve("deploy/examples/witness/verify.mjs");
    Process process = new ProcessBuilder("node", program.toString(), log.toString(), Files.readString(key).strip()).redirectErrorStream(true).start();
    try (NodeProgram node = new NodeProgram("verify.mjs", process)) {
      node.awaitExit();
      return node.lines();
    }
  }
}
