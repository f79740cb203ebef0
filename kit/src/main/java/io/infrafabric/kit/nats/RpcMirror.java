package io.infrafabric.kit.nats;

import io.grpc.MethodDescriptor;
import io.grpc.ServerMethodDefinition;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;
import io.infrafabric.kit.grpc.CallMeter;
import io.infrafabric.kit.grpc.Errors;
import io.infrafabric.kit.grpc.Importance;
import io.infrafabric.kit.grpc.InProcessServer;
import io.infrafabric.kit.lifecycle.Threads;
import io.infrafabric.kit.telemetry.WireTrace;
import io.infrafabric.names.Headers;
import io.infrafabric.names.Subjects;
import io.nats.client.Connection;
import io.nats.client.Message;
import io.nats.client.impl.NatsMessage;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Every unary method of some gRPC services as a NATS micro service (ADR-32): {@code if.v1.rpc.<service>.<Method>}, for
 * agents without gRPC. The same handlers run behind the same interceptors, and where tokens are required the header {@code Authorization}
 * has one as on gRPC. Bodies are proto3 JSON, in which 64-bit
 * integers are strings and a field that is not known is an error, or protobuf with {@code Content-Type:
 * application/protobuf}; the answer has the form of the request. An error has the headers {@code Nats-Service-Error}
 * ("REASON: message") and {@code Nats-Service-Error-Code} (the number of the gRPC status) and a JSON body with the key
 * {@code error}.
 */
public final class RpcMirror implements AutoCloseable {
  private static final String VERSION = "1.0.0";
  private static final Logger LOG = LoggerFactory.getLogger(RpcMirror.class);

  private final String name;
  private final InProcessServer server;
  private final Map<String, MirroredMethod> methods;
  private final int most;
  private final Function<String, Importance> importance;
  private final CallMeter meter;
  private final AtomicInteger underWay = new AtomicInteger();
  private final NatsCounters counters;
  private final ExecutorService executor;
  private final AtomicBoolean closed = new AtomicBoolean();
  private final CompletableFuture<MicroService> service;

  private RpcMirror(NatsBus bus, String name, InProcessServer server, Function<String, Importance> importance, CallMeter meter) {
    this.name = name;
    this.server = server;
    this.methods = unaryMethods(server);
    this.most = bus.settings().mirrorCalls();
    this.importance = importance;
    this.meter = meter;
    this.counters = bus.counters();
    this.executor = Threads.virtualPerTask("mirror-" + name);
    this.service = bus.firstConnection().thenApply(this::open);
  }

  /**
   * Mirrors the services under a name such as {@code coordinator}, as soon as NATS is connected; closing the mirror
   * closes the server.
   *
   * @throws IllegalArgumentException when two methods have the same name
   */
  public static RpcMirror start(NatsBus bus, String name, InProcessServer server) {
    return start(bus, name, server, method -> Importance.HIGH, CallMeter.NONE);
  }

  /**
   * The same where calls are not alike: with too many under way the least important are refused first, as on gRPC.
   *
   * @param importance of a method, by its full name
   * @param meter hears of every call when it is over, with its way through the mirror
   * @throws IllegalArgumentException when two methods have the same name
   */
  public static RpcMirror start(NatsBus bus, String name, InProcessServer server, Function<String, Importance> importance, CallMeter meter) {
    return new RpcMirror(bus, name, server, importance, meter);
  }

  /** The subjects that are served, or will be. */
  public List<String> subjects() {
    return methods.keySet().stream().map(method -> Subjects.rpc(name, method)).toList();
  }

  /** Leaves the queue groups, lets calls end, and closes the server. */
  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      service.thenAccept(MicroService::close);
      server.close();
      executor.close();
    }
  }

  private MicroService open(Connection nats) {
    List<MicroService.Endpoint> endpoints = new ArrayList<>();
    methods.forEach(
        (method, mirrored) ->
            endpoints.add(
                new MicroService.Endpoint(
                    method,
                    Subjects.rpc(name, method),
                    Map.of("grpc", mirrored.fullName()),
                    (message, done) -> accept(nats, mirrored, message, done),
                    (begunNanos, failed) -> meter.ended(mirrored.fullName(), failed ? CallMeter.End.REFUSED : CallMeter.End.ANSWERED, begunNanos))));
    String service = "if-" + name;
    MicroService opened =
        MicroService.start(nats, service, VERSION, "The gRPC methods of " + name + " over NATS: proto3 JSON or protobuf.", endpoints);
    LOG.atInfo().addKeyValue("service", service).addKeyValue("methods", methods.size()).log("mirrored on NATS");
    return opened;
  }

  /** On a thread of jnats: must not block. */
  private void accept(Connection nats, MirroredMethod method, Message message, MicroService.Done done) {
    Importance matters = importance.apply(method.fullName());
    if (underWay.incrementAndGet() > matters.room(most)) {
      underWay.decrementAndGet();
      counters.overloaded().increment();
      Refusal refusal = Refusal.of(ErrorCode.ERROR_CODE_OVERLOADED, "too many calls over NATS are under way; nothing was done");
      refuse(nats, message, refusal.retryAfter(matters.pause()), done);
      return;
    }
    try {
      executor.execute(() -> serve(nats, method, message, done));
    } catch (java.util.concurrent.RejectedExecutionException stopping) {
      underWay.decrementAndGet();
      refuse(nats, message, Refusal.of(ErrorCode.ERROR_CODE_UNAVAILABLE, name + " is stopping"), done);
    }
  }

  private void serve(Connection nats, MirroredMethod method, Message message, MicroService.Done done) {
    try (Scope scope = WireTrace.extract(Context.root(), message.getHeaders()).makeCurrent()) {
      MirrorCodec codec = MirrorCodec.of(header(message, Headers.CONTENT_TYPE));
      com.google.protobuf.Message request = codec.read(method.request(), message.getData());
      respond(nats, message, codec, method.call(server.channel(), Optional.ofNullable(header(message, Headers.AUTHORIZATION)), request).join());
      done.answered(Optional.empty());
    } catch (RuntimeException failure) {
      refuse(nats, message, Errors.toRefusal(failure), done);
    } finally {
      underWay.decrementAndGet();
    }
  }

  private static void respond(Connection nats, Message message, MirrorCodec codec, com.google.protobuf.Message answer) {
    byte[] body = codec.write(answer);
    if (body.length > nats.getMaxPayload()) {
      throw Refusal.of(
              ErrorCode.ERROR_CODE_PAYLOAD_TOO_LARGE,
              "the answer has %d bytes, NATS takes %d: ask for smaller pages".formatted(body.length, nats.getMaxPayload()))
          .asException();
    }
    reply(nats, message, body, new io.nats.client.impl.Headers().put(Headers.CONTENT_TYPE, codec.contentType()));
  }

  private static void reply(Connection nats, Message message, byte[] body, io.nats.client.impl.Headers headers) {
    if (message.getReplyTo() != null) {
      nats.publish(NatsMessage.builder().subject(message.getReplyTo()).headers(headers).data(body).build());
    }
  }

  private static void refuse(Connection nats, Message message, Refusal refusal, MicroService.Done done) {
    io.nats.client.impl.Headers headers = new io.nats.client.impl.Headers();
    headers.put(Headers.CONTENT_TYPE, Headers.JSON);
    String error = headerText(refusal.reason() + ": " + refusal.message());
    headers.put(Headers.SERVICE_ERROR, error);
    headers.put(Headers.SERVICE_ERROR_CODE, String.valueOf(refusal.traits().getGrpcStatus()));
    try {
      reply(nats, message, MirrorCodec.error(refusal), headers);
    } catch (RuntimeException disconnected) {
      LOG.atDebug().setCause(disconnected).log("an error could not be answered");
    }
    done.answered(Optional.of(error));
  }

  /** Header values are printable ASCII on one line. */
  private static String headerText(String text) {
    return text.replaceAll("[^\\x20-\\x7e]", "?");
  }

  private static String header(Message message, String header) {
    List<String> values = message.hasHeaders() ? message.getHeaders().getIgnoreCase(header) : null;
    return values == null || values.isEmpty() ? null : values.getFirst();
  }

  private static Map<String, MirroredMethod> unaryMethods(InProcessServer server) {
    Map<String, MirroredMethod> unary = new TreeMap<>();
    server.services().stream()
        .flatMap(served -> served.getMethods().stream())
        .map(ServerMethodDefinition::getMethodDescriptor)
        .filter(method -> method.getType() == MethodDescriptor.MethodType.UNARY)
        .map(MirroredMethod::of)
        .forEach(
            method -> {
              MirroredMethod other = unary.put(method.name(), method);
              if (other != null) {
                throw new IllegalArgumentException("%s and %s have the same subject".formatted(other.fullName(), method.fullName()));
              }
            });
    return unary;
  }
}
