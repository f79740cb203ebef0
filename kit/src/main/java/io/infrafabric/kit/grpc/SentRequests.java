package io.infrafabric.kit.grpc;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ClientStreamTracer;
import io.grpc.ForwardingClientCall.SimpleForwardingClientCall;
import io.grpc.ForwardingClientCallListener.SimpleForwardingClientCallListener;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Notes in the trailers of a failed call whether any attempt of it put the request on the wire. That is the difference
 * between "nothing was written" and "nobody knows", which a status alone does not tell once gRPC has retried.
 */
final class SentRequests implements ClientInterceptor {
  private static final Metadata.Key<String> SENT = Metadata.Key.of("if-request-sent", Metadata.ASCII_STRING_MARSHALLER);

  /** Whether the request left; empty when the channel is not one of ours. */
  static Optional<Boolean> sent(Metadata trailers) {
    return Optional.ofNullable(trailers).map(found -> found.get(SENT)).map(Boolean::valueOf);
  }

  @Override
  public <Q, R> ClientCall<Q, R> interceptCall(MethodDescriptor<Q, R> method, CallOptions options, Channel next) {
    AtomicBoolean sent = new AtomicBoolean();
    CallOptions traced = options.withStreamTracerFactory(new Tracers(sent));
    return new SimpleForwardingClientCall<>(next.newCall(method, traced)) {
      @Override
      public void start(Listener<R> listener, Metadata headers) {
        super.start(new Noting<>(listener, sent), headers);
      }
    };
  }

  private static final class Tracers extends ClientStreamTracer.Factory {
    private final AtomicBoolean sent;

    Tracers(AtomicBoolean sent) {
      this.sent = sent;
    }

    @Override
    public ClientStreamTracer newClientStreamTracer(ClientStreamTracer.StreamInfo info, Metadata headers) {
      return new ClientStreamTracer() {
        @Override
        public void outboundMessageSent(int sequence, long wireSize, long uncompressedSize) {
          sent.set(true);
        }
      };
    }
  }

  private static final class Noting<R> extends SimpleForwardingClientCallListener<R> {
    private final AtomicBoolean sent;

    Noting(ClientCall.Listener<R> listener, AtomicBoolean sent) {
      super(listener);
      this.sent = sent;
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      if (!status.isOk()) {
        trailers.discardAll(SENT);
        trailers.put(SENT, String.valueOf(sent.get()));
      }
      super.onClose(status, trailers);
    }
  }
}
