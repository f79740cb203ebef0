package io.infrafabric.cli.fabric;

import io.infrafabric.common.v1.Retry;
import io.infrafabric.error.Refusal;
import io.infrafabric.kit.grpc.Errors;
import io.infrafabric.names.Ids;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/** Request ids, and calls that are sent again as the error catalogue allows. */
public final class Requests {
  private static final Duration FIRST_PAUSE = Duration.ofMillis(50);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);

  private Requests() {}

  /** A new request id. */
  public static String newId() {
    return Ids.ulid(System.currentTimeMillis());
  }

  /**
   * Makes a call, and makes it again until the patience ends while the fabric is away, contended or cannot tell the
   * outcome. The call must send the same request id each time.
   */
  public static <T> T retrying(Duration patience, Supplier<T> call) {
    long end = System.nanoTime() + patience.toNanos();
    Duration pause = FIRST_PAUSE;
    while (true) {
      try {
        return call.get();
      } catch (RuntimeException failure) {
        if (!mayPass(failure) || System.nanoTime() + pause.toNanos() > end) {
          throw failure;
        }
        LockSupport.parkNanos(pause.toNanos());
        pause = pause.multipliedBy(2).compareTo(LONGEST_PAUSE) < 0 ? pause.multipliedBy(2) : LONGEST_PAUSE;
      }
    }
  }

  private static boolean mayPass(RuntimeException failure) {
    return Errors.refusalOf(failure).filter(Requests::mayPass).isPresent();
  }

  private static boolean mayPass(Refusal refusal) {
    Retry retry = refusal.traits().getRetry();
    return switch (refusal.code()) {
      case ERROR_CODE_UNAVAILABLE, ERROR_CODE_OVERLOADED, ERROR_CODE_SETTLEMENT_BACKLOG -> true;
      default -> retry == Retry.RETRY_SAME_REQUEST_ID || retry == Retry.RETRY_NOW;
    };
  }
}
