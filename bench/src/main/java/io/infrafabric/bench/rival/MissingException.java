package io.infrafabric.bench.rival;

/** A rival cannot be had here; the message says what is missing and how to get it. */
final class MissingException extends Exception {
  MissingException(String message) {
    super(message);
  }

  MissingException(String message, Throwable cause) {
    super(message, cause);
  }
}
