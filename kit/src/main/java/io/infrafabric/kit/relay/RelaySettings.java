package io.infrafabric.kit.relay;

import io.infrafabric.kit.store.Election;
import java.time.Duration;

/**
 * Limits of a relay.
 *
 * @param window messages under way without an acknowledgement
 * @param backlog changes that wait; with more they are dropped, and published from a snapshot later
 * @param publishTimeout after which a publish without an answer is tried again
 * @param retryAfter pause after a failure
 * @param cursorEvery how often the cursor is written at most
 * @param electionTtl how long a dead relay keeps its role
 */
public record RelaySettings(
    int window, int backlog, Duration publishTimeout, Duration retryAfter, Duration cursorEvery, Duration electionTtl) {
  /** For a cell of 10,000 swarms. */
  public static RelaySettings defaults() {
    return new RelaySettings(
        512, 100_000, Duration.ofSeconds(5), Duration.ofMillis(200), Duration.ofMillis(500), Election.DEFAULT_TTL);
  }
}
