package io.infrafabric.scenarios;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * A webhook as it is in real life: of every post it fails the first try, takes the second one and answers too late, and acknowledges the
 * third. It knows again what it has taken by its id, checks signatures with code of its own, and never lets a path pass that it does not have.
 */
final class HookSink implements AutoCloseable {
  static final String SECRET = "whsec_" + Base64.getEncoder().encodeToString("a secret of the scenario, long".getBytes(StandardCharsets.UTF_8));
  private static final long YOUNG_SECONDS = 60;

  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Map<String, Integer> tries = new HashMap<>();
  private final Map<String, Integer> acknowledged = new HashMap<>();
  private final Map<String, JsonObject> taken = new HashMap<>();
  private final List<String> wrong = new ArrayList<>();
  private final HttpServer server;

  HookSink() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext("/hook", this::take);
    server.createContext("/deaf", exchange -> answer(exchange, 500));
    server.start();
  }

  String address(String path) {
    return "http://127.0.0.1:" + server.getAddress().getPort() + path;
  }

  private void take(HttpExchange exchange) throws IOException {
    String id = exchange.getRequestHeaders().getFirst("webhook-id");
    byte[] body = exchange.getRequestBody().readAllBytes();
    int number;
    synchronized (this) {
      number = tries.merge(id, 1, Integer::sum);
      check(exchange, id, body);
      if (number > 1) {
        taken.putIfAbsent(id, JsonParser.parseString(new String(body, StandardCharsets.UTF_8)).getAsJsonObject());
      }
      if (number > 2) {
        acknowledged.merge(id, 1, Integer::sum);
      }
    }
    switch (number) {
      case 1 -> answer(exchange, 500);
      case 2 -> stall();
      default -> answer(exchange, 200);
    }
  }

  private void stall() {
    try {
      closed.await();
    } catch (InterruptedException ended) {
      Thread.currentThread().interrupt();
    }
  }

  private static void answer(HttpExchange exchange, int status) throws IOException {
    exchange.sendResponseHeaders(status, -1);
    exchange.close();
  }

  private void check(HttpExchange exchange, String id, byte[] body) {
    String at = exchange.getRequestHeaders().getFirst("webhook-timestamp");
    if (!exchange.getRequestHeaders().getFirst("webhook-signature").equals(signature(id, at, body))) {
      wrong.add(id + " is signed wrongly");
    }
    if (Math.abs(Instant.now().getEpochSecond() - Long.parseLong(at)) > YOUNG_SECONDS) {
      wrong.add(id + " is old");
    }
  }

  private static String signature(String id, String at, byte[] body) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(Base64.getDecoder().decode(SECRET.substring("whsec_".length())), "HmacSHA256"));
      mac.update((id + "." + at + ".").getBytes(StandardCharsets.UTF_8));
      return "v1," + Base64.getEncoder().encodeToString(mac.doFinal(body));
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /** How often each post was acknowledged, by its id. */
  synchronized Map<String, Integer> acknowledged() {
    return Map.copyOf(acknowledged);
  }

  /** What a post said. */
  synchronized JsonObject body(String id) {
    return taken.get(id);
  }

  /** Posts that no sink should take. */
  synchronized List<String> wrong() {
    return List.copyOf(wrong);
  }

  @Override
  public void close() {
    closed.countDown();
    server.stop(0);
    threads.shutdownNow();
  }
}
