package io.infrafabric.cli.agent;

/** What the end of a program means for its claim. */
sealed interface Ending {
  /** The standard output is the result. */
  record Completed() implements Ending {}

  /**
   * The attempt failed.
   *
   * @param retryable whether another attempt may do better
   */
  record Failed(String reason, boolean retryable) implements Ending {}

  /** The work is given back undone. */
  record Released(String reason) implements Ending {}
}
