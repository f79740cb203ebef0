package io.infrafabric.governor.witness;

import com.google.protobuf.ByteString;
import io.infrafabric.common.v1.TraceContext;
import io.infrafabric.coordinator.v1.LastChange;
import io.infrafabric.coordinator.v1.SessionRecord;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskEventType;
import io.infrafabric.coordinator.v1.TaskRecord;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.kit.merkle.LogFolder;
import io.infrafabric.kit.merkle.SigningKey;
import io.infrafabric.kit.store.Change;
import io.infrafabric.kit.store.Outcome;
import io.infrafabric.kit.store.Store;
import io.infrafabric.kit.store.Txn;
import io.infrafabric.kit.time.Times;
import io.infrafabric.names.Keys;
import io.infrafabric.names.SwarmId;
import io.infrafabric.names.TaskId;
import io.infrafabric.testkit.history.Version;
import io.infrafabric.testkit.history.Violation;
import io.infrafabric.testkit.history.WitnessJudge;
import io.infrafabric.testkit.store.MemoryStore;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;

/** A store that others write to, and logs of it. */
final class Cell {
  static final Instant NOW = Instant.parse("2026-11-30T10:00:00.123Z");
  static final String TRACE = "0af7651916cd43dd8448eb211c80319c";

  final Keys keys = new Keys();
  final MemoryStore store = new MemoryStore();
  final SigningKey key;
  private final WitnessedKeys witnessed = new WitnessedKeys(keys);
  private final Map<String, Long> revisions = new TreeMap<>();
  private final List<Change> history = new ArrayList<>();

  Cell(Path folder) throws Exception {
    this.key = SigningKey.read("cell/witness", KeyFiles.make(folder.resolve("key.pem")));
  }

  WitnessWriter writer(Store through, LogFolder folder, String instance) {
    return writer(through, folder, instance, 64L << 20);
  }

  WitnessWriter writer(Store through, LogFolder folder, String instance, long backlogBytes) {
    return new WitnessWriter(
        folder,
        new Heads(through, keys.witnessCheckpoint()),
        new WitnessFeed(through, keys.root(), witnessed::include, backlogBytes, () -> {}),
        witnessed,
        new EntryRules(witnessed, swarm -> "haiku"),
        key,
        List.of(key.verifier()),
        instance);
  }

  static TaskRecord task(String id, TaskEventType event) {
    return TaskRecord.newBuilder()
        .setTask(Task.newBuilder().setSpec(TaskSpec.newBuilder().setTaskId(id).setPayload(ByteString.copyFromUtf8("secret payload"))))
        .setLast(
            LastChange.newBuilder()
                .setEvent(event)
                .setAt(Times.toProto(NOW))
                .setRequestId("request-" + id)
                .setSwarmId("swarm-1")
                .setClaimId("claim-" + id)
                .setFence(7)
                .setCostMicros(event == TaskEventType.TASK_EVENT_TYPE_COMPLETED ? 1_500 : 0)
                .setReason("secret reason")
                .setTrace(TraceContext.newBuilder().setTraceparent("00-" + TRACE + "-b7ad6b7169203331-01")))
        .build();
  }

  /** Writes records of a task, with a book in the same transaction, or deletes it; some of them in one revision. */
  void work(Random random, int changes) {
    for (int i = 0; i < changes; i++) {
      String id = "task-" + random.nextInt(50);
      String task = keys.task(new TaskId(id));
      switch (random.nextInt(10)) {
        case 0 -> delete(task);
        case 1 -> {
          SessionRecord session = SessionRecord.newBuilder().setSwarmId("swarm-1").setSessionId("secret-session").build();
          put(Map.of(keys.session(new SwarmId("swarm-1")), session.toByteString()));
        }
        default -> {
          TaskEventType event = TaskEventType.forNumber(1 + random.nextInt(6));
          put(
              Map.of(
                  task, task(id, event).toByteString(),
                  keys.task(new TaskId(id + "-twin")), task(id + "-twin", event).toByteString(),
                  keys.commitments(new SwarmId("swarm-1")), ByteString.copyFromUtf8("book " + random.nextLong())));
        }
      }
    }
  }

  void put(Map<String, ByteString> values) {
    commit(
        values.entrySet().stream().map(value -> new Txn.Compare(value.getKey(), revisions.getOrDefault(value.getKey(), 0L))).toList(),
        values.entrySet().stream().<Txn.Write>map(value -> new Txn.Write.Put(value.getKey(), value.getValue(), 0)).toList());
  }

  private void delete(String key) {
    if (revisions.getOrDefault(key, 0L) > 0) {
      commit(List.of(new Txn.Compare(key, revisions.get(key))), List.of(new Txn.Write.Delete(key)));
    }
  }

  private void commit(List<Txn.Compare> compares, List<Txn.Write> writes) {
    Outcome outcome = store.commit(List.of(new Txn(compares, writes))).join().getFirst();
    long revision = ((Outcome.Committed) outcome).revision();
    writes.forEach(write -> revisions.put(write.key(), write instanceof Txn.Write.Put ? revision : 0L));
  }

  /** Forgets the history up to now, which the judge keeps. */
  void compact() {
    remember();
    store.compact(store.revision());
  }

  private void remember() {
    long known = history.isEmpty() ? 0 : history.getLast().revision();
    store.changes("/").stream().filter(change -> change.revision() > known).forEach(history::add);
  }

  /** The newest revision that was witnessed. */
  long newest() {
    remember();
    return history.stream().filter(change -> witnessed.include(change.key())).mapToLong(Change::revision).max().orElse(0);
  }

  /** What is wrong with a log. */
  List<Violation> judge(LogFolder folder) {
    remember();
    WitnessJudge judge = new WitnessJudge(keys);
    Map<Long, List<Version>> byRevision = new TreeMap<>();
    for (Change change : history) {
      Optional<ByteString> value = change instanceof Change.Written written ? Optional.of(written.entry().value()) : Optional.empty();
      byRevision.computeIfAbsent(change.revision(), revision -> new ArrayList<>()).add(new Version(change.revision(), change.key(), value));
    }
    byRevision.values().forEach(judge::next);
    List<Violation> wrong = new ArrayList<>(judge.judge(folder.entries(0, folder.size()), key.verifier()));
    if (!judge.isCovered()) {
      wrong.add(new Violation(Violation.Invariant.I13_WITNESS, "witness", newest(), "the head does not cover the newest change"));
    }
    return wrong;
  }
}
