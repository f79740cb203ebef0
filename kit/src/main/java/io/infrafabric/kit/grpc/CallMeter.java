package io.infrafabric.kit.grpc;

/** Hears of each call that came in through a door, once, when it is over; on the thread that ends it, so it must be quick. */
@FunctionalInterface
public interface CallMeter {
  /** Where nobody counts. */
  CallMeter NONE = (method, end, begunNanos) -> {};

  /** How a call ended. */
  enum End {
    /** With the answer that was asked for. */
    ANSWERED,
    /** With an error, whoever refused it. */
    REFUSED,
    /** Its caller was gone before the answer had left. */
    ABANDONED
  }

  /**
   * A call is over: the transport has sent its answer, if there was anybody to take it. The time until then is what the caller waits here, with
   * that in which the answer lay in a queue.
   *
   * @param method the full name, such as {@code infrafabric.coordinator.v1.ClaimService/ClaimTask}
   * @param begunNanos when it came in, by {@link System#nanoTime}
   */
  void ended(String method, End end, long begunNanos);
}
