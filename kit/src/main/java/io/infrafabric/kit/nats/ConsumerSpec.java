package io.infrafabric.kit.nats;

import java.time.Duration;

/**
 * A durable consumer of a stream.
 *
 * @param durable its name: letters, digits, hyphens and underscores; all who use it share the messages
 * @param filterSubject the subjects it is for, wildcards allowed; one only, because NATS 2.9 has no more
 * @param inFlight messages handled at once
 * @param ackWait after how long without an answer a message is given again
 * @param retryDelay delay after the first failure of a message; doubles up to {@code maxRetryDelay}
 */
public record ConsumerSpec(
    String stream,
    String durable,
    String filterSubject,
    int inFlight,
    Duration ackWait,
    Duration retryDelay,
    Duration maxRetryDelay) {

  /** A consumer with 64 messages at once, 30 s to answer, and 200 ms to 10 s between tries. */
  public static ConsumerSpec of(String stream, String durable, String filterSubject) {
    return new ConsumerSpec(
        stream, durable, filterSubject, 64, Duration.ofSeconds(30), Duration.ofMillis(200), Duration.ofSeconds(10));
  }

  /** The same with so many messages at once; 1 keeps their order as long as none fails. */
  public ConsumerSpec inFlight(int messages) {
    return new ConsumerSpec(stream, durable, filterSubject, messages, ackWait, retryDelay, maxRetryDelay);
  }

  /** The same with another time to answer. */
  public ConsumerSpec ackWait(Duration wait) {
    return new ConsumerSpec(stream, durable, filterSubject, inFlight, wait, retryDelay, maxRetryDelay);
  }

  /** The same with other delays between tries. */
  public ConsumerSpec retryDelays(Duration first, Duration longest) {
    return new ConsumerSpec(stream, durable, filterSubject, inFlight, ackWait, first, longest);
  }

  /** The delay after the given number of deliveries. */
  public Duration delayAfter(long deliveries) {
    Duration grown = retryDelay.multipliedBy(1L << Math.min(Math.max(deliveries - 1, 0), 20));
    return grown.compareTo(maxRetryDelay) > 0 ? maxRetryDelay : grown;
  }
}
