package io.infrafabric.scenarios.planted;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.infrafabric.coordinator.v1.CommitmentsRecord;
import io.infrafabric.coordinator.v1.TaskEventType;
import io.infrafabric.coordinator.v1.TaskRecord;
import io.infrafabric.kit.store.Entry;
import io.infrafabric.kit.store.Txn;
import io.infrafabric.names.Keys;
import io.infrafabric.testkit.store.MemoryStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/** Looks into transactions and makes worse ones of them. */
final class Txns {
  static final Keys KEYS = new Keys();

  private Txns() {}

  static boolean isTask(String key) {
    return key.startsWith(KEYS.tasks());
  }

  static boolean isBook(String key) {
    return key.startsWith(KEYS.commitments());
  }

  static boolean isSession(String key) {
    return key.startsWith(KEYS.sessions());
  }

  static boolean isStanding(String key) {
    return key.startsWith(KEYS.standings());
  }

  /** Whether it does this to a task. */
  static boolean does(Txn txn, TaskEventType event) {
    return txn.writes().stream().anyMatch(write -> task(write).filter(record -> record.getLast().getEvent() == event).isPresent());
  }

  static Optional<TaskRecord> task(Txn.Write write) {
    return write instanceof Txn.Write.Put put && isTask(put.key()) ? Optional.of(task(put.value())) : Optional.empty();
  }

  static TaskRecord task(ByteString value) {
    try {
      return TaskRecord.parseFrom(value);
    } catch (InvalidProtocolBufferException corrupt) {
      throw new IllegalStateException(corrupt);
    }
  }

  static CommitmentsRecord book(ByteString value) {
    try {
      return CommitmentsRecord.parseFrom(value);
    } catch (InvalidProtocolBufferException corrupt) {
      throw new IllegalStateException(corrupt);
    }
  }

  static Optional<Entry> entry(MemoryStore memory, String key) {
    return memory.entries(key).stream().filter(entry -> entry.key().equals(key)).findFirst();
  }

  static long revision(MemoryStore memory, String key) {
    return entry(memory, key).map(Entry::modRevision).orElse(0L);
  }

  /** As if these keys were not compared: they are as they are. */
  static Txn uncompared(MemoryStore memory, Txn txn, Predicate<String> keys) {
    List<Txn.Compare> compares =
        txn.compares().stream()
            .map(compare -> keys.test(compare.key()) ? new Txn.Compare(compare.key(), revision(memory, compare.key())) : compare)
            .toList();
    return new Txn(compares, txn.writes());
  }

  /** Writes something else. */
  static Txn rewritten(Txn txn, UnaryOperator<Txn.Write> write) {
    return new Txn(txn.compares(), txn.writes().stream().map(write).toList());
  }

  static Txn.Write retold(Txn.Write write, UnaryOperator<TaskRecord> change) {
    return task(write).<Txn.Write>map(record -> new Txn.Write.Put(write.key(), change.apply(record).toByteString(), 0)).orElse(write);
  }

  static Txn.Write rebooked(Txn.Write write, UnaryOperator<CommitmentsRecord> change) {
    return write instanceof Txn.Write.Put put && isBook(put.key())
        ? new Txn.Write.Put(put.key(), change.apply(book(put.value())).toByteString(), 0)
        : write;
  }

  /** The same without its writes to these keys. */
  static Txn without(Txn txn, Predicate<String> keys) {
    return new Txn(txn.compares(), txn.writes().stream().filter(write -> !keys.test(write.key())).toList());
  }

  /** The same with one more write. */
  static Txn and(MemoryStore memory, Txn txn, Txn.Write more) {
    List<Txn.Compare> compares = new ArrayList<>(txn.compares());
    if (compares.stream().noneMatch(compare -> compare.key().equals(more.key()))) {
      compares.add(new Txn.Compare(more.key(), revision(memory, more.key())));
    }
    List<Txn.Write> writes = new ArrayList<>(txn.writes());
    writes.add(more);
    return new Txn(compares, writes);
  }
}
