package io.infrafabric.kit.grpc;

import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;

/**
 * A call that two threads may end: the first close counts, what comes later is dropped. A status that says nothing
 * because the handler threw becomes one of the catalogue. It is over when the transport has sent what it was closed
 * with, which may be long after that was handed to it.
 */
final class GuardedCall<Q, R> extends SimpleForwardingServerCall<Q, R> {
  private final CallMeter meter;
  private final long begunNanos = System.nanoTime();
  private boolean headersSent;
  /** Nothing until it is closed. */
  private CallMeter.End outcome;
  private boolean told;

  /**
   * @param meter hears of its end
   */
  GuardedCall(ServerCall<Q, R> call, CallMeter meter) {
    super(call);
    this.meter = meter;
  }

  @Override
  public synchronized void sendHeaders(Metadata headers) {
    if (outcome == null) {
      headersSent = true;
      super.sendHeaders(headers);
    }
  }

  @Override
  public synchronized void sendMessage(R message) {
    if (outcome == null && headersSent) {
      super.sendMessage(message);
    }
  }

  @Override
  public void close(Status status, Metadata trailers) {
    if (status.getCode() == Status.Code.UNKNOWN && status.getCause() != null) {
      StatusRuntimeException mapped = Errors.toStatus(status.getCause());
      end(mapped.getStatus(), mapped.getTrailers() == null ? trailers : mapped.getTrailers());
    } else {
      end(status, trailers);
    }
  }

  /** Ends the call with the status of the failure, if it has not ended. */
  void fail(Throwable failure) {
    StatusRuntimeException status = Errors.toStatus(failure);
    end(status.getStatus(), status.getTrailers() == null ? new Metadata() : status.getTrailers());
  }

  /** Its caller is gone; nothing is sent any more, whatever comes of it. */
  synchronized void abandoned() {
    tell(CallMeter.End.ABANDONED);
  }

  /** The transport has sent all of it. */
  synchronized void sent() {
    tell(outcome == null ? CallMeter.End.ABANDONED : outcome);
  }

  private synchronized void end(Status status, Metadata trailers) {
    if (outcome == null) {
      outcome = status.isOk() ? CallMeter.End.ANSWERED : CallMeter.End.REFUSED;
      super.close(status, trailers);
    }
  }

  private void tell(CallMeter.End end) {
    if (!told) {
      told = true;
      meter.ended(getMethodDescriptor().getFullMethodName(), end, begunNanos);
    }
  }
}
