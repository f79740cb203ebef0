package io.infrafabric.kit.grpc;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ForwardingClientCall.SimpleForwardingClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.stub.MetadataUtils;
import io.infrafabric.names.Headers;
import java.util.Optional;
import java.util.function.Supplier;

/** Sends a token with each call. */
public final class TokenSender implements ClientInterceptor {
  static final Metadata.Key<String> AUTHORIZATION = Metadata.Key.of(Headers.AUTHORIZATION, Metadata.ASCII_STRING_MARSHALLER);

  private final Supplier<Optional<String>> token;

  /** Sends what is there when a call begins. */
  public TokenSender(Supplier<Optional<String>> token) {
    this.token = token;
  }

  /** Passes a header on as it came. */
  public static ClientInterceptor passing(String authorization) {
    Metadata header = new Metadata();
    header.put(AUTHORIZATION, authorization);
    return MetadataUtils.newAttachHeadersInterceptor(header);
  }

  @Override
  public <Q, R> ClientCall<Q, R> interceptCall(MethodDescriptor<Q, R> method, CallOptions options, Channel next) {
    return new SimpleForwardingClientCall<>(next.newCall(method, options)) {
      @Override
      public void start(Listener<R> listener, Metadata headers) {
        token.get().ifPresent(text -> headers.put(AUTHORIZATION, "Bearer " + text));
        super.start(listener, headers);
      }
    };
  }
}
