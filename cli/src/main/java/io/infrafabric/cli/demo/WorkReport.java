package io.infrafabric.cli.demo;

/**
 * How the work went, as the clients saw it.
 *
 * @param tasks submitted
 * @param completed ended with a result
 * @param failed ended without one
 * @param wallMillis from the first submission to the last end
 * @param claims of the simulated agents
 */
public record WorkReport(int tasks, int completed, int failed, long wallMillis, ClaimReport claims) {
  /** Completed tasks in a second. */
  public double throughputPerSecond() {
    return wallMillis == 0 ? 0 : completed * 1000.0 / wallMillis;
  }
}
