package io.infrafabric.coordinator.task;

import io.infrafabric.kit.store.Entry;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** Passes changes of tasks on to watchers in revision order, each with a bounded queue of its own. */
public final class TaskFeed implements Consumer<Entry> {
  /** Changes that wait for a slow watcher before it is cut off. */
  public static final int BACKLOG = 10_000;

  private final List<Subscription> subscriptions = new CopyOnWriteArrayList<>();

  /** One watcher. */
  public final class Subscription implements AutoCloseable {
    private final Predicate<StoredTask> filter;
    private final Runnable onArrival;
    private final Queue<StoredTask> queue = new ArrayDeque<>();
    private boolean overrun;

    private Subscription(Predicate<StoredTask> filter, Runnable onArrival) {
      this.filter = filter;
      this.onArrival = onArrival;
    }

    private void offer(StoredTask task) {
      if (!filter.test(task)) {
        return;
      }
      synchronized (queue) {
        if (queue.size() >= BACKLOG) {
          overrun = true;
        } else {
          queue.add(task);
        }
      }
      onArrival.run();
    }

    /** The next change, if there is one. */
    public Optional<StoredTask> poll() {
      synchronized (queue) {
        return Optional.ofNullable(queue.poll());
      }
    }

    /** True when changes were dropped because the watcher was too slow. */
    public boolean isOverrun() {
      synchronized (queue) {
        return overrun && queue.isEmpty();
      }
    }

    @Override
    public void close() {
      subscriptions.remove(this);
    }
  }

  /** Subscribes; the arrivals are told on the replica's thread and must only wake somebody up. */
  public Subscription subscribe(Predicate<StoredTask> filter, Runnable onArrival) {
    Subscription subscription = new Subscription(filter, onArrival);
    subscriptions.add(subscription);
    return subscription;
  }

  @Override
  public void accept(Entry entry) {
    if (!subscriptions.isEmpty()) {
      StoredTask task = StoredTask.of(entry);
      subscriptions.forEach(subscription -> subscription.offer(task));
    }
  }
}
