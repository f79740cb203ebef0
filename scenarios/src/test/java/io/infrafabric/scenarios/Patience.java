package io.infrafabric.scenarios;

import io.grpc.StatusRuntimeException;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;
import io.infrafabric.kit.grpc.Errors;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Sends a call, with the same request id each time, until the fabric answers it for good; what was no answer is noted. This is
 * all that a client needs to know of outages.
 */
final class Patience {
  private static final Duration PAUSE = Duration.ofMillis(100);
  private static final Set<ErrorCode> NO_ANSWER =
      EnumSet.of(
          ErrorCode.ERROR_CODE_UNAVAILABLE,
          ErrorCode.ERROR_CODE_OUTCOME_UNKNOWN,
          ErrorCode.ERROR_CODE_DEADLINE_EXCEEDED,
          ErrorCode.ERROR_CODE_OVERLOADED,
          ErrorCode.ERROR_CODE_CONTENDED);

  private final LoadLog log;
  private final CountDownLatch givenUp;

  /**
   * @param givenUp ends the patience of all who use it
   */
  Patience(LoadLog log, CountDownLatch givenUp) {
    this.log = log;
    this.givenUp = givenUp;
  }

  /**
   * The answer.
   *
   * @throws io.infrafabric.error.RefusedException the fabric's final word
   * @throws InterruptedException the patience was ended
   */
  <T> T untilAnswered(String name, Supplier<T> call) throws InterruptedException {
    while (true) {
      Instant start = Instant.now();
      long fromNanos = System.nanoTime();
      try {
        return call.get();
      } catch (StatusRuntimeException failure) {
        Refusal refusal = Errors.toRefusal(failure);
        if (!NO_ANSWER.contains(refusal.code())) {
          throw refusal.asException();
        }
        log.trouble(new LoadLog.Trouble(name, refusal.code(), start, fromNanos, System.nanoTime()));
      }
      if (givenUp.await(PAUSE.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new InterruptedException(name + " was given up");
      }
    }
  }
}
