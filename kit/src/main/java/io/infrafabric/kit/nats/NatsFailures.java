package io.infrafabric.kit.nats;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;
import io.infrafabric.error.RefusedException;
import io.nats.client.JetStreamApiException;
import io.nats.client.JetStreamStatusException;
import java.io.IOException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;

/** What failures of jnats mean. */
final class NatsFailures {
  private NatsFailures() {}

  /** Of a request: nobody listens, or nobody knows. */
  static RefusedException ofRequest(String subject, Throwable failure) {
    Throwable cause = unwrap(failure);
    return switch (cause) {
      case RefusedException refused -> refused;
      case CancellationException ended -> unknown("the request on " + subject + " was cancelled", cause);
      case JetStreamStatusException noResponder -> unavailable("nobody listens on " + subject, cause);
      case IllegalStateException notSent -> unavailable("nothing was sent on " + subject + ": " + cause.getMessage(), cause);
      case TimeoutException late -> unknown("no answer on " + subject + " in time", cause);
      default -> unknown("the request on " + subject + " failed: " + cause.getMessage(), cause);
    };
  }

  /** Of a durable message: no stream, refused by it, or nobody knows. */
  static RefusedException ofDurable(String subject, Throwable failure) {
    Throwable cause = unwrap(failure);
    return switch (cause) {
      case JetStreamApiException refused -> unavailable("the stream of " + subject + " refuses: " + refused.getMessage(), cause);
      case JetStreamStatusException noStream -> unavailable("no stream takes " + subject, cause);
      case IOException noStream when isNoResponder(noStream) -> unavailable("no stream takes " + subject, cause);
      default -> ofRequest(subject, cause);
    };
  }

  /** jnats puts the status of a failed publish into the text only. */
  private static boolean isNoResponder(IOException failure) {
    return String.valueOf(failure.getMessage()).contains("503");
  }

  private static Throwable unwrap(Throwable failure) {
    Throwable cause = failure;
    while ((cause instanceof CompletionException
            || cause instanceof ExecutionException
            || cause.getClass() == RuntimeException.class)
        && cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause;
  }

  private static RefusedException unavailable(String message, Throwable cause) {
    return new RefusedException(Refusal.of(ErrorCode.ERROR_CODE_UNAVAILABLE, message), cause);
  }

  private static RefusedException unknown(String message, Throwable cause) {
    return new RefusedException(Refusal.of(ErrorCode.ERROR_CODE_OUTCOME_UNKNOWN, message), cause);
  }
}
