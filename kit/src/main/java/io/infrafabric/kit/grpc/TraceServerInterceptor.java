package io.infrafabric.kit.grpc;

import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.infrafabric.kit.telemetry.WireTrace;
import io.opentelemetry.context.Scope;

/** Makes the W3C trace context of the caller the current one while the handler runs; makes no span itself. */
public final class TraceServerInterceptor implements ServerInterceptor {
  private static final Context.Key<io.opentelemetry.context.Context> CALLER = Context.key("if-trace");

  /** The trace context of the call that this thread serves, for code that kept {@code io.grpc.Context} only. */
  public static io.opentelemetry.context.Context caller() {
    io.opentelemetry.context.Context caller = CALLER.get();
    return caller == null ? io.opentelemetry.context.Context.root() : caller;
  }

  @Override
  public <Q, R> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    var caller = WireTrace.extract(io.opentelemetry.context.Context.root(), headers);
    try (Scope scope = caller.makeCurrent()) {
      Context withCaller = Context.current().withValue(CALLER, caller);
      return new InContext<>(caller, Contexts.interceptCall(withCaller, call, headers, next));
    }
  }

  private static final class InContext<Q> extends SimpleForwardingServerCallListener<Q> {
    private final io.opentelemetry.context.Context caller;

    InContext(io.opentelemetry.context.Context caller, ServerCall.Listener<Q> listener) {
      super(listener);
      this.caller = caller;
    }

    @Override
    public void onMessage(Q message) {
      try (Scope scope = caller.makeCurrent()) {
        super.onMessage(message);
      }
    }

    @Override
    public void onHalfClose() {
      try (Scope scope = caller.makeCurrent()) {
        super.onHalfClose();
      }
    }

    @Override
    public void onCancel() {
      try (Scope scope = caller.makeCurrent()) {
        super.onCancel();
      }
    }

    @Override
    public void onComplete() {
      try (Scope scope = caller.makeCurrent()) {
        super.onComplete();
      }
    }

    @Override
    public void onReady() {
      try (Scope scope = caller.makeCurrent()) {
        super.onReady();
      }
    }
  }
}
