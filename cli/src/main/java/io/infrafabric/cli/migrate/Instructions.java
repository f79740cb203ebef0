package io.infrafabric.cli.migrate;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What one session is told to do in one phase.
 *
 * @param session as an id
 * @param idle what it is to do while it is blocked, each a line
 */
record Instructions(String session, int phase, List<Step> steps, List<String> idle) {
  /**
   * One task.
   *
   * @param model as an id; empty when none is named
   * @param body all that is said about it
   * @param estimate how long it is thought to take
   * @param costMicros what it is thought to cost
   */
  record Step(String title, String model, String body, Optional<Duration> estimate, Optional<Long> costMicros) {}
}
