package io.infrafabric.kit.grpc;

import io.grpc.BindableService;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.infrafabric.kit.lifecycle.Threads;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Services behind the same interceptors as a {@link GrpcServer} has, called without a network: for mirrors and tests. */
public final class InProcessServer implements AutoCloseable {
  private final List<ServerServiceDefinition> services;
  private final Server server;
  private final ManagedChannel channel;
  private final ExecutorService executor;
  private final ScheduledExecutorService timer;
  private final OpenStreams streams = new OpenStreams();

  private InProcessServer(
      String name, List<BindableService> services, List<ServerInterceptor> interceptors, CallMeter meter, GrpcLimits limits) {
    this.timer = Threads.timer(name + "-deadlines");
    this.executor = Threads.virtualPerTask(name + "-call");
    List<ServerInterceptor> chain = ServerChain.of(limits, timer, streams, meter, interceptors);
    this.services = services.stream().map(s -> ServerInterceptors.interceptForward(s, chain)).toList();
    String address = InProcessServerBuilder.generateName();
    InProcessServerBuilder builder = InProcessServerBuilder.forName(address).executor(executor);
    this.services.forEach(builder::addService);
    this.server = builder.build();
    this.channel = InProcessChannelBuilder.forName(address).executor(executor).build();
  }

  /** Starts the services. */
  public static InProcessServer start(
      String name, List<BindableService> services, List<ServerInterceptor> interceptors, GrpcLimits limits) {
    return start(name, services, interceptors, CallMeter.NONE, limits);
  }

  /**
   * Starts the services.
   *
   * @param meter hears of every call when it is over
   */
  public static InProcessServer start(
      String name, List<BindableService> services, List<ServerInterceptor> interceptors, CallMeter meter, GrpcLimits limits) {
    InProcessServer started = new InProcessServer(name, services, interceptors, meter, limits);
    try {
      started.server.start();
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
    return started;
  }

  /** A channel to the services, which sends the current trace context along. */
  public Channel channel() {
    return ClientInterceptors.intercept(channel, new TraceClientInterceptor());
  }

  /** What is served. */
  public List<ServerServiceDefinition> services() {
    return services;
  }

  /** Ends the calls and stops. */
  @Override
  public void close() {
    channel.shutdown();
    server.shutdown();
    streams.endAll();
    try {
      if (!server.awaitTermination(1, TimeUnit.SECONDS)) {
        channel.shutdownNow();
        server.shutdownNow().awaitTermination(1, TimeUnit.SECONDS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    executor.shutdown();
    timer.shutdownNow();
  }
}
