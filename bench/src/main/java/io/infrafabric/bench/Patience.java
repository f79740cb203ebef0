package io.infrafabric.bench;

import io.grpc.StatusRuntimeException;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;
import io.infrafabric.kit.grpc.Errors;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/** Sends a request again, as it is, when its refusal says that this helps, as a client should. */
public final class Patience {
  private static final int TRIES = 60;
  private static final Duration PAUSE = Duration.ofSeconds(1);

  /** Refusals without a time after which the same request may be sent again. */
  private static final Set<ErrorCode> AGAIN =
      EnumSet.of(
          ErrorCode.ERROR_CODE_OVERLOADED,
          ErrorCode.ERROR_CODE_UNAVAILABLE,
          ErrorCode.ERROR_CODE_OUTCOME_UNKNOWN,
          ErrorCode.ERROR_CODE_DEADLINE_EXCEEDED);

  private final AtomicInteger sentAgain = new AtomicInteger();

  /** Calls, with the same request each time; the waits count for who measures. */
  public <T> T call(Supplier<T> call) {
    for (int tries = 1; ; tries++) {
      try {
        return call.get();
      } catch (StatusRuntimeException failure) {
        Refusal refusal = Errors.refusalOf(failure).orElseThrow(() -> failure);
        if (tries == TRIES || (refusal.retryAfter().isEmpty() && !AGAIN.contains(refusal.code()))) {
          throw failure;
        }
        sentAgain.incrementAndGet();
        LockSupport.parkNanos(refusal.retryAfter().orElse(PAUSE).toNanos());
      }
    }
  }

  /** Calls that were refused for the moment, and sent again. */
  public int sentAgain() {
    return sentAgain.get();
  }
}
