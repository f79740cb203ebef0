package io.infrafabric.kit.relay;

import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The one thread that the state of a term belongs to: a step that fails is logged, and none begins after the end of the term. */
final class RelayThread {
  private static final Logger log = LoggerFactory.getLogger(RelayThread.class);

  private final ScheduledExecutorService executor;
  private final String service;
  private boolean ended;

  /**
   * @param executor of one thread
   * @param service whose relay it is, for the log
   */
  RelayThread(ScheduledExecutorService executor, String service) {
    this.executor = executor;
    this.service = service;
  }

  /** Has a step done on the thread, from any thread. */
  void hop(Runnable step) {
    try {
      executor.execute(() -> run(step));
    } catch (RejectedExecutionException closed) {
      // The relay was closed; whoever has the role next goes on from the cursor.
    }
  }

  /** Has a step done on the thread after a while. */
  void after(Duration pause, Runnable step) {
    executor.schedule(() -> run(step), pause.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Ends the term: no step begins any more. To be called on the thread. */
  void end() {
    ended = true;
  }

  private void run(Runnable step) {
    if (ended) {
      return;
    }
    try {
      step.run();
    } catch (RuntimeException | Error bug) {
      log.atError().setCause(bug).addKeyValue("relay", service).log("a step of the relay failed");
    }
  }
}
