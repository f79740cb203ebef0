package io.infrafabric.governor.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Against a real HTTP server. */
class HttpOutboxTest {
  private static final Post POST = new Post("gate-1.1", 1_767_225_600, "{}".getBytes(StandardCharsets.UTF_8), "v1,abc");

  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final List<String> asked = new CopyOnWriteArrayList<>();
  private final Map<String, String> headers = new ConcurrentHashMap<>();
  private final CountDownLatch end = new CountDownLatch(1);
  private HttpServer server;
  private HttpOutbox outbox;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    on("/fine", exchange -> answer(exchange, 204));
    on("/broken", exchange -> answer(exchange, 500));
    on("/gone", exchange -> answer(exchange, 410));
    on("/busy", exchange -> {
      exchange.getResponseHeaders().add("Retry-After", "7");
      answer(exchange, 503);
    });
    on("/moved", exchange -> {
      exchange.getResponseHeaders().add("Location", "/fine");
      answer(exchange, 307);
    });
    on("/stalls", exchange -> await());
    on("/endless", this::endless);
    server.start();
    outbox = new HttpOutbox(true, Duration.ofSeconds(2));
  }

  @AfterEach
  void stop() {
    end.countDown();
    outbox.close();
    server.stop(0);
    threads.shutdownNow();
  }

  private void on(String path, HttpHandler handler) {
    server.createContext(
        path,
        exchange -> {
          asked.add(path);
          exchange.getRequestHeaders().forEach((name, values) -> headers.put(name.toLowerCase(Locale.ROOT), values.getFirst()));
          handler.handle(exchange);
        });
  }

  private static void answer(HttpExchange exchange, int status) throws IOException {
    exchange.sendResponseHeaders(status, -1);
    exchange.close();
  }

  private void await() {
    try {
      end.await();
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }

  private void endless(HttpExchange exchange) throws IOException {
    exchange.sendResponseHeaders(200, 0);
    byte[] more = new byte[8_192];
    try (OutputStream out = exchange.getResponseBody()) {
      while (end.getCount() > 0) {
        out.write(more);
      }
    }
  }

  private Answer send(String path) {
    return send(outbox, "127.0.0.1", path);
  }

  private Answer send(HttpOutbox through, String host, String path) {
    return through.send(new Sink("sink", URI.create("http://%s:%d%s".formatted(host, server.getAddress().getPort(), path))), POST).join();
  }

  @Test
  void aPost_isSigned_andAnyTwoHundredAcknowledgesIt() {
    assertThat(send("/fine")).isEqualTo(new Answer.Acknowledged());
    assertThat(headers)
        .containsEntry("webhook-id", "gate-1.1")
        .containsEntry("webhook-timestamp", "1767225600")
        .containsEntry("webhook-signature", "v1,abc")
        .containsEntry("content-type", "application/json")
        .containsEntry("user-agent", "InfraFabric");
  }

  @Test
  void nothingElseAcknowledgesIt() {
    assertThat(send("/broken")).isEqualTo(new Answer.Failed("status 500", Optional.empty()));
    assertThat(send("/busy")).isEqualTo(new Answer.Failed("status 503", Optional.of(Duration.ofSeconds(7))));
    assertThat(send("/gone")).isEqualTo(new Answer.Gone());
  }

  @Test
  void aRedirect_isNotFollowed() {
    assertThat(send("/moved")).isEqualTo(new Answer.Failed("status 307", Optional.empty()));
    assertThat(asked).containsExactly("/moved");
  }

  @Test
  void aSinkThatStalls_isGivenUpInTime_andOneThatTalksWithoutEndIsNotListenedTo() {
    assertThat(send("/stalls")).isInstanceOf(Answer.Failed.class);
    assertThat(send("/endless")).isEqualTo(new Answer.Acknowledged());
  }

  @Test
  void aSinkThatIsNotThere_isAFailureThatShowsNothing() {
    server.stop(0);
    assertThat(send("/fine")).isInstanceOfSatisfying(Answer.Failed.class, failed -> assertThat(failed.why()).doesNotContain("/fine"));
  }

  @Test
  void aNameThatStandsForThisMachine_isNotPostedToWhereThatIsNotAllowed() {
    try (HttpOutbox outside = new HttpOutbox(false, Duration.ofSeconds(2))) {
      assertThat(send(outside, "localhost", "/fine")).isEqualTo(new Answer.Failed("its name stands for this machine", Optional.empty()));
    }
    assertThat(asked).isEmpty();
  }
}
