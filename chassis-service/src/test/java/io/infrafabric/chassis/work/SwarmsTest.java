package io.infrafabric.chassis.work;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import io.infrafabric.chassis.contract.Workload;
import io.infrafabric.chassis.sandbox.EndiveEngine;
import io.infrafabric.chassis.sandbox.Wat;
import io.infrafabric.chassis.v1.Contract;
import io.infrafabric.chassis.v1.Limits;
import io.infrafabric.common.v1.ObjectRef;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.kit.telemetry.Telemetry;
import io.infrafabric.names.SwarmId;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Real modules in the real sandbox against a coordinator in memory that loses requests and answers. */
class SwarmsTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final SwarmId SWARM = new SwarmId("census");

  private final long seed = System.nanoTime();
  private final MemoryCoordinator coordinator = new MemoryCoordinator(seed);
  private final MemoryBus bus = new MemoryBus();
  private final MemoryShelf objects = new MemoryShelf();
  private final Telemetry telemetry = Telemetry.none();
  private final ExecutionFacts facts = new ExecutionFacts(bus, telemetry.metrics().counter("dropped", "dropped"));
  private List<Contract> wanted = List.of();
  private final Swarms swarms =
      new Swarms(() -> wanted, coordinator, bus, objects, new EndiveEngine(8), facts, telemetry, InstantSource.system());

  @BeforeEach
  void load() throws Exception {
    try (InputStream in = SwarmsTest.class.getResourceAsStream("/modules/census.wasm")) {
      String sha256 = objects.put(in.readAllBytes()).getSha256();
      wanted =
          List.of(
              Contract.newBuilder()
                  .setSwarmId("census")
                  .setVersion(1)
                  .setModuleSha256(sha256)
                  .setMaxConcurrent(3)
                  .setCostPerCpuSecondMicros(20_000)
                  .setLimits(Limits.newBuilder().setWallClock(com.google.protobuf.Duration.newBuilder().setSeconds(10)))
                  .build());
    }
  }

  @AfterEach
  void close() {
    coordinator.lose(0);
    swarms.close();
    assertThat(coordinator.hasSession()).as("the session is given back").isFalse();
  }

  @Test
  void tasks_areCompletedWithWhatWasMeasured() throws Exception {
    submit(20);
    swarms.runOnce();
    awaitEnded(20);
    assertThat(coordinator.completed).hasSize(20);
    coordinator.completed.values().forEach(request -> assertThat(request.getCostMicros()).isPositive());
    assertThat(coordinator.completed.get("t7").getResult().toStringUtf8()).startsWith("{\"path\":\"7.java\",\"language\":\"java\",\"bytes\":4,");
    assertThat(coordinator.mostHeld).isLessThanOrEqualTo(3);
    await().atMost(PATIENCE).until(() -> swarms.of(SWARM).equals(new Workload.Counts(0, 20, 0)));
    facts.runOnce();
    assertThat(bus.durable).hasSize(20);
    assertThat(bus.durable.values()).allSatisfy(fact -> assertThat(fact.subject()).startsWith("if.v1.event.execution.measured.t"));
  }

  @Test
  void doorbell_isAnsweredAndTheSameClaimIsExecutedOnce() throws Exception {
    swarms.runOnce();
    await().atMost(PATIENCE).until(coordinator::hasSession);
    submit(1);
    byte[] offer = "{\"taskId\":\"t0\",\"swarmId\":\"census\",\"unknown\":1}".getBytes(StandardCharsets.UTF_8);
    for (int i = 0; i < 20; i++) {
      bus.publish("if.v1.offer.census", Map.of(), offer);
    }
    awaitEnded(1);
    await().atMost(PATIENCE).until(() -> swarms.of(SWARM).running() == 0);
    assertThat(swarms.of(SWARM)).isEqualTo(new Workload.Counts(0, 1, 0));
    assertThat(coordinator.claims).isEqualTo(1);
  }

  @Test
  void lostRequestsAndAnswers_neverClaimOrEndTwice() {
    coordinator.lose(0.2);
    submit(60);
    swarms.runOnce();
    awaitEnded(60);
    assertThat(coordinator.completed).as("seed %d", seed).hasSize(60);
    assertThat(coordinator.mostHeld).as("seed %d", seed).isLessThanOrEqualTo(3);
  }

  @Test
  void lostSession_isReplacedAndItsWorkDoneAgain() {
    submit(40);
    coordinator.endSessionAfter(6);
    swarms.runOnce();
    awaitEnded(40);
    assertThat(coordinator.completed).hasSize(40);
    assertThat(coordinator.sessions).isEqualTo(2);
  }

  @Test
  void failingModule_failsForGood() {
    coordinator.submit(spec("bad", ByteString.copyFromUtf8("no path line")));
    swarms.runOnce();
    awaitEnded(1);
    assertThat(coordinator.failed.get("bad").getRetryable()).isFalse();
    assertThat(coordinator.failed.get("bad").getReason()).contains("exit code 2");
  }

  @Test
  void payloadObject_isFetched_andFailsWhenItIsMissing() {
    ObjectRef there = objects.put("b.go\npackage b".getBytes(StandardCharsets.UTF_8));
    ObjectRef missing = there.toBuilder().setSha256("00".repeat(32)).build();
    coordinator.submit(spec("there", ByteString.EMPTY).toBuilder().clearPayload().setPayloadObject(there).build());
    coordinator.submit(spec("missing", ByteString.EMPTY).toBuilder().clearPayload().setPayloadObject(missing).build());
    swarms.runOnce();
    awaitEnded(2);
    assertThat(coordinator.completed.get("there").getResult().toStringUtf8()).contains("\"language\":\"go\"");
    assertThat(coordinator.failed.get("missing").getReason()).startsWith("OBJECT_NOT_FOUND");
  }

  /** Writes one byte thirty times 100,000 times. */
  private void loadWriter() {
    byte[] module =
        Wat.commandWith(
            "(memory (export \"memory\") 3) (global $n (mut i32) (i32.const 0))",
            """
            (i32.store (i32.const 0) (i32.const 64)) (i32.store (i32.const 4) (i32.const 100000))
            (loop $l
              (memory.fill (i32.const 64) (i32.add (i32.const 97) (global.get $n)) (i32.const 100000))
              (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16)))
              (global.set $n (i32.add (global.get $n) (i32.const 1)))
              (br_if $l (i32.lt_s (global.get $n) (i32.const 30))))
            """);
    Contract.Builder contract = wanted.getFirst().toBuilder().setModuleSha256(objects.put(module).getSha256());
    contract.getLimitsBuilder().setResultBytes(3_000_000);
    wanted = List.of(contract.build());
  }

  @Test
  void largeResult_goesToTheObjectStoreInPieces() {
    loadWriter();
    submit(1);
    swarms.runOnce();
    awaitEnded(1);
    ObjectRef ref = coordinator.completed.get("t0").getResultObject();
    assertThat(ref.getSizeBytes()).isEqualTo(3_000_000);
    byte[] result = objects.get(ref.getSha256());
    for (int i = 0; i < 30; i++) {
      assertThat(result[i * 100_000]).isEqualTo((byte) (97 + i));
      assertThat(result[i * 100_000 + 99_999]).isEqualTo((byte) (97 + i));
    }
    assertThat(objects.largestPiece()).isPositive().isLessThanOrEqualTo(64 << 10);
  }

  @Test
  void resultThatCannotBeKept_givesTheTaskBack() {
    loadWriter();
    objects.refuseUploads(true);
    submit(1);
    swarms.runOnce();
    await().atMost(PATIENCE).until(() -> coordinator.claims > 1);
    objects.refuseUploads(false);
    awaitEnded(1);
    assertThat(coordinator.failed).isEmpty();
    assertThat(coordinator.completed.get("t0").getResultObject().getSizeBytes()).isEqualTo(3_000_000);
  }

  @Test
  void facts_waitWhileTheBusIsAway() throws Exception {
    bus.away = true;
    submit(3);
    swarms.runOnce();
    awaitEnded(3);
    await().atMost(PATIENCE).until(() -> swarms.of(SWARM).succeeded() == 3);
    org.assertj.core.api.Assertions.assertThatThrownBy(facts::runOnce).hasMessageContaining("UNAVAILABLE");
    bus.away = false;
    facts.runOnce();
    assertThat(bus.durable).hasSize(3);
  }

  @Test
  void contractThatIsGone_isNotServedAnyMore() {
    swarms.runOnce();
    await().atMost(PATIENCE).until(coordinator::hasSession);
    wanted = List.of();
    swarms.runOnce();
    await().atMost(PATIENCE).until(() -> !coordinator.hasSession());
    assertThat(swarms.of(SWARM)).isEqualTo(Workload.Counts.NONE);
  }

  private void submit(int count) {
    for (int i = 0; i < count; i++) {
      coordinator.submit(spec("t" + i, ByteString.copyFromUtf8(i + ".java\na\nb\n")));
    }
  }

  private static TaskSpec spec(String id, ByteString payload) {
    return TaskSpec.newBuilder().setTaskId(id).setPayload(payload).setMaxCostMicros(1_000_000).build();
  }

  private void awaitEnded(int count) {
    await().atMost(PATIENCE).untilAsserted(() -> assertThat(coordinator.ended()).as("seed %d", seed).isEqualTo(count));
  }
}
