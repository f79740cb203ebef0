package io.infrafabric.bench.blocker;

import io.infrafabric.kit.etcd.EtcdSettings;
import io.infrafabric.kit.etcd.EtcdStore;
import io.infrafabric.kit.store.Change;
import io.infrafabric.kit.store.Store;
import io.infrafabric.names.BlockerId;
import io.infrafabric.names.Keys;
import io.infrafabric.names.TaskId;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;

/** When blockers and tasks were first seen in etcd, by a watch of its own. */
final class Stored implements AutoCloseable {
  private static final int TRIES = 10;

  private final Keys keys = new Keys();
  private final EtcdStore store;
  private final List<Store.Watch> watches;
  private final Map<String, CompletableFuture<Long>> seen = new ConcurrentHashMap<>();

  Stored(String etcd) {
    store = new EtcdStore(EtcdSettings.of(List.of(etcd)));
    long now = now();
    watches = List.of(watch(keys.blockers(), now), watch(keys.tasks(), now));
  }

  /** The revision of now; a first call may take longer than etcd is given. */
  private long now() {
    for (int tries = 1; ; tries++) {
      try {
        return store.list(List.of(keys.blockers())).join().revision();
      } catch (CompletionException late) {
        if (tries == TRIES) {
          throw late;
        }
      }
    }
  }

  private Store.Watch watch(String prefix, long after) {
    return store.watch(
        prefix,
        after,
        new Store.WatchListener() {
          @Override
          public void onChanges(List<Change> changes) {
            long atNanos = System.nanoTime();
            changes.forEach(change -> when(change.key()).complete(atNanos));
          }

          @Override
          public void onBroken(Throwable reason) {
            seen.values().forEach(waiting -> waiting.completeExceptionally(reason));
          }
        });
  }

  private CompletableFuture<Long> when(String key) {
    return seen.computeIfAbsent(key, first -> new CompletableFuture<>());
  }

  /** When the blocker came, by {@link System#nanoTime}. */
  CompletableFuture<Long> when(BlockerId blocker) {
    return when(keys.blocker(blocker));
  }

  /** When the task came. */
  CompletableFuture<Long> when(TaskId task) {
    return when(keys.task(task));
  }

  @Override
  public void close() {
    watches.forEach(Store.Watch::close);
    store.close();
  }
}
