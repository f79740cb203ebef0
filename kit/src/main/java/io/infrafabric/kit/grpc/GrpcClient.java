package io.infrafabric.kit.grpc;

import io.grpc.Channel;
import io.grpc.ClientInterceptor;
import io.grpc.ClientInterceptors;
import io.grpc.ConnectivityState;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.infrafabric.kit.lifecycle.Threads;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * A connection to a service as every client of the fabric has it: TLS 1.3 or plaintext, keepalive, round robin, UNAVAILABLE tried
 * up to four times, a deadline on every unary call, the trace context sent along, and a server that was away found
 * within about a second of its return.
 */
public final class GrpcClient implements AutoCloseable {
  /** The deadline of a unary call whose caller sets none. */
  public static final Duration DEADLINE = Duration.ofSeconds(10);

  private static final Duration KEEP_ALIVE = Duration.ofSeconds(30);
  private static final Duration KEEP_ALIVE_ANSWER = Duration.ofSeconds(5);
  private static final Duration RECONNECT = Duration.ofSeconds(1);

  /** Half the 8 KiB are the server's details, the rest is room for proxies. */
  private static final int METADATA_BYTES = 16 * 1024;

  private static final int MESSAGE_BYTES = 16 * 1024 * 1024;

  private final ManagedChannel managed;
  private final Channel channel;
  private final ScheduledExecutorService timer;

  private GrpcClient(String target, Duration deadline, CallerIdentity caller, List<ClientInterceptor> own) {
    NettyChannelBuilder builder = NettyChannelBuilder.forTarget(AddressList.isList(target) ? AddressList.target(target) : target);
    TlsIdentity.of(caller.tls()).client().ifPresentOrElse(builder::sslContext, builder::usePlaintext);
    this.managed =
        builder
            .keepAliveTime(KEEP_ALIVE.toMillis(), TimeUnit.MILLISECONDS)
            .keepAliveTimeout(KEEP_ALIVE_ANSWER.toMillis(), TimeUnit.MILLISECONDS)
            .keepAliveWithoutCalls(true)
            .maxInboundMetadataSize(METADATA_BYTES)
            .flowControlWindow(GrpcServer.WINDOW_BYTES)
            .maxInboundMessageSize(MESSAGE_BYTES)
            .defaultServiceConfig(serviceConfig())
            .disableServiceConfigLookUp()
            .build();
    List<ClientInterceptor> outermostFirst = new ArrayList<>(own);
    outermostFirst.add(new DeadlineInterceptor(deadline));
    outermostFirst.add(new TraceClientInterceptor());
    outermostFirst.add(new TokenSender(caller.token()));
    outermostFirst.add(new SentRequests());
    this.channel = ClientInterceptors.interceptForward(managed, outermostFirst);
    this.timer = Threads.timer("grpc-reconnect");
    long millis = RECONNECT.toMillis();
    timer.scheduleWithFixedDelay(this::reconnect, millis, millis, TimeUnit.MILLISECONDS);
  }

  /**
   * A client of {@code host:port} (or any gRPC target, such as {@code dns:///name:port}), or of several, {@code host:port,host:port}, which
   * serve the same; connects with the first call.
   */
  public static GrpcClient channel(String target, ClientInterceptor... interceptors) {
    return channel(target, DEADLINE, interceptors);
  }

  /** The same with another deadline for unary calls. */
  public static GrpcClient channel(String target, Duration deadline, ClientInterceptor... interceptors) {
    return new GrpcClient(target, deadline, CallerIdentity.nobody(), List.of(interceptors));
  }

  /** The same as somebody. */
  public static GrpcClient channel(String target, CallerIdentity caller) {
    return channel(target, DEADLINE, caller);
  }

  /** The same as somebody, with another deadline for unary calls. */
  public static GrpcClient channel(String target, Duration deadline, CallerIdentity caller) {
    return new GrpcClient(target, deadline, caller, List.of());
  }

  /** What stubs are made on. */
  public Channel channel() {
    return channel;
  }

  /** Ends the calls and the connection. */
  @Override
  public void close() {
    timer.shutdownNow();
    managed.shutdown();
    try {
      if (!managed.awaitTermination(1, TimeUnit.SECONDS)) {
        managed.shutdownNow();
      }
    } catch (InterruptedException e) {
      managed.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }

  /** gRPC's own back-off grows to two minutes. */
  private void reconnect() {
    // READY says that one of the addresses answers: the others are looked for all the same.
    ConnectivityState state = managed.getState(false);
    if (state == ConnectivityState.TRANSIENT_FAILURE || state == ConnectivityState.READY) {
      managed.resetConnectBackoff();
    }
  }

  private static Map<String, Object> serviceConfig() {
    Map<String, Object> retry =
        Map.of(
            "maxAttempts", 4.0,
            "initialBackoff", "0.1s",
            "maxBackoff", "2s",
            "backoffMultiplier", 2.0,
            "retryableStatusCodes", List.of("UNAVAILABLE"));
    return Map.of(
        "methodConfig", List.of(Map.of("name", List.of(Map.of()), "retryPolicy", retry)),
        "retryThrottling", Map.of("maxTokens", 20.0, "tokenRatio", 0.2),
        "loadBalancingConfig", List.of(Map.of("round_robin", Map.of())));
  }
}
