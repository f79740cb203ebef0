package io.infrafabric.governor.witness;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.TaskEventType;
import io.infrafabric.error.RefusedException;
import io.infrafabric.governor.v1.ExportFormat;
import io.infrafabric.governor.v1.ExportRequest;
import io.infrafabric.governor.v1.ExportResponse;
import io.infrafabric.governor.v1.ProveConsistencyRequest;
import io.infrafabric.governor.v1.ProveInclusionRequest;
import io.infrafabric.governor.v1.QueryRequest;
import io.infrafabric.governor.v1.QueryResponse;
import io.infrafabric.governor.v1.TraceRequest;
import io.infrafabric.governor.v1.TraceResponse;
import io.infrafabric.governor.v1.WitnessEntry;
import io.infrafabric.kit.merkle.Checkpoint;
import io.infrafabric.kit.merkle.ProofRules;
import io.infrafabric.kit.merkle.SignedNote;
import io.infrafabric.kit.telemetry.Telemetry;
import io.infrafabric.kit.time.Times;
import io.infrafabric.names.TaskId;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WitnessQueriesTest {
  private static final int TASKS = 700;

  @TempDir Path folder;
  private Cell cell;
  private Witness witness;
  private WitnessQueries queries;

  @BeforeEach
  void begin() throws Exception {
    cell = new Cell(folder);
    for (int i = 0; i < TASKS; i++) {
      String id = "task-" + i;
      TaskEventType event = i % 7 == 0 ? TaskEventType.TASK_EVENT_TYPE_COMPLETED : TaskEventType.TASK_EVENT_TYPE_CLAIMED;
      cell.put(Map.of(cell.keys.task(new TaskId(id)), Cell.task(id, event).toByteString()));
    }
    WitnessSettings settings = WitnessSettings.in(folder.resolve("log"), KeyFiles.make(folder.resolve("own.pem")));
    witness = Witness.open(cell.store, cell.keys, settings, "governor-1", swarm -> "haiku", InstantSource.fixed(Cell.NOW), Telemetry.none().metrics());
    queries = new WitnessQueries(witness);
    await().atMost(Duration.ofSeconds(20)).ignoreExceptions().until(() -> queries.checkpoint().getTreeSize() == TASKS);
  }

  @AfterEach
  void end() {
    witness.close();
  }

  private List<WitnessEntry> all(QueryRequest.Builder request) {
    List<WitnessEntry> all = new ArrayList<>();
    QueryResponse page;
    do {
      page = queries.query(request.build());
      all.addAll(page.getEntriesList());
      request.setPageToken(page.getNextPageToken());
    } while (!page.getNextPageToken().isEmpty());
    return all;
  }

  @Test
  void query_findsByEveryField_newestFirst_pageByPage() {
    assertThat(queries.query(QueryRequest.getDefaultInstance()).getEntriesList()).hasSize(50);
    assertThat(all(QueryRequest.newBuilder().setPageSize(64))).hasSize(TASKS).extracting(WitnessEntry::getIndex).isSortedAccordingTo((a, b) -> Long.compare(b, a));
    assertThat(all(QueryRequest.newBuilder().setOperation("task.completed").setPageSize(7))).hasSize(TASKS / 7);
    assertThat(all(QueryRequest.newBuilder().setTaskId("task-42"))).hasSize(1).first().extracting(WitnessEntry::getEntry).asString().contains("task-42");
    assertThat(all(QueryRequest.newBuilder().setComponent("coordinator").setSwarmId("swarm-1").setSeverity("info").setTraceId(Cell.TRACE))).hasSize(TASKS);
    assertThat(all(QueryRequest.newBuilder().setComponent("chassis"))).isEmpty();
    assertThat(all(QueryRequest.newBuilder().setPlanId("task-42"))).isEmpty();
    assertThat(all(QueryRequest.newBuilder().setFrom(Times.toProto(Cell.NOW)))).hasSize(TASKS);
    assertThat(all(QueryRequest.newBuilder().setTo(Times.toProto(Cell.NOW)))).isEmpty();
  }

  @Test
  void trace_sumsWhatItCost() {
    TraceRequest.Builder request = TraceRequest.newBuilder().setTraceId(Cell.TRACE).setPageSize(300);
    long cost = 0;
    long entries = 0;
    TraceResponse page;
    do {
      page = queries.trace(request.build());
      cost += page.getCostMicros();
      entries += page.getEntriesCount();
      request.setPageToken(page.getNextPageToken());
    } while (!page.getNextPageToken().isEmpty());

    assertThat(entries).isEqualTo(TASKS);
    assertThat(cost).isEqualTo(1_500L * TASKS / 7);
  }

  private List<String> export(ExportFormat format) {
    ExportRequest.Builder request = ExportRequest.newBuilder().setFormat(format);
    StringBuilder text = new StringBuilder();
    ExportResponse part;
    do {
      part = queries.export(request.build());
      text.append(part.getContent().toStringUtf8());
      request.setFromIndex(part.getNextIndex()).setTreeSize(part.getTreeSize());
    } while (!part.getLast());
    return text.toString().lines().toList();
  }

  @Test
  void export_hasWhatTheLogHas() {
    List<String> lines = export(ExportFormat.EXPORT_FORMAT_JSONL);
    assertThat(lines).hasSize(TASKS + 1);
    assertThat(lines.getFirst()).startsWith("{\"checkpoint\":\"infrafabric/witness\\n" + TASKS + "\\n");

    List<String> csv = export(ExportFormat.EXPORT_FORMAT_CSV);
    assertThat(csv).hasSize(TASKS + 1);
    int cost = List.of(csv.getFirst().split(",")).indexOf("cost_micros");
    assertThat(csv.stream().skip(1).map(line -> line.split(",", -1)[cost]).filter(cell -> !cell.isEmpty()).mapToLong(Long::parseLong).sum())
        .isEqualTo(1_500L * TASKS / 7);
  }

  @Test
  void proofs_holdForEverySize() {
    for (long size : new long[] {1, 255, 256, 257, 512, TASKS}) {
      var consistency = queries.consistency(ProveConsistencyRequest.newBuilder().setFromSize(size).build());
      Checkpoint now = Checkpoint.parse(SignedNote.parse(consistency.getCheckpoint()).text());
      byte[] then = witness.readable().folder().root(size);
      assertThat(ProofRules.isConsistent(size, then, TASKS, now.root(), consistency.getProofList().stream().map(hash -> hash.toByteArray()).toList())).isTrue();
      var inclusion = queries.inclusion(ProveInclusionRequest.newBuilder().setIndex(size - 1).build());
      assertThat(
              ProofRules.includes(
                  size - 1, TASKS, inclusion.getEntry().getLeafHash().toByteArray(), inclusion.getPathList().stream().map(hash -> hash.toByteArray()).toList(), now.root()))
          .isTrue();
    }
  }

  @Test
  void wrongQuestions_areRefused() {
    refused(ErrorCode.ERROR_CODE_INVALID_ARGUMENT, () -> queries.trace(TraceRequest.newBuilder().setTraceId("x").build()));
    refused(ErrorCode.ERROR_CODE_INVALID_ARGUMENT, () -> queries.query(QueryRequest.newBuilder().setPageToken("x").build()));
    refused(ErrorCode.ERROR_CODE_WITNESS_ENTRY_NOT_FOUND, () -> queries.inclusion(ProveInclusionRequest.newBuilder().setIndex(TASKS).build()));
    refused(ErrorCode.ERROR_CODE_WITNESS_ENTRY_NOT_FOUND, () -> queries.consistency(ProveConsistencyRequest.newBuilder().setFromSize(TASKS + 1).build()));
    refused(ErrorCode.ERROR_CODE_WITNESS_ENTRY_NOT_FOUND, () -> queries.export(ExportRequest.newBuilder().setTreeSize(TASKS + 1).build()));
  }

  @Test
  void governorWithoutAKey_saysSo() {
    try (Witness off = Witness.open(cell.store, cell.keys, WitnessSettings.off(), "g", swarm -> "", InstantSource.system(), Telemetry.none().metrics())) {
      refused(ErrorCode.ERROR_CODE_WITNESS_NOT_KEPT, () -> new WitnessQueries(off).checkpoint());
    }
  }

  @Test
  void folderThatWasLost_isToldToWhoeverAsks() throws Exception {
    witness.close();
    WitnessSettings elsewhere = WitnessSettings.in(Files.createDirectory(folder.resolve("empty")), folder.resolve("own.pem"));
    try (Witness lost = Witness.open(cell.store, cell.keys, elsewhere, "g2", swarm -> "", InstantSource.fixed(Cell.NOW), Telemetry.none().metrics())) {
      await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> refused(ErrorCode.ERROR_CODE_WITNESS_DAMAGED, () -> new WitnessQueries(lost).checkpoint()));
    }
  }

  private static void refused(ErrorCode code, ThrowingCallable call) {
    assertThatExceptionOfType(RefusedException.class).isThrownBy(call).satisfies(refused -> assertThat(refused.refusal().code()).isEqualTo(code));
  }
}
