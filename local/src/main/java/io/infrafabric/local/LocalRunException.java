package io.infrafabric.local;

/**
 * A local process could not be found, started or stopped; the message says which one and what to
 * do.
 */
public final class LocalRunException extends RuntimeException {
  LocalRunException(String message) {
    super(message);
  }

  LocalRunException(String message, Throwable cause) {
    super(message, cause);
  }
}
