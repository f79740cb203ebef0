package io.infrafabric.scenarios.planted;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import io.infrafabric.coordinator.v1.TaskEvent;
import io.infrafabric.coordinator.v1.TaskRecord;
import io.infrafabric.kit.nats.Bus;
import io.infrafabric.kit.store.Outcome;
import io.infrafabric.kit.store.Store;
import io.infrafabric.testkit.store.ForwardingStore;
import io.infrafabric.kit.store.Txn;
import io.infrafabric.names.Subjects;
import io.infrafabric.names.TaskId;
import io.infrafabric.testkit.store.MemoryStore;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** The world is told before the commit, with the revision that it will have if nobody comes in between. */
final class BusBug implements Bug {
  @Override
  public Store coordinator(Store store, MemoryStore memory, Bus bus) {
    return new ForwardingStore(store) {
      @Override
      public CompletableFuture<List<Outcome>> commit(List<Txn> batch) {
        batch.stream().flatMap(txn -> txn.writes().stream()).forEach(write -> Txns.task(write).ifPresent(record -> ring(record, memory.revision() + 1, bus)));
        return store.commit(batch);
      }
    };
  }

  private static void ring(TaskRecord record, long revision, Bus bus) {
    String task = record.getTask().getSpec().getTaskId();
    TaskEvent event = TaskEvent.newBuilder().setType(record.getLast().getEvent()).setTaskId(task).setRevision(revision).build();
    try {
      byte[] body = JsonFormat.printer().print(event).getBytes(StandardCharsets.UTF_8);
      bus.publishDurable(Subjects.taskEvent(event.getType(), new TaskId(task)), task + ":" + revision, Map.of(), body);
    } catch (InvalidProtocolBufferException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
