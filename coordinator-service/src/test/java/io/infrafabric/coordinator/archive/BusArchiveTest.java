package io.infrafabric.coordinator.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.Samples;
import io.infrafabric.coordinator.record.Records;
import io.infrafabric.coordinator.v1.ArchivedTask;
import io.infrafabric.coordinator.v1.Cancelled;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskRecord;
import io.infrafabric.coordinator.v1.TaskState;
import io.infrafabric.kit.grpc.Errors;
import io.infrafabric.kit.nats.NatsBus;
import io.infrafabric.kit.nats.NatsSettings;
import io.infrafabric.kit.store.Entry;
import io.infrafabric.kit.store.Outcome;
import io.infrafabric.kit.store.Replica;
import io.infrafabric.kit.store.ReplicaSettings;
import io.infrafabric.kit.store.Txn;
import io.infrafabric.kit.telemetry.Telemetry;
import io.infrafabric.local.NatsServer;
import io.infrafabric.names.Keys;
import io.infrafabric.names.Subjects;
import io.infrafabric.names.TaskId;
import io.infrafabric.testkit.Backends;
import io.infrafabric.testkit.store.MemoryStore;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The archive on real NATS: records are kept as long as they are to be, and forgotten by NATS itself. */
class BusArchiveTest {
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final TaskId TASK = new TaskId("t");

  private final NatsServer nats = Backends.ownNats();
  private final NatsBus bus = NatsBus.start(NatsSettings.of(nats.address()), "archive", Telemetry.none());
  private final BusArchive archive = new BusArchive(bus);
  private final MemoryStore memory = new MemoryStore();
  private final Records records = new Records(new Keys());
  private final Replica replica = Replica.open("archive", memory, records.prefixes(), ReplicaSettings.defaults());
  private final Archived archived = new Archived(replica, records, archive);

  @BeforeEach
  void connect() throws Exception {
    assertThat(bus.awaitConnected(SOON)).isTrue();
    replica.ready().join();
  }

  @AfterEach
  void close() {
    replica.close();
    bus.close();
    nats.close();
  }

  private void keepFor(Duration time) {
    ArchiveSettings d = ArchiveSettings.defaults();
    bus.ensureStream(BusArchive.stream(new ArchiveSettings(d.retention(), d.quarantine(), time, d.maxBytes(), d.round())));
  }

  private static Task ended(String reason) {
    return Samples.ready(Samples.spec(TASK.value()).build()).toBuilder().setCancelled(Cancelled.newBuilder().setReason(reason)).build();
  }

  /** Archives a version of the task as the archiver does: first the record, then the line. */
  private void archive(Task task, long revision) {
    archive.keep(TASK, revision, TaskRecord.newBuilder().setTask(task).build().toByteString()).join();
    ArchivedTask line = ArchivedTask.newBuilder().setTaskId(TASK.value()).setRevision(revision).setState(TaskState.TASK_STATE_CANCELLED).build();
    write(new Txn.Write.Put(records.keys().archived(TASK), line.toByteString(), 0));
  }

  private void write(Txn.Write write) {
    long seen = memory.entries(records.keys().archived(TASK)).stream().mapToLong(Entry::modRevision).findFirst().orElse(0);
    Txn txn = new Txn(List.of(new Txn.Compare(records.keys().archived(TASK), seen)), List.of(write));
    assertThat(memory.commit(List.of(txn)).join().getFirst()).isInstanceOf(Outcome.Committed.class);
  }

  private void assertGone(String saying) {
    assertThatThrownBy(() -> archived.get(TASK).get())
        .isInstanceOfSatisfying(
            ExecutionException.class,
            failure -> {
              assertThat(Errors.toRefusal(failure).code()).isEqualTo(ErrorCode.ERROR_CODE_TASK_NOT_FOUND);
              assertThat(Errors.toRefusal(failure).message()).contains(saying);
            });
  }

  @Test
  void record_isTold_thenForgotten_whenItsTimeHasCome() throws Exception {
    keepFor(Duration.ofHours(1));
    archive(ended("no need"), 7);
    assertThat(archived.get(TASK).get().getCancelled().getReason()).isEqualTo("no need");
    keepFor(Duration.ofSeconds(1)); // as when the setting is changed: NATS lets go of what is older
    await().atMost(SOON).until(() -> archive.find(TASK).get().isEmpty());
    assertGone("is not kept any more");
    write(new Txn.Write.Delete(records.keys().archived(TASK)));
    assertGone("there is no task");
  }

  @Test
  void sameRevisionAgain_isKeptOnce_andALaterOneTakesItsPlace() throws Exception {
    keepFor(Duration.ofHours(1));
    archive(ended("first"), 7);
    archive(ended("first"), 7);
    assertThat(bus.log(Subjects.ARCHIVE_STREAM).last()).isEqualTo(1);
    archive(ended("second"), 9);
    assertThat(archived.get(TASK).get().getCancelled().getReason()).isEqualTo("second");
    assertThat(archive.find(TASK).get().orElseThrow().revision()).isEqualTo(9);
    assertThat(archive.find(new TaskId("other")).get()).isEmpty();
  }

  @Test
  void recordOfAnotherVersion_isNotTakenForTheLast() {
    keepFor(Duration.ofHours(1));
    archive(ended("first"), 7);
    archive.keep(TASK, 9, TaskRecord.newBuilder().setTask(ended("not committed")).build().toByteString()).join();
    assertGone("is not kept any more");
  }
}
