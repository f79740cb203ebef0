package io.infrafabric.governor.witness;

import io.infrafabric.kit.store.Change;
import io.infrafabric.kit.store.Store;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * The changes after a revision, in order, a bounded number of bytes of them in memory: when more wait, the watch is ended and the rest is
 * read from the store later. Thread-safe.
 */
final class WitnessFeed implements AutoCloseable {
  /** What a change takes besides key and value, roughly. */
  private static final int OVERHEAD_BYTES = 150;

  private final Store store;
  private final String prefix;
  private final Predicate<String> concerns;
  private final long backlogBytes;
  private final Runnable onNews;
  private final ArrayDeque<Change> waiting = new ArrayDeque<>();
  private Optional<Throwable> ended = Optional.empty();
  private Store.Watch watch;
  private long waitingBytes;
  private long followed;
  private int number;

  /**
   * Some changes.
   *
   * @param changes of whole revisions
   * @param revision up to which there are no others
   * @param ended why nothing more comes, once everything that came has been taken
   */
  record Batch(List<Change> changes, long revision, Optional<Throwable> ended) {}

  /**
   * @param concerns which keys are wanted
   * @param backlogBytes that may wait
   * @param onNews called when something came, on any thread; must not block
   */
  WitnessFeed(Store store, String prefix, Predicate<String> concerns, long backlogBytes, Runnable onNews) {
    this.store = store;
    this.prefix = prefix;
    this.concerns = concerns;
    this.backlogBytes = backlogBytes;
    this.onNews = onNews;
  }

  /** Begins after a revision; what was waiting is dropped. */
  synchronized void open(long afterRevision) {
    close();
    followed = afterRevision;
    int mine = number;
    Store.Watch opened =
        store.watch(
            prefix,
            afterRevision,
            new Store.WatchListener() {
              @Override
              public void onChanges(List<Change> changes) {
                received(mine, changes);
              }

              @Override
              public void onBroken(Throwable reason) {
                broke(mine, reason);
              }
            });
    if (mine == number && ended.isEmpty()) {
      watch = opened;
    } else {
      opened.close();
    }
  }

  private void received(int mine, List<Change> changes) {
    boolean news = false;
    synchronized (this) {
      if (mine != number || ended.isPresent()) {
        return;
      }
      for (Change change : changes) {
        followed = change.revision(); // a revision never comes in two answers
        if (concerns.test(change.key())) {
          waiting.add(change);
          waitingBytes += size(change);
          news = true;
        }
      }
      if (waitingBytes > backlogBytes) {
        end(new IllegalStateException("changes of more than " + backlogBytes + " bytes wait"));
      }
    }
    if (news) {
      onNews.run();
    }
  }

  private void broke(int mine, Throwable reason) {
    synchronized (this) {
      if (mine != number || ended.isPresent()) {
        return;
      }
      end(reason);
    }
    onNews.run();
  }

  private void end(Throwable reason) {
    ended = Optional.of(reason);
    if (watch != null) {
      watch.close();
      watch = null;
    }
  }

  /** Takes whole revisions until there are as many changes as wanted. */
  synchronized Batch next(int wanted) {
    List<Change> taken = new ArrayList<>(Math.min(wanted, waiting.size()));
    while (!waiting.isEmpty() && (taken.size() < wanted || waiting.peek().revision() == taken.getLast().revision())) {
      Change next = waiting.poll();
      waitingBytes -= size(next);
      taken.add(next);
    }
    return waiting.isEmpty()
        ? new Batch(taken, followed, ended)
        : new Batch(taken, taken.isEmpty() ? 0 : taken.getLast().revision(), Optional.empty());
  }

  private static long size(Change change) {
    int value = change instanceof Change.Written written ? written.entry().value().size() : 0;
    return OVERHEAD_BYTES + change.key().length() + value;
  }

  /** Bytes that wait. */
  synchronized long waitingBytes() {
    return waitingBytes;
  }

  /** Ends the watch and forgets what waits. */
  @Override
  public synchronized void close() {
    number++;
    if (watch != null) {
      watch.close();
      watch = null;
    }
    waiting.clear();
    waitingBytes = 0;
    ended = Optional.empty();
  }
}
