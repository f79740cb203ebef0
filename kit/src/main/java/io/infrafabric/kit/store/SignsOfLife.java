package io.infrafabric.kit.store;

import io.infrafabric.kit.store.Outcome.Unknown;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether the store answers. It is asked when it has been silent for a while, because nobody may be asking it anything, and again and
 * again while it is away. Used on the thread of a mailbox, but for {@link #reachable}.
 */
final class SignsOfLife {
  /** The longest silence that is believed in. */
  private static final Duration SILENCE = Duration.ofSeconds(1);

  private static final Logger log = LoggerFactory.getLogger(SignsOfLife.class);

  private final Store store;
  private final Mailbox mailbox;
  private volatile boolean reachable = true;
  private boolean asking;
  private long heardNanos = System.nanoTime();

  SignsOfLife(Store store, Mailbox mailbox) {
    this.store = store;
    this.mailbox = mailbox;
  }

  boolean reachable() {
    return reachable;
  }

  /**
   * Whether the store has answered somebody lately: it was not missed since, and has not been silent for longer than it takes to notice that
   * and to be asked.
   */
  boolean answers() {
    return reachable && System.nanoTime() - heardNanos < 2 * SILENCE.toNanos();
  }

  /** The store has answered something. */
  void heard() {
    heardNanos = System.nanoTime();
    if (!reachable) {
      reachable = true;
      log.atInfo().log("the store answers again");
    }
  }

  /** The store has not answered what it was asked. */
  void missed(Throwable cause) {
    if (reachable) {
      reachable = false;
      log.atWarn().addKeyValue("cause", String.valueOf(cause)).log("the store does not answer");
    }
  }

  /** To be called often: asks when it is time to. */
  void tick() {
    if (!asking && (!reachable || System.nanoTime() - heardNanos >= SILENCE.toNanos())) {
      asking = true;
      store.commit(List.of(Txn.read(Set.of("/if/probe")))).whenComplete((outcomes, bug) -> mailbox.execute(() -> hear(outcomes, bug)));
    }
  }

  private void hear(List<Outcome> outcomes, Throwable bug) {
    asking = false;
    if (bug != null) {
      missed(bug);
    } else if (outcomes.getFirst() instanceof Unknown(Throwable cause, boolean sent)) {
      missed(cause);
    } else {
      heard();
    }
  }
}
