package io.infrafabric.kit.grpc;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.Context;
import io.grpc.MethodDescriptor;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Gives a unary call a deadline when neither the caller nor the call that it serves has one. */
final class DeadlineInterceptor implements ClientInterceptor {
  private final Duration deadline;

  DeadlineInterceptor(Duration deadline) {
    this.deadline = deadline;
  }

  @Override
  public <Q, R> ClientCall<Q, R> interceptCall(MethodDescriptor<Q, R> method, CallOptions options, Channel next) {
    boolean unary = method.getType() == MethodDescriptor.MethodType.UNARY;
    if (!unary || options.getDeadline() != null || Context.current().getDeadline() != null) {
      return next.newCall(method, options);
    }
    return next.newCall(method, options.withDeadlineAfter(deadline.toNanos(), TimeUnit.NANOSECONDS));
  }
}
