package io.infrafabric.chassis.work;

import io.infrafabric.error.Refusal;
import io.infrafabric.error.RefusedException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Sends a call again until it is answered, or until this is told to stop. */
final class Persistence {
  private final CountDownLatch stopped = new CountDownLatch(1);

  /**
   * Returns the answer.
   *
   * @throws RefusedException the refusal that was the answer, or the last failure when it was told to stop
   * @throws InterruptedException when the thread is
   */
  <T> T untilAnswered(Supplier<T> call) throws InterruptedException {
    for (int failures = 1; ; failures++) {
      try {
        return call.get();
      } catch (RefusedException refused) {
        Refusal refusal = refused.refusal();
        if (!RetryRules.unanswered(refusal) || stopped(RetryRules.pause(failures, refusal))) {
          throw refused;
        }
      }
    }
  }

  /** The same for a call without an answer worth having. */
  void untilDone(Runnable call) throws InterruptedException {
    untilAnswered(
        () -> {
          call.run();
          return null;
        });
  }

  /** Ends the waits; calls that follow are sent once. */
  void stop() {
    stopped.countDown();
  }

  private boolean stopped(Duration pause) throws InterruptedException {
    return stopped.await(pause.toNanos(), TimeUnit.NANOSECONDS);
  }
}
