package io.infrafabric.kit.grpc;

import io.grpc.BindableService;
import io.grpc.Server;
import io.grpc.ServerBuilder;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.HealthStatusManager;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import io.infrafabric.kit.lifecycle.Threads;
import io.netty.handler.ssl.SslContext;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A gRPC server with health, reflection, limits, deadlines and a drain. Nothing listens before {@link #start}. Closing
 * says NOT_SERVING, ends streams with UNAVAILABLE, lets other calls go on for the drain time, and then cancels them.
 */
public final class GrpcServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(GrpcServer.class);

  /**
   * Received and not yet read, of one stream and of one connection. With a window of its own choice gRPC finds out the delay of the line
   * by a ping with each message, which costs as much as a small message itself.
   */
  static final int WINDOW_BYTES = 1 << 20;

  private final String name;
  private final InetSocketAddress address;
  private final GrpcLimits limits;
  private final List<ServerServiceDefinition> services;
  private final List<ServerServiceDefinition> ownServices;
  private final Optional<SslContext> tls;
  private final ExecutorService executor;
  private final boolean direct;
  private final ScheduledExecutorService timer;
  private final OpenStreams streams = new OpenStreams();
  private final HealthStatusManager health = new HealthStatusManager();
  private Server server;
  private volatile int port;

  private GrpcServer(Builder builder) {
    this.name = builder.name;
    this.address = new InetSocketAddress(builder.host, builder.port);
    this.limits = builder.limits;
    this.direct = builder.direct;
    this.timer = Threads.timer(name + "-deadlines");
    this.executor = Threads.virtualPerTask(name + "-call");
    List<ServerInterceptor> chain = ServerChain.of(limits, timer, streams, builder.meter, builder.chain());
    this.services = builder.services.stream().map(s -> ServerInterceptors.interceptForward(s, chain)).toList();
    this.tls = builder.doors.flatMap(Doors::tls);
    List<ServerServiceDefinition> own = new ArrayList<>();
    own.add(ServerInterceptors.interceptForward(health.getHealthService(), chain));
    if (builder.doors.map(Doors::reflection).orElse(true)) {
      own.add(ServerInterceptors.interceptForward(ProtoReflectionServiceV1.newInstance(), chain));
    }
    this.ownServices = List.copyOf(own);
  }

  /** Opens the port and says SERVING, for the server and for each service. */
  public synchronized GrpcServer start() {
    if (server != null) {
      throw new IllegalStateException(name + " was started already");
    }
    NettyServerBuilder netty =
        NettyServerBuilder.forAddress(address)
            .maxInboundMessageSize(limits.messageBytes())
            .maxInboundMetadataSize(limits.metadataBytes())
            .flowControlWindow(WINDOW_BYTES)
            .maxConcurrentCallsPerConnection(limits.callsPerConnection())
            .permitKeepAliveTime(limits.keepAlivePermit().toMillis(), TimeUnit.MILLISECONDS)
            .permitKeepAliveWithoutCalls(true);
    tls.ifPresent(netty::sslContext);
    server = configured(netty).build();
    try {
      server.start();
    } catch (IOException taken) {
      throw new UncheckedIOException(name + " cannot listen on " + address + ": " + taken.getMessage(), taken);
    }
    port = server.getPort();
    serving(true);
    LOG.atInfo().addKeyValue("server", name).addKeyValue("address", target()).log("listening");
    return this;
  }

  /** The port that was opened; IllegalStateException before the start. */
  public int port() {
    if (port == 0) {
      throw new IllegalStateException(name + " is not started");
    }
    return port;
  }

  /** {@code host:port} for clients of this machine, once started. */
  public String target() {
    return address.getHostString() + ":" + port();
  }

  /** Says SERVING or NOT_SERVING for the server and each service; calls are served all the same. */
  public void serving(boolean ready) {
    ServingStatus status = ready ? ServingStatus.SERVING : ServingStatus.NOT_SERVING;
    health.setStatus(HealthStatusManager.SERVICE_NAME_ALL_SERVICES, status);
    services.forEach(service -> health.setStatus(service.getServiceDescriptor().getName(), status));
  }

  /** Says NOT_SERVING, drains and stops. */
  @Override
  public synchronized void close() {
    health.enterTerminalState();
    if (server != null) {
      drain();
    }
    executor.shutdown();
    timer.shutdownNow();
  }

  private void drain() {
    server.shutdown();
    streams.endAll();
    try {
      if (!server.awaitTermination(limits.drain().toMillis(), TimeUnit.MILLISECONDS)) {
        LOG.atWarn().addKeyValue("server", name).log("calls were cancelled at the end of the drain");
        server.shutdownNow().awaitTermination(1, TimeUnit.SECONDS);
      }
    } catch (InterruptedException e) {
      server.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }

  private <B extends ServerBuilder<B>> B configured(B builder) {
    services.forEach(builder::addService);
    ownServices.forEach(builder::addService);
    return direct ? builder.directExecutor() : builder.executor(executor);
  }

  /** Collects what a server serves. */
  public static final class Builder {
    private final String name;
    private String host = "127.0.0.1";
    private int port;
    private GrpcLimits limits = GrpcLimits.defaults();
    private final List<BindableService> services = new ArrayList<>();
    private final List<ServerInterceptor> interceptors = new ArrayList<>();
    private Optional<Doors> doors = Optional.empty();
    private CallMeter meter = CallMeter.NONE;
    private boolean direct;

    private Builder(String name) {
      this.name = name;
    }

    /** A server of that name, on a free port of loopback unless told otherwise. */
    public static Builder of(String name) {
      return new Builder(name);
    }

    /** The address to listen on. */
    public Builder host(String address) {
      this.host = address;
      return this;
    }

    /** The port; 0 is any free one. */
    public Builder port(int number) {
      this.port = number;
      return this;
    }

    /** Other limits than those of wire.md. */
    public Builder limits(GrpcLimits other) {
      this.limits = other;
      return this;
    }

    /** One more service. */
    public Builder service(BindableService service) {
      services.add(service);
      return this;
    }

    /** One more interceptor around every service; the first is the outermost, all are inside those of the kit. */
    public Builder interceptor(ServerInterceptor interceptor) {
      interceptors.add(interceptor);
      return this;
    }

    /** Lets in whom the doors let in, before any interceptor; a method that nobody has thought about keeps the server from starting. */
    public Builder doors(Doors entrance) {
      this.doors = Optional.of(entrance);
      return this;
    }

    /** Who hears of every call of the server when it is over: outside of doors and interceptors, health and reflection among them. */
    public Builder meter(CallMeter calls) {
      this.meter = calls;
      return this;
    }

    /** Who hears of every call of the server: for other doors to the same services. */
    public CallMeter meter() {
      return meter;
    }

    /** Runs handlers on the network threads: only for handlers that never block. */
    public Builder directExecutor() {
      this.direct = true;
      return this;
    }

    /** The server, not started. */
    public GrpcServer build() {
      requireRows();
      return new GrpcServer(this);
    }

    /** The same services with the same interceptors inside this process, started; whoever calls them there does the counting. */
    public InProcessServer startInProcess() {
      return startInProcess(CallMeter.NONE);
    }

    /** The same with somebody who hears of the calls: for tests, whose only door it is. */
    public InProcessServer startInProcess(CallMeter calls) {
      requireRows();
      return InProcessServer.start(name, services, chain(), calls, limits);
    }

    private void requireRows() {
      if (doors.isPresent()) {
        AccessGuard.requireRows(services.stream().map(BindableService::bindService).toList());
      }
    }

    private List<ServerInterceptor> chain() {
      List<ServerInterceptor> chain = new ArrayList<>();
      doors.flatMap(Doors::guard).ifPresent(chain::add);
      chain.addAll(interceptors);
      return chain;
    }
  }
}
