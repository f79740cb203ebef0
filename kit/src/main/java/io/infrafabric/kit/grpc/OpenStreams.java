package io.infrafabric.kit.grpc;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The streaming calls of a server. A stream may never end by itself, so a drain would always take its whole time; the
 * streams of the fabric can be resumed, so they are ended at once.
 */
final class OpenStreams {
  private final Set<GuardedCall<?, ?>> open = ConcurrentHashMap.newKeySet();
  private volatile boolean ending;

  /** Takes a stream in; the answer is to be run when it has ended. */
  Runnable add(GuardedCall<?, ?> call) {
    open.add(call);
    if (ending) {
      end(call);
    }
    return () -> open.remove(call);
  }

  /** Ends all streams, and those that are still to come. */
  void endAll() {
    ending = true;
    open.forEach(OpenStreams::end);
  }

  private static void end(GuardedCall<?, ?> call) {
    call.fail(
        Refusal.of(ErrorCode.ERROR_CODE_UNAVAILABLE, "the server is stopping; open the stream again to go on")
            .retryAfter(Duration.ofMillis(100))
            .asException());
  }
}
