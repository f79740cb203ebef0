package io.infrafabric.local;

/**
 * A local process could not be found, started or stopped; the message says which one and what to
 * do.
 */
public final class LocalRunException extends RuntimeException {
  /** Returns one whose message says what could not be had and what to do. */
  public LocalRunException(String message) {
    super(message);
  }

  LocalRunException(String message, Throwable cause) {
    super(message, cause);
  }
}
