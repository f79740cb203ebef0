package io.infrafabric.kit.grpc;

import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;
import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Maps what handlers throw, and ends a unary call without a deadline after a while: with OUTCOME_UNKNOWN, because the
 * handler may be about to commit.
 */
final class CallGuard implements ServerInterceptor {
  private final Duration deadline;
  private final ScheduledExecutorService timer;
  private final OpenStreams streams;
  private final CallMeter meter;

  /**
   * @param meter hears of the end of every call
   */
  CallGuard(Duration deadline, ScheduledExecutorService timer, OpenStreams streams, CallMeter meter) {
    this.streams = streams;
    this.deadline = deadline;
    this.timer = timer;
    this.meter = meter;
  }

  @Override
  public <Q, R> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    GuardedCall<Q, R> guarded = new GuardedCall<>(call, meter);
    Context.CancellableContext limited = null;
    boolean unary = call.getMethodDescriptor().getType() == MethodDescriptor.MethodType.UNARY;
    Runnable forget = unary ? () -> {} : streams.add(guarded);
    if (unary && Context.current().getDeadline() == null) {
      limited = Context.current().withDeadlineAfter(deadline.toNanos(), TimeUnit.NANOSECONDS, timer);
      limited.addListener(ended -> endLate(guarded, ended), Runnable::run);
    }
    try {
      ServerCall.Listener<Q> listener =
          limited == null
              ? next.startCall(guarded, headers)
              : Contexts.interceptCall(limited, guarded, headers, next);
      return new Guarded<>(guarded, listener, limited, forget);
    } catch (RuntimeException failure) {
      if (limited != null) {
        limited.cancel(null);
      }
      guarded.fail(failure);
      return new Guarded<>(guarded, new ServerCall.Listener<>() {}, null, forget);
    }
  }

  private void endLate(GuardedCall<?, ?> call, Context ended) {
    if (ended.getDeadline() != null && ended.getDeadline().isExpired()) {
      String message = "the call took longer than the %d ms that the server allows".formatted(deadline.toMillis());
      call.fail(Refusal.of(ErrorCode.ERROR_CODE_OUTCOME_UNKNOWN, message).asException());
    }
  }

  private static final class Guarded<Q> extends SimpleForwardingServerCallListener<Q> {
    private final GuardedCall<Q, ?> call;
    private final Context.CancellableContext limited;
    private final Runnable forget;

    Guarded(
        GuardedCall<Q, ?> call, ServerCall.Listener<Q> listener, Context.CancellableContext limited, Runnable forget) {
      super(listener);
      this.forget = forget;
      this.call = call;
      this.limited = limited;
    }

    @Override
    public void onMessage(Q message) {
      mapped(() -> super.onMessage(message));
    }

    @Override
    public void onHalfClose() {
      mapped(super::onHalfClose);
    }

    @Override
    public void onReady() {
      mapped(super::onReady);
    }

    @Override
    public void onCancel() {
      call.abandoned();
      try {
        super.onCancel();
      } finally {
        release();
      }
    }

    @Override
    public void onComplete() {
      call.sent();
      try {
        super.onComplete();
      } finally {
        release();
      }
    }

    private void mapped(Runnable callback) {
      try {
        callback.run();
      } catch (RuntimeException failure) {
        call.fail(failure);
      }
    }

    private void release() {
      forget.run();
      if (limited != null) {
        limited.cancel(null);
      }
    }
  }
}
