package io.infrafabric.kit.nats;

import io.infrafabric.kit.telemetry.JsonText;
import io.nats.client.Connection;
import io.nats.client.Dispatcher;
import io.nats.client.Message;
import io.nats.client.NUID;
import io.nats.client.impl.NatsMessage;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;

/**
 * A NATS micro service (ADR-32) whose calls are answered on other threads than that of the connection: it listens for calls in the queue group
 * {@code q} and answers {@code $SRV.PING}, {@code $SRV.INFO} and {@code $SRV.STATS}. The service of jnats measures how long its handler takes to
 * return, which here is the handing over; this one counts a call when it is answered, with the time until then and the error that it was answered
 * with.
 */
final class MicroService implements AutoCloseable {
  private static final String QUEUE = "q";
  private static final Duration DRAIN = Duration.ofSeconds(5);

  private final Connection nats;
  private final Map<String, Object> identity = new LinkedHashMap<>();
  private final List<Endpoint> endpoints;
  private final Instant started = Instant.now();
  private final Dispatcher dispatcher;

  /** One subject with what was done on it; the handler must not block. */
  static final class Endpoint {
    private final String name;
    private final String subject;
    private final Map<String, String> metadata;
    private final Handler handler;
    private final Heard heard;
    private final LongAdder requests = new LongAdder();
    private final LongAdder errors = new LongAdder();
    private final LongAdder nanos = new LongAdder();
    private volatile String lastError = "";

    /**
     * @param heard is told of each call that has been answered
     */
    Endpoint(String name, String subject, Map<String, String> metadata, Handler handler, Heard heard) {
      this.name = name;
      this.subject = subject;
      this.metadata = Map.copyOf(metadata);
      this.handler = handler;
      this.heard = heard;
    }

    /**
     * Counts a call that has been answered.
     *
     * @param error what it was answered with, empty when it was done
     */
    private void answered(long begunNanos, Optional<String> error) {
      requests.increment();
      nanos.add(System.nanoTime() - begunNanos);
      heard.answered(begunNanos, error.isPresent());
      error.ifPresent(
          text -> {
            errors.increment();
            lastError = text;
          });
    }

    private Map<String, Object> info() {
      Map<String, Object> info = new LinkedHashMap<>();
      info.put("name", name);
      info.put("subject", subject);
      info.put("queue_group", QUEUE);
      info.put("metadata", metadata);
      return info;
    }

    private Map<String, Object> stats() {
      long count = requests.sum();
      long took = nanos.sum();
      Map<String, Object> stats = new LinkedHashMap<>();
      stats.put("name", name);
      stats.put("subject", subject);
      stats.put("queue_group", QUEUE);
      stats.put("num_requests", count);
      stats.put("num_errors", errors.sum());
      stats.put("last_error", lastError);
      stats.put("processing_time", took);
      stats.put("average_processing_time", count == 0 ? 0 : took / count);
      return stats;
    }
  }

  /** Takes a call. */
  interface Handler {
    /**
     * @param done to be told once, when the call has been answered
     */
    void accept(Message message, Done done);
  }

  /** Hears of calls from outside of the endpoint. */
  interface Heard {
    /**
     * A call has been answered.
     *
     * @param begunNanos when it came in, by {@link System#nanoTime}
     * @param failed whether it was answered with an error
     */
    void answered(long begunNanos, boolean failed);
  }

  /** Hears that a call has been answered. */
  interface Done {
    /**
     * @param error what it was answered with, empty when it was done
     */
    void answered(Optional<String> error);
  }

  private MicroService(Connection nats, String name, String version, String description, List<Endpoint> endpoints) {
    this.nats = nats;
    this.endpoints = List.copyOf(endpoints);
    String id = NUID.nextGlobal();
    identity.put("id", id);
    identity.put("name", name);
    identity.put("version", version);
    identity.put("metadata", Map.of());
    this.dispatcher = nats.createDispatcher();
    discover("PING", name, id, () -> told("ping", Map.of()));
    discover("INFO", name, id, () -> told("info", Map.of("description", description, "endpoints", endpoints.stream().map(Endpoint::info).toList())));
    discover(
        "STATS",
        name,
        id,
        () -> told("stats", Map.of("started", DateTimeFormatter.ISO_INSTANT.format(started), "endpoints", endpoints.stream().map(Endpoint::stats).toList())));
    endpoints.forEach(endpoint -> dispatcher.subscribe(endpoint.subject, QUEUE, message -> call(endpoint, message)));
  }

  /** Begins to listen. */
  static MicroService start(Connection nats, String name, String version, String description, List<Endpoint> endpoints) {
    return new MicroService(nats, name, version, description, endpoints);
  }

  private static void call(Endpoint endpoint, Message message) {
    long begin = System.nanoTime();
    endpoint.handler.accept(message, error -> endpoint.answered(begin, error));
  }

  private void discover(String verb, String name, String id, Supplier<String> answer) {
    for (String subject : List.of("$SRV." + verb, "$SRV." + verb + "." + name, "$SRV." + verb + "." + name + "." + id)) {
      dispatcher.subscribe(subject, message -> respond(message, answer.get()));
    }
  }

  private String told(String what, Map<String, Object> more) {
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("type", "io.nats.micro.v1." + what + "_response");
    body.putAll(identity);
    body.putAll(more);
    return JsonText.of(body);
  }

  private void respond(Message message, String json) {
    if (message.getReplyTo() != null) {
      nats.publish(NatsMessage.builder().subject(message.getReplyTo()).data(json.getBytes(StandardCharsets.UTF_8)).build());
    }
  }

  /** Leaves the queue groups; calls that came in before are still taken. */
  @Override
  public void close() {
    try {
      dispatcher.drain(DRAIN);
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    } catch (IllegalStateException closed) {
      // The connection is gone, and with it every subscription.
    }
  }
}
