package io.infrafabric.testkit.history;

import com.google.protobuf.ByteString;
import io.infrafabric.kit.store.Change;
import io.infrafabric.kit.store.CompactedException;
import io.infrafabric.kit.store.Outcome;
import io.infrafabric.kit.store.Store;
import io.infrafabric.kit.store.Txn;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * Follows a store from before its first write and hands each revision to a judge, live, so that no compaction can hide one.
 * etcd numbers every write and skips none: a number that did not come is a revision that was missed, and then the recorder is
 * void. It reads with a connection of its own, past all proxies, and goes on where it was when that is lost.
 */
public final class HistoryRecorder implements AutoCloseable {
  private static final String EVERYTHING = "/";
  private static final long FIRST = 1;
  private static final Duration AGAIN = Duration.ofMillis(100);

  private final Store store;
  private final HistoryJudge judge;
  private final String marker = "/end-of-history/" + UUID.randomUUID();
  private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(Thread.ofPlatform().daemon(true).name("history").factory());
  private final List<Version> open = new ArrayList<>();
  private final CompletableFuture<Void> end = new CompletableFuture<>();
  private volatile long seen = FIRST;
  private volatile Optional<String> missed = Optional.empty();
  private Store.Watch watch;
  private int watches;
  private boolean ended;

  private HistoryRecorder(Store store, HistoryJudge judge) {
    this.store = store;
    this.judge = judge;
  }

  /** Begins with the first revision; the store must be new or not compacted. */
  public static HistoryRecorder start(Store store, HistoryJudge judge) {
    HistoryRecorder recorder = new HistoryRecorder(store, judge);
    recorder.thread.execute(recorder::watch);
    return recorder;
  }

  private void watch() {
    if (ended) {
      return;
    }
    int mine = ++watches;
    open.clear(); // a revision comes whole with each watch
    if (watch != null) {
      watch.close();
    }
    watch =
        store.watch(
            EVERYTHING,
            seen,
            new Store.WatchListener() {
              @Override
              public void onChanges(List<Change> changes) {
                hop(() -> received(mine, changes));
              }

              @Override
              public void onBroken(Throwable reason) {
                hop(() -> broken(mine, reason));
              }
            });
  }

  private void hop(Runnable step) {
    try {
      thread.execute(step);
    } catch (RejectedExecutionException closed) {
      // Nobody asks any more.
    }
  }

  private void broken(int mine, Throwable reason) {
    if (mine != watches || ended) {
      return;
    }
    if (reason instanceof CompactedException compacted) {
      miss("compacted up to " + compacted.compactedRevision() + " before " + seen + " was passed");
    } else {
      thread.schedule(this::watch, AGAIN.toMillis(), TimeUnit.MILLISECONDS);
    }
  }

  /** The changes of a revision never come in two answers. */
  private void received(int mine, List<Change> changes) {
    if (mine != watches || ended) {
      return;
    }
    for (Change change : changes) {
      if (!open.isEmpty() && open.getFirst().revision() != change.revision()) {
        complete();
      }
      Optional<ByteString> value = change instanceof Change.Written written ? Optional.of(written.entry().value()) : Optional.empty();
      open.add(new Version(change.revision(), change.key(), value));
    }
    complete();
  }

  private void complete() {
    long revision = open.getFirst().revision();
    if (revision <= seen) {
      open.clear(); // told again after the connection was lost
      return;
    }
    if (revision != seen + 1) {
      miss("revision " + (seen + 1) + " never came, the next was " + revision);
    }
    judge.next(List.copyOf(open));
    seen = revision;
    boolean last = open.stream().anyMatch(version -> version.key().equals(marker));
    open.clear();
    if (last) {
      ended = true;
      end.complete(null);
    }
  }

  private void miss(String what) {
    if (missed.isEmpty()) {
      missed = Optional.of(what);
    }
    end.complete(null);
  }

  /** The newest revision that was judged: what is older may be compacted. */
  public long seen() {
    return seen;
  }

  /** Why the history is not whole; empty as long as it is. */
  public Optional<String> missed() {
    return missed;
  }

  /** Asks the judge, between two revisions. */
  public <T> T ask(Function<HistoryJudge, T> question) {
    return CompletableFuture.supplyAsync(() -> question.apply(judge), thread).join();
  }

  /** Writes a last revision and waits until it was judged: the judge may be asked then. */
  public void finish(Duration patience) {
    long deadline = System.nanoTime() + patience.toNanos();
    Txn.Compare compare = new Txn.Compare(marker, 0);
    while (!end.isDone()) {
      List<Outcome> outcomes =
          store.commit(List.of(new Txn(List.of(compare), List.of(new Txn.Write.Put(marker, ByteString.EMPTY, 0))))).join();
      if (!(outcomes.getFirst() instanceof Outcome.Unknown)) {
        break; // written now, or by a try before
      }
      if (System.nanoTime() - deadline > 0) {
        throw new IllegalStateException("the store does not answer: " + outcomes.getFirst());
      }
    }
    try {
      end.orTimeout(Math.max(1, deadline - System.nanoTime()), TimeUnit.NANOSECONDS).join();
    } catch (CompletionException late) {
      throw new IllegalStateException("the history is known up to revision " + seen + " only", late);
    }
  }

  @Override
  public void close() {
    thread.execute(
        () -> {
          ended = true;
          if (watch != null) {
            watch.close();
          }
        });
    thread.shutdown();
  }
}
