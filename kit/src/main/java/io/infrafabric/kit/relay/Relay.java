package io.infrafabric.kit.relay;

import io.infrafabric.kit.lifecycle.Threads;
import io.infrafabric.kit.store.Election;
import io.infrafabric.kit.store.Store;
import io.infrafabric.kit.telemetry.Metrics;
import io.infrafabric.names.Keys;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes every change of some prefixes, at least once and in revision order (after a failed publish a message may come
 * after later ones: consumers compare revisions). Of all instances of a service the elected one does it; two at once do no
 * harm, because a message has the same id whoever publishes it and the cursor is written by compare-and-set.
 */
public final class Relay implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Relay.class);
  private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(3);

  private final Store store;
  private final RelayCursor cursor;
  private final RelaySource source;
  private final Publisher publisher;
  private final RelaySettings settings;
  private final RelayMeter meter;
  private final ScheduledExecutorService thread;
  private final Election election;
  private final AtomicBoolean closing = new AtomicBoolean();
  private RelayTerm term;
  private volatile int waiting;
  private volatile long lagNanos;

  private Relay(
      Store store, Keys keys, String instance, RelaySource source, Publisher publisher, RelaySettings settings, Metrics metrics, String prefix) {
    this.store = store;
    this.cursor = new RelayCursor(store, keys.relayCursor(source.service()));
    this.source = source;
    this.publisher = publisher;
    this.settings = settings;
    this.meter = RelayMeter.of(metrics, prefix);
    this.thread = Threads.timer("relay-" + source.service());
    long every = settings.cursorEvery().toMillis();
    thread.scheduleWithFixedDelay(this::look, every, every, TimeUnit.MILLISECONDS);
    metrics.gauge(prefix + ".waiting", "Changes that wait to be published", () -> waiting);
    metrics.gauge(prefix + ".lag_millis", "Age of the oldest change that is not published", () -> lag().toMillis());
    this.election =
        Election.open(store, keys, "relay-" + source.service(), instance, settings.electionTtl(), new Office());
  }

  private final class Office implements Election.Listener {
    @Override
    public void onElected() {
      thread.execute(Relay.this::beginTerm);
    }

    @Override
    public void onDeposed() {
      thread.execute(Relay.this::endTerm);
    }
  }

  /**
   * Publishes whenever this instance is elected.
   *
   * @param instance names this process, for people
   */
  public static Relay open(
      Store store, Keys keys, String instance, RelaySource source, Publisher publisher, RelaySettings settings, Metrics metrics) {
    return open(store, keys, instance, source, publisher, settings, metrics, "if.relay");
  }

  /**
   * The same, for another relay of one process.
   *
   * @param prefix of the names of its metrics, such as {@code if.relay}
   */
  public static Relay open(
      Store store, Keys keys, String instance, RelaySource source, Publisher publisher, RelaySettings settings, Metrics metrics, String prefix) {
    return new Relay(store, keys, instance, source, publisher, settings, metrics, prefix);
  }

  private void beginTerm() {
    endTerm();
    term = new RelayTerm(store, cursor, source, publisher, settings, new RelayThread(thread, source.service()), meter);
    term.begin();
  }

  private void endTerm() {
    if (term != null) {
      term.end();
      term = null;
    }
    waiting = 0;
    lagNanos = 0;
  }

  /** Writes the cursor and looks at the queue. */
  private void look() {
    try {
      if (term != null) {
        term.expire();
        term.save();
        waiting = term.waiting();
        lagNanos = term.lagNanos();
      }
    } catch (RuntimeException bug) {
      log.atError().setCause(bug).log("a step of the relay failed");
    }
  }

  /** True while this instance is the one that publishes. */
  public boolean isActive() {
    return election.isLeader();
  }

  /** Age of the oldest change that is not published, as of the last half second; zero when another instance publishes. */
  public Duration lag() {
    return Duration.ofNanos(lagNanos);
  }

  /** Changes that wait to be published, as of the last half second. */
  public int waiting() {
    return waiting;
  }

  /** Messages published and acknowledged. */
  public long published() {
    return meter.published().value();
  }

  /** Publishes that failed and were tried again. */
  public long retried() {
    return meter.retried().value();
  }

  /** Snapshots published because changes were missed, the first one included. */
  public long reconciles() {
    return meter.reconciles().value();
  }

  /** Stops publishing, writes the cursor, resigns; waits at most a few seconds. */
  @Override
  public void close() {
    if (!closing.compareAndSet(false, true)) {
      return;
    }
    CompletableFuture<Void> saved = new CompletableFuture<>();
    thread.execute(
        () -> {
          CompletableFuture<Void> last = term == null ? CompletableFuture.completedFuture(null) : term.save();
          endTerm();
          last.whenComplete((written, failure) -> saved.complete(null));
        });
    saved.completeOnTimeout(null, CLOSE_PATIENCE.toMillis(), TimeUnit.MILLISECONDS).join();
    election.close();
    thread.shutdown();
  }
}
