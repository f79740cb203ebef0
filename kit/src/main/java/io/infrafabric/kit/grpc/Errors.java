package io.infrafabric.kit.grpc;

import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.StatusRuntimeException;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;
import io.infrafabric.error.RefusedException;
import io.opentelemetry.api.trace.Span;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The one place where failures become statuses, and statuses become refusals again. */
public final class Errors {
  private static final Logger LOG = LoggerFactory.getLogger(Errors.class);
  private static final String BUG = "internal error";

  private Errors() {}

  /** The status of a refusal, with {@code google.rpc.Status} details. */
  public static StatusRuntimeException toStatus(Refusal refusal) {
    return StatusDetails.encode(refusal);
  }

  /**
   * The status of any failure. A refusal keeps its code; a status that has details or is a cancellation stays as it
   * is; anything else is a bug: INTERNAL with a fixed text for the client, and one log line with the trace id for us.
   */
  public static StatusRuntimeException toStatus(Throwable failure) {
    Throwable cause = unwrap(failure);
    Optional<StatusRuntimeException> known = knownStatus(cause);
    return known.orElseGet(() -> toStatus(toRefusal(cause)));
  }

  /** The refusal that a failure is; one that is none is logged as a bug and becomes INTERNAL with a fixed text. */
  public static Refusal toRefusal(Throwable failure) {
    Throwable cause = unwrap(failure);
    Optional<Refusal> known = refusalOf(cause);
    if (known.isPresent()) {
      return known.get();
    }
    String traceId = Span.current().getSpanContext().isValid() ? Span.current().getSpanContext().getTraceId() : "";
    LOG.atError().addKeyValue("traceId", traceId).setCause(cause).log("internal error");
    Refusal bug = Refusal.of(ErrorCode.ERROR_CODE_INTERNAL, BUG);
    return traceId.isEmpty() ? bug : bug.with("trace_id", traceId);
  }

  /**
   * The refusal in a failure of a call: what the service said, or, when it said nothing, UNAVAILABLE (the request never
   * left), DEADLINE_EXCEEDED (the deadline passed before it left) or OUTCOME_UNKNOWN (it left and no answer came, see
   * {@link SentRequests}). A connection that breaks while a call is being written is one of the first or the last, whatever
   * status the transport has for it ({@link TransportStatus}). Empty when the failure is something else.
   */
  public static Optional<Refusal> refusalOf(Throwable failure) {
    return switch (unwrap(failure)) {
      case RefusedException refused -> Optional.of(refused.refusal());
      case StatusRuntimeException status -> refusalOf(status.getStatus(), status.getTrailers());
      case StatusException status -> refusalOf(status.getStatus(), status.getTrailers());
      case null, default -> Optional.empty();
    };
  }

  /** The failure inside the wrappings of futures. */
  static Throwable unwrap(Throwable failure) {
    Throwable cause = failure;
    while ((cause instanceof CompletionException || cause instanceof ExecutionException) && cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause;
  }

  private static Optional<Refusal> refusalOf(Status status, Metadata trailers) {
    return StatusDetails.decode(status, trailers).or(() -> transport(status, SentRequests.sent(trailers)));
  }

  private static Optional<Refusal> transport(Status status, Optional<Boolean> sent) {
    String said = status.getDescription() == null ? "" : ": " + status.getDescription();
    if (TransportStatus.isBroken(status)) {
      // Written in part it may have been read whole: without a note of ours nobody knows.
      return Optional.of(lost(sent.orElse(true), said));
    }
    return switch (status.getCode()) {
      case UNAVAILABLE -> Optional.of(lost(sent.orElse(false), said));
      case DEADLINE_EXCEEDED ->
          Optional.of(
              sent.orElse(true)
                  ? Refusal.of(ErrorCode.ERROR_CODE_OUTCOME_UNKNOWN, "no answer came before the deadline")
                  : Refusal.of(ErrorCode.ERROR_CODE_DEADLINE_EXCEEDED, "the request could not be sent before the deadline"));
      // A server that was stopped for good resets the calls that it has; a caller that stops gives its own up.
      case CANCELLED ->
          Optional.of(
              sent.orElse(true)
                  ? Refusal.of(ErrorCode.ERROR_CODE_OUTCOME_UNKNOWN, "the call was ended before the answer" + said)
                  : Refusal.of(ErrorCode.ERROR_CODE_UNAVAILABLE, "the call was ended before it was sent" + said));
      case UNIMPLEMENTED -> Optional.of(Refusal.of(ErrorCode.ERROR_CODE_UNIMPLEMENTED, "the service has no such method" + said));
      case RESOURCE_EXHAUSTED -> Optional.of(Refusal.of(ErrorCode.ERROR_CODE_PAYLOAD_TOO_LARGE, "over a limit of gRPC" + said));
      default -> Optional.empty();
    };
  }

  private static Refusal lost(boolean sent, String said) {
    return sent
        ? Refusal.of(ErrorCode.ERROR_CODE_OUTCOME_UNKNOWN, "the connection was lost before the answer" + said)
        : Refusal.of(ErrorCode.ERROR_CODE_UNAVAILABLE, "the service does not answer" + said);
  }

  /** Statuses that pass as they are: ours (they have details), and the end of a call that the client gave up. */
  private static Optional<StatusRuntimeException> knownStatus(Throwable cause) {
    Status status;
    Metadata trailers;
    switch (cause) {
      case StatusRuntimeException e -> {
        status = e.getStatus();
        trailers = e.getTrailers();
      }
      case StatusException e -> {
        status = e.getStatus();
        trailers = e.getTrailers();
      }
      default -> {
        return Optional.empty();
      }
    }
    boolean passes = status.getCode() == Status.Code.CANCELLED || StatusDetails.decode(status, trailers).isPresent();
    return passes ? Optional.of(status.asRuntimeException(trailers)) : Optional.empty();
  }
}
