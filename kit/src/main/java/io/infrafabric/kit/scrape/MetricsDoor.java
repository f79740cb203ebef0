package io.infrafabric.kit.scrape;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.infrafabric.error.Refusal;
import io.infrafabric.kit.grpc.Doors;
import io.infrafabric.kit.lifecycle.Threads;
import io.infrafabric.kit.telemetry.Metrics;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers GET /metrics. Where tokens are required it wants one of somebody who may look, as {@code Authorization: Bearer}. */
public final class MetricsDoor implements AutoCloseable {
  private static final String PATH = "/metrics";
  private static final int WAITING = 16;
  private static final Logger log = LoggerFactory.getLogger(MetricsDoor.class);

  private final HttpServer server;
  private final ExecutorService executor = Threads.virtualPerTask("metrics");
  private final Metrics metrics;
  private final Doors doors;

  private MetricsDoor(HttpServer server, Metrics metrics, Doors doors) {
    this.server = server;
    this.metrics = metrics;
    this.doors = doors;
    server.setExecutor(executor);
    server.createContext("/", this::answer);
    server.start();
  }

  /**
   * Listens from now on, where the settings say so.
   *
   * @throws UncheckedIOException when the address cannot be listened on
   */
  public static Optional<MetricsDoor> open(MetricsSettings settings, Metrics metrics, Doors doors) {
    return settings.address().map(address -> open(address, metrics, doors));
  }

  private static MetricsDoor open(InetSocketAddress address, Metrics metrics, Doors doors) {
    try {
      MetricsDoor door = new MetricsDoor(HttpServer.create(address, WAITING), metrics, doors);
      log.atInfo().addKeyValue("address", address).log("metrics are served");
      return door;
    } catch (IOException e) {
      throw new UncheckedIOException("metrics cannot be served on " + address, e);
    }
  }

  /** The port that it listens on. */
  public int port() {
    return server.getAddress().getPort();
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      Optional<Refusal> refusal = doors.refusesLook(exchange.getRequestHeaders().getFirst("Authorization"), PATH);
      if (!exchange.getRequestURI().getPath().equals(PATH)) {
        say(exchange, 404, "text/plain; charset=utf-8", "GET " + PATH + "\n");
      } else if (!exchange.getRequestMethod().equals("GET")) {
        say(exchange, 405, "text/plain; charset=utf-8", "GET only\n");
      } else if (refusal.isPresent()) {
        say(exchange, 401, "text/plain; charset=utf-8", refusal.get().message() + "\n");
      } else {
        say(exchange, 200, Metrics.pageType(), metrics.page());
      }
    }
  }

  private static void say(HttpExchange exchange, int status, String type, String text) throws IOException {
    byte[] body = text.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", type);
    exchange.sendResponseHeaders(status, body.length);
    exchange.getResponseBody().write(body);
  }

  @Override
  public void close() {
    server.stop(0);
    executor.shutdown();
  }
}
