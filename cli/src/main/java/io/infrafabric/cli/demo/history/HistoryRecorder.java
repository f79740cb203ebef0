package io.infrafabric.cli.demo.history;

import com.google.protobuf.InvalidProtocolBufferException;
import io.infrafabric.coordinator.v1.TaskRecord;
import io.infrafabric.kit.etcd.EtcdSettings;
import io.infrafabric.kit.etcd.EtcdStore;
import io.infrafabric.kit.store.Change;
import io.infrafabric.kit.store.Entry;
import io.infrafabric.kit.store.Snapshot;
import io.infrafabric.kit.store.Store;
import io.infrafabric.names.Keys;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;

/**
 * Copies every revision of every task from a watch that began before the first, because etcd forgets what is older than a
 * few minutes.
 */
public final class HistoryRecorder implements Store.WatchListener, AutoCloseable {
  private final Keys keys = new Keys();
  private final EtcdStore store;
  private final List<TaskVersion> versions = new ArrayList<>();
  private final Map<String, Long> latest = new HashMap<>();
  private Store.Watch watch;
  private long seen;
  private String gap = "";

  private HistoryRecorder(EtcdStore store) {
    this.store = store;
  }

  /** Starts at revision 1. */
  public static HistoryRecorder start(String etcdEndpoint) {
    HistoryRecorder recorder = new HistoryRecorder(new EtcdStore(EtcdSettings.of(List.of(etcdEndpoint))));
    recorder.open();
    return recorder;
  }

  private synchronized void open() {
    watch = store.watch(keys.tasks(), seen, this);
  }

  @Override
  public synchronized void onChanges(List<Change> changes) {
    for (Change change : changes) {
      TaskVersion version =
          switch (change) {
            case Change.Written written -> parsed(written.entry());
            case Change.Deleted deleted -> TaskVersion.gone(Keys.idOf(deleted.key()), deleted.revision());
          };
      versions.add(version);
      latest.put(change.key(), change.revision());
      seen = Math.max(seen, change.revision());
    }
    notifyAll();
  }

  private static TaskVersion parsed(Entry entry) {
    try {
      return TaskVersion.of(TaskRecord.parseFrom(entry.value()).getTask(), entry.modRevision());
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("no record of a task at " + entry.key(), e);
    }
  }

  @Override
  public synchronized void onBroken(Throwable reason) {
    if (reason.toString().contains("compacted")) {
      gap = "etcd compacted revisions before they were read";
      return;
    }
    Thread.startVirtualThread(this::open);
  }

  /** How many revisions were read. */
  public synchronized int size() {
    return versions.size();
  }

  /**
   * Waits until everything that etcd holds now was read, and returns the history.
   *
   * @throws IllegalStateException when revisions are missing
   */
  public List<TaskVersion> finish(Duration patience) throws InterruptedException {
    Map<String, Long> present = present();
    long end = System.nanoTime() + patience.toNanos();
    synchronized (this) {
      while (gap.isEmpty() && !holds(present)) {
        long left = (end - System.nanoTime()) / 1_000_000;
        if (left <= 0) {
          gap = "the history was not told to its end in " + patience.toSeconds() + " s";
          break;
        }
        wait(left);
      }
      if (!gap.isEmpty()) {
        throw new IllegalStateException(gap);
      }
      return List.copyOf(versions);
    }
  }

  private Map<String, Long> present() throws InterruptedException {
    try {
      Snapshot snapshot = store.list(List.of(keys.tasks())).get();
      Map<String, Long> present = new HashMap<>();
      snapshot.entries().forEach(entry -> present.put(entry.key(), entry.modRevision()));
      return present;
    } catch (ExecutionException e) {
      throw new IllegalStateException("etcd does not answer: " + e.getCause().getMessage(), e);
    }
  }

  private boolean holds(Map<String, Long> present) {
    return present.entrySet().stream().allMatch(entry -> latest.getOrDefault(entry.getKey(), 0L) >= entry.getValue());
  }

  @Override
  public synchronized void close() {
    watch.close();
    store.close();
  }
}
