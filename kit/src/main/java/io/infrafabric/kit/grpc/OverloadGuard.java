package io.infrafabric.kit.grpc;

import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;
import io.infrafabric.kit.telemetry.Counter;
import io.infrafabric.kit.telemetry.Metrics;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * Refuses unary calls with OVERLOADED, before anything is done for them, when more are under way than are answered in time; the least
 * important first. Streams are not counted: they mostly wait; one that brings more work is refused as a call that does. One guard is shared by all doors to the same services.
 */
public final class OverloadGuard implements ServerInterceptor {
  private final CallLimit limit;
  private final Function<MethodDescriptor<?, ?>, Importance> importance;
  private final Map<Importance, Counter> refused = new EnumMap<>(Importance.class);

  /**
   * @param importance of a method; called for every call
   */
  public OverloadGuard(OverloadSettings settings, Function<MethodDescriptor<?, ?>, Importance> importance, Metrics metrics) {
    this.limit = new CallLimit(settings, System::nanoTime);
    this.importance = importance;
    for (Importance one : Importance.values()) {
      String name = one.name().toLowerCase(Locale.ROOT);
      refused.put(one, metrics.counter("if.overload.refused_" + name, "Calls of importance " + name + " that were refused because there were too many"));
    }
    metrics.gauge("if.overload.limit", "Calls that may be under way", limit::limit);
    metrics.gauge("if.overload.under_way", "Calls that are under way", limit::underWay);
  }

  /** Calls that are under way now, streams left out. */
  public int underWay() {
    return limit.underWay();
  }

  @Override
  public <Q, R> ServerCall.Listener<Q> interceptCall(ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    Importance matters = importance.apply(call.getMethodDescriptor());
    if (call.getMethodDescriptor().getType() != MethodDescriptor.MethodType.UNARY) {
      return stream(call, headers, next, matters);
    }
    Optional<CallLimit.Call> taken = limit.take(matters);
    if (taken.isEmpty()) {
      refuse(call, matters);
      return new ServerCall.Listener<>() {};
    }
    return serve(call, headers, next, taken.get(), matters);
  }

  /** A stream that brings more work is not begun when a single call that does would be refused; it takes no place while it lasts. */
  private <Q, R> ServerCall.Listener<Q> stream(ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next, Importance matters) {
    if (matters == Importance.LOW) {
      Optional<CallLimit.Call> taken = limit.take(matters);
      if (taken.isEmpty()) {
        refuse(call, matters);
        return new ServerCall.Listener<>() {};
      }
      taken.get().end(CallLimit.End.BESIDE_THE_POINT);
    }
    return next.startCall(call, headers);
  }

  private void refuse(ServerCall<?, ?> call, Importance matters) {
    refused.get(matters).increment();
    StatusRuntimeException status =
        Errors.toStatus(
            Refusal.of(ErrorCode.ERROR_CODE_OVERLOADED, "too many calls are under way; nothing was done").retryAfter(matters.pause()));
    call.close(status.getStatus(), status.getTrailers() == null ? new Metadata() : status.getTrailers());
  }

  private static <Q, R> ServerCall.Listener<Q> serve(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next, CallLimit.Call taken, Importance matters) {
    // Its place is free when it is answered: a caller that reads slowly must not take the room of others, nor be taken for slow work.
    ServerCall<Q, R> counted =
        new SimpleForwardingServerCall<>(call) {
          @Override
          public void close(Status status, Metadata trailers) {
            taken.end(end(status, matters));
            super.close(status, trailers);
          }
        };
    try {
      return new Counted<>(next.startCall(counted, headers), taken);
    } catch (RuntimeException failure) {
      taken.end(CallLimit.End.BESIDE_THE_POINT);
      throw failure;
    }
  }

  /** A look takes as long as there is to see, and a service that is away says nothing about the calls here. */
  private static CallLimit.End end(Status status, Importance matters) {
    return switch (status.getCode()) {
      case DEADLINE_EXCEEDED, CANCELLED -> CallLimit.End.TOO_LATE;
      case UNAVAILABLE -> CallLimit.End.BESIDE_THE_POINT;
      default -> matters == Importance.NORMAL ? CallLimit.End.BESIDE_THE_POINT : CallLimit.End.ANSWERED;
    };
  }

  /** Ends the call when its caller gave up, or when it was closed from outside. */
  private static final class Counted<Q> extends SimpleForwardingServerCallListener<Q> {
    private final CallLimit.Call taken;

    Counted(ServerCall.Listener<Q> listener, CallLimit.Call taken) {
      super(listener);
      this.taken = taken;
    }

    @Override
    public void onCancel() {
      try {
        super.onCancel();
      } finally {
        taken.end(CallLimit.End.TOO_LATE);
      }
    }

    @Override
    public void onComplete() {
      try {
        super.onComplete();
      } finally {
        taken.end(CallLimit.End.TOO_LATE);
      }
    }
  }
}
