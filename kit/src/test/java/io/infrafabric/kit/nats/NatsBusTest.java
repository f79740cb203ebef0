package io.infrafabric.kit.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.infrafabric.error.RefusedException;
import io.infrafabric.kit.telemetry.Telemetry;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NatsBusTest {
  private static final Duration SOON = Duration.ofSeconds(20);

  @TempDir Path folder;
  private RealNats server;
  private NatsBus bus;

  @BeforeEach
  void open() {
    server = RealNats.in(folder);
    bus = NatsBus.start(NatsSettings.of(server.url()), "test", Telemetry.none());
  }

  @AfterEach
  void close() {
    bus.close();
    server.close();
  }

  private void connect() throws InterruptedException {
    server.start();
    assertThat(bus.awaitConnected(SOON)).isTrue();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String text(BusMessage message) {
    return new String(message.body(), StandardCharsets.UTF_8);
  }

  @Test
  void start_doesNotNeedNats_andConnectsWhenItComes() throws Exception {
    assertThat(bus.connected()).isFalse();
    assertThat(bus.publish("if.v1.offer.a", Map.of(), bytes("x"))).isFalse();
    assertThat(bus.counters().unsent().value()).isEqualTo(1);
    assertThatThrownBy(() -> bus.publishDurable("if.v1.offer.a", "1", Map.of(), bytes("x")).get())
        .hasRootCauseInstanceOf(RefusedException.class)
        .hasMessageContaining("UNAVAILABLE");
    bus.ensureStream(StreamSpec.of("S", Duration.ofMinutes(5), "s.>"));
    ConcurrentLinkedQueue<String> hints = new ConcurrentLinkedQueue<>();
    ConcurrentLinkedQueue<String> facts = new ConcurrentLinkedQueue<>();
    bus.subscribe("hint.*", message -> hints.add(text(message)));
    bus.consume(
        ConsumerSpec.of("S", "d", "s.>"),
        message -> {
          facts.add(text(message));
          return CompletableFuture.completedFuture(null);
        });
    connect();
    await().atMost(SOON).untilAsserted(() -> {
      bus.publish("hint.a", Map.of(), bytes("hint"));
      bus.publishDurable("s.a", "1", Map.of(), bytes("fact"));
      assertThat(hints).contains("hint");
      assertThat(facts).containsExactly("fact");
    });
  }

  /** A service that starts keeps its streams, and serves whether NATS answers or not. */
  @Test
  void streamsToKeep_areNotWaitedFor() throws Exception {
    connect();
    server.freeze();
    CompletableFuture<Void> kept =
        CompletableFuture.runAsync(
            () -> {
              for (int i = 0; i < 20; i++) {
                bus.keepStream(StreamSpec.of("S" + i, Duration.ofMinutes(5), "s" + i + ".>"));
              }
            });
    try {
      assertThat(kept).succeedsWithin(SOON);
    } finally {
      server.thaw();
    }
    await()
        .atMost(SOON)
        .ignoreExceptions()
        .until(() -> bus.publishDurable("s19.a", "1", Map.of(), bytes("x")).get().stream().equals("S19"));
  }

  @Test
  void serverThatHangs_doesNotAnswer_thoughItsConnectionIsOpen() throws Exception {
    assertThat(bus.answers()).isFalse();
    connect();
    await().atMost(SOON).until(bus.echo()::hasComeBack);
    assertThat(bus.answers()).isTrue();
    server.freeze();
    try {
      await().atMost(SOON).until(() -> !bus.answers());
      assertThat(bus.connected()).isTrue();
    } finally {
      server.thaw();
    }
    await().atMost(SOON).until(bus::answers);
  }

  @Test
  void durableMessage_isKeptOncePerId() throws Exception {
    connect();
    bus.ensureStream(StreamSpec.of("S", Duration.ofMinutes(5), "s.>").maxPerSubject(64));
    Receipt first = bus.publishDurable("s.a", "id-1", Map.of("k", "v"), bytes("x")).get();
    Receipt second = bus.publishDurable("s.a", "id-1", Map.of("k", "v"), bytes("x")).get();
    assertThat(first.duplicate()).isFalse();
    assertThat(second).isEqualTo(new Receipt("S", first.sequence(), true));
  }

  @Test
  void durableMessage_isUnavailableWithoutStream() throws Exception {
    connect();
    assertThatThrownBy(() -> bus.publishDurable("nobody.a", "1", Map.of(), bytes("x")).get())
        .hasCauseInstanceOf(RefusedException.class)
        .hasMessageContaining("UNAVAILABLE");
  }

  @Test
  void durableMessage_overTheLimitOfNats_isRefused() throws Exception {
    connect();
    assertThatThrownBy(() -> bus.publishDurable("s.a", "1", Map.of(), new byte[2 << 20]).get())
        .hasMessageContaining("PAYLOAD_TOO_LARGE");
  }

  @Test
  void messagesThatWereNotHandedOver_areGivenBackAtOnce() throws Exception {
    connect();
    bus.ensureStream(StreamSpec.of("S", Duration.ofMinutes(5), "s.>"));
    for (int i = 0; i < 5; i++) {
      bus.publishDurable("s.a", "" + i, Map.of(), bytes("" + i)).get();
    }
    CountDownLatch go = new CountDownLatch(1);
    AtomicInteger handled = new AtomicInteger();
    Subscription first = bus.consume(ConsumerSpec.of("S", "d", "s.>"), message -> {
      handled.incrementAndGet();
      try {
        go.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      return CompletableFuture.completedFuture(null);
    });
    await().atMost(SOON).untilAsserted(() ->
        assertThat(bus.connection().jetStreamManagement().getConsumerInfo("S", "d").getNumAckPending()).isEqualTo(5));
    CompletableFuture<Void> closing = CompletableFuture.runAsync(first::close);
    await().during(Duration.ofMillis(200)).atMost(SOON).until(() -> !closing.isDone());
    go.countDown();
    closing.get();
    assertThat(handled).hasValue(1);
    Set<String> others = ConcurrentHashMap.newKeySet();
    bus.consume(ConsumerSpec.of("S", "d", "s.>"), message -> {
      others.add(text(message));
      return CompletableFuture.completedFuture(null);
    });
    await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> assertThat(others).containsExactlyInAnyOrder("1", "2", "3", "4"));
  }

  @Test
  void request_isUnavailableWithoutResponder_andUnknownWithoutAnswer() throws Exception {
    connect();
    assertThatThrownBy(() -> bus.request("nobody", Map.of(), bytes("x"), Duration.ofSeconds(2)).get())
        .hasCauseInstanceOf(RefusedException.class)
        .hasMessageContaining("UNAVAILABLE");
    bus.subscribe("silent", message -> {});
    await().atMost(SOON).untilAsserted(() ->
        assertThatThrownBy(() -> bus.request("silent", Map.of(), bytes("x"), Duration.ofMillis(200)).get())
            .hasCauseInstanceOf(RefusedException.class)
            .hasMessageContaining("OUTCOME_UNKNOWN"));
  }

  @Test
  void stream_isChangedWhenItDiffers_andMadeAgainWhenLost() throws Exception {
    connect();
    bus.ensureStream(StreamSpec.of("S", Duration.ofMinutes(5), "s.>"));
    bus.ensureStream(StreamSpec.of("S", Duration.ofMinutes(9), "s.>", "t.>").maxPerSubject(7));
    assertThat(bus.ensureStreams()).isEmpty();
    var found = bus.connection().jetStreamManagement().getStreamInfo("S").getConfiguration();
    assertThat(found.getMaxAge()).isEqualTo(Duration.ofMinutes(9));
    assertThat(found.getSubjects()).containsExactly("s.>", "t.>");
    assertThat(found.getMaxMsgsPerSubject()).isEqualTo(7);
    bus.connection().jetStreamManagement().deleteStream("S");
    bus.ensureStreams(); // here, or at the same moment by the bus itself
    assertThat(bus.connection().jetStreamManagement().getStreamInfo("S").getConfiguration().getMaxAge()).isEqualTo(Duration.ofMinutes(9));
  }

  @Test
  void consumer_getsAFailedMessageAgain() throws Exception {
    connect();
    bus.ensureStream(StreamSpec.of("S", Duration.ofMinutes(5), "s.>"));
    ConcurrentLinkedQueue<Long> deliveries = new ConcurrentLinkedQueue<>();
    bus.consume(
        ConsumerSpec.of("S", "d", "s.>").retryDelays(Duration.ofMillis(20), Duration.ofMillis(50)),
        message -> {
          deliveries.add(message.deliveries());
          if (message.deliveries() < 3) {
            throw new IllegalStateException("not yet");
          }
          return CompletableFuture.completedFuture(null);
        });
    bus.publishDurable("s.a", "1", Map.of(), bytes("x")).get();
    await().atMost(SOON).untilAsserted(() -> assertThat(deliveries).containsExactly(1L, 2L, 3L));
    await().atMost(SOON).untilAsserted(() ->
        assertThat(bus.connection().jetStreamManagement().getConsumerInfo("S", "d").getNumAckPending()).isZero());
    assertThat(bus.counters().handlerFailures().value()).isEqualTo(2);
  }

  @Test
  void consumer_holdsNoMoreThanItsLimit() throws Exception {
    connect();
    bus.ensureStream(StreamSpec.of("S", Duration.ofMinutes(5), "s.>"));
    AtomicInteger held = new AtomicInteger();
    CompletableFuture<Void> go = new CompletableFuture<>();
    Set<String> seen = ConcurrentHashMap.newKeySet();
    bus.consume(ConsumerSpec.of("S", "d", "s.>").inFlight(3), message -> {
      seen.add(text(message));
      held.incrementAndGet();
      return go;
    });
    for (int i = 0; i < 10; i++) {
      bus.publishDurable("s.a", "" + i, Map.of(), bytes("" + i)).get();
    }
    await().atMost(SOON).untilAsserted(() -> assertThat(held).hasValue(3));
    await().during(Duration.ofMillis(500)).atMost(SOON).untilAsserted(() -> assertThat(held).hasValue(3));
    go.complete(null);
    await().atMost(SOON).untilAsserted(() -> assertThat(seen).hasSize(10));
  }

  @Test
  void subscriptionAndConsumer_goOnAfterTheServerWasKilled() throws Exception {
    connect();
    bus.ensureStream(StreamSpec.of("S", Duration.ofMinutes(5), "s.>"));
    Set<String> hints = ConcurrentHashMap.newKeySet();
    Set<String> facts = ConcurrentHashMap.newKeySet();
    bus.subscribe("hint", message -> hints.add(text(message)));
    bus.consume(ConsumerSpec.of("S", "d", "s.>"), message -> {
      facts.add(text(message));
      return CompletableFuture.completedFuture(null);
    });
    bus.publishDurable("s.a", "1", Map.of(), bytes("before")).get();
    await().atMost(SOON).until(() -> facts.contains("before"));
    server.kill();
    await().atMost(SOON).until(() -> !bus.connected());
    assertThatThrownBy(() -> bus.publishDurable("s.a", "2", Map.of(), bytes("during")).get())
        .hasMessageContaining("UNAVAILABLE");
    server.start();
    long back = System.nanoTime();
    await().atMost(SOON).untilAsserted(() -> {
      bus.publish("hint", Map.of(), bytes("after"));
      bus.publishDurable("s.a", "3", Map.of(), bytes("after"));
      assertThat(hints).contains("after");
      assertThat(facts).contains("after");
    });
    assertThat(Duration.ofNanos(System.nanoTime() - back)).isLessThan(Duration.ofSeconds(8));
    assertThat(bus.counters().disconnects().value()).isEqualTo(1);
  }

  @Test
  void consumer_goesOnAfterItsStreamWasLost() throws Exception {
    connect();
    bus.ensureStream(StreamSpec.of("S", Duration.ofMinutes(5), "s.>"));
    Set<String> facts = ConcurrentHashMap.newKeySet();
    bus.consume(ConsumerSpec.of("S", "d", "s.>"), message -> {
      facts.add(text(message));
      return CompletableFuture.completedFuture(null);
    });
    bus.publishDurable("s.a", "1", Map.of(), bytes("one")).get();
    await().atMost(SOON).until(() -> facts.contains("one"));
    bus.connection().jetStreamManagement().deleteStream("S");
    await().atMost(SOON).ignoreExceptions().untilAsserted(() -> {
      bus.publishDurable("s.a", "2", Map.of(), bytes("two")).get();
      assertThat(facts).contains("two");
    });
  }

  @Test
  void consumer_goesOnAfterItWasDeleted() throws Exception {
    connect();
    bus.ensureStream(StreamSpec.of("S", Duration.ofMinutes(5), "s.>"));
    Set<String> facts = ConcurrentHashMap.newKeySet();
    bus.consume(ConsumerSpec.of("S", "d", "s.>"), message -> {
      facts.add(text(message));
      return CompletableFuture.completedFuture(null);
    });
    bus.publishDurable("s.a", "1", Map.of(), bytes("one")).get();
    await().atMost(SOON).until(() -> facts.contains("one"));
    bus.connection().jetStreamManagement().deleteConsumer("S", "d");
    bus.publishDurable("s.a", "2", Map.of(), bytes("two")).get();
    await().atMost(SOON).until(() -> facts.contains("two"));
  }

  @Test
  void subscription_dropsAndCountsWhatDoesNotFit() throws Exception {
    bus.close();
    NatsSettings d = NatsSettings.of(server.url());
    NatsSettings small =
        new NatsSettings(d.url(), d.user(), d.password(), d.credentials(), d.inboxPrefix(), d.reconnectWait(),
            d.reconnectBufferBytes(), d.requestTimeout(), d.durableInFlight(), 4, d.mirrorCalls());
    bus = NatsBus.start(small, "test", Telemetry.none());
    connect();
    CountDownLatch go = new CountDownLatch(1);
    bus.subscribe("hint", message -> {
      try {
        go.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    });
    for (int i = 0; i < 200; i++) {
      bus.publish("hint", Map.of(), bytes("x"));
    }
    await().atMost(SOON).until(() -> bus.counters().dropped().value() + bus.counters().slowConsumers().value() > 0);
    go.countDown();
  }

  @Test
  void last_isTheNewestMessageOfASubject() throws Exception {
    connect();
    bus.ensureStream(StreamSpec.of("LAST", Duration.ofHours(1), "last.*").maxPerSubject(1));
    assertThat(bus.last("LAST", "last.a").get()).isEmpty();
    for (String text : List.of("1", "2")) {
      bus.publishDurable("last.a", "id" + text, Map.of("If-Revision", text), bytes(text)).get();
    }
    bus.publishDurable("last.b", "idb", Map.of(), bytes("b")).get();
    BusMessage last = bus.last("LAST", "last.a").get().orElseThrow();
    assertThat(last.body()).isEqualTo(bytes("2"));
    assertThat(last.headers()).containsEntry("If-Revision", "2");
  }

  @Test
  void headers_ofAnEventComeBack() throws Exception {
    connect();
    var trace = io.infrafabric.common.v1.TraceContext.newBuilder()
        .setTraceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01").build();
    var sent = new EventHeaders("T1:7", "infrafabric.task.completed.v1", "/coordinator",
        java.time.Instant.parse("2026-01-01T00:00:00Z"), "täsk 1 + \"x\" 100%", trace);
    ConcurrentLinkedQueue<BusMessage> got = new ConcurrentLinkedQueue<>();
    bus.subscribe("e", got::add);
    await().atMost(SOON).until(() -> bus.publish("e", sent.toMap(), bytes("{}")) && !got.isEmpty());
    assertThat(EventHeaders.of(got.peek().headers())).contains(sent);
    assertThat(List.copyOf(EventHeaders.of(Map.of()).stream().toList())).isEmpty();
  }
}
