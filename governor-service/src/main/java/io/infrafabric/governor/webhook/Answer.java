package io.infrafabric.governor.webhook;

import java.time.Duration;
import java.util.Optional;

/** What came of a post. */
sealed interface Answer {
  /** The sink has it. */
  record Acknowledged() implements Answer {}

  /**
   * It has not, or nobody knows.
   *
   * @param why for people; nothing of what the sink said but its status
   * @param notBefore how long the sink wants to be left alone, if it said so
   */
  record Failed(String why, Optional<Duration> notBefore) implements Answer {}

  /** The sink does not want to be told anything more. */
  record Gone() implements Answer {}
}
