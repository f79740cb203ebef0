package io.infrafabric.governor.witness;

import io.infrafabric.kit.store.Change;
import io.infrafabric.kit.store.Store;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * The changes after a revision, in order, a bounded number of them in memory: when more wait, the watch is ended and the rest is
 * read from the store later. Thread-safe.
 */
final class WitnessFeed implements AutoCloseable {
  private final Store store;
  private final String prefix;
  private final Predicate<String> concerns;
  private final int backlog;
  private final Runnable onNews;
  private final ArrayDeque<Change> waiting = new ArrayDeque<>();
  private Optional<Throwable> ended = Optional.empty();
  private Store.Watch watch;
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
   * @param onNews called when something came, on any thread; must not block
   */
  WitnessFeed(Store store, String prefix, Predicate<String> concerns, int backlog, Runnable onNews) {
    this.store = store;
    this.prefix = prefix;
    this.concerns = concerns;
    this.backlog = backlog;
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
          news = true;
        }
      }
      if (waiting.size() > backlog) {
        end(new IllegalStateException("more than " + backlog + " changes wait"));
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
      taken.add(waiting.poll());
    }
    return waiting.isEmpty()
        ? new Batch(taken, followed, ended)
        : new Batch(taken, taken.isEmpty() ? 0 : taken.getLast().revision(), Optional.empty());
  }

  /** Changes that wait. */
  synchronized int waiting() {
    return waiting.size();
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
    ended = Optional.empty();
  }
}
