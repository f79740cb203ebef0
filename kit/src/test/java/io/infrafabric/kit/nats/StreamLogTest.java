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
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StreamLogTest {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final String STREAM = "BELLS";

  @TempDir Path folder;
  private RealNats server;
  private NatsBus bus;
  private StreamLog log;

  @BeforeEach
  void open() throws InterruptedException {
    server = RealNats.in(folder).start();
    bus = NatsBus.start(NatsSettings.of(server.url()), "test", Telemetry.none());
    assertThat(bus.awaitConnected(SOON)).isTrue();
    bus.ensureStream(StreamSpec.of(STREAM, Duration.ofMinutes(5), "bell.*").maxPerSubject(3).maxBytes(1 << 20).memory());
    log = bus.log(STREAM);
  }

  @AfterEach
  void close() {
    bus.close();
    server.close();
  }

  private long ring(String subject, String text) {
    return bus.publishDurable(subject, text, Map.of("h", text), text.getBytes(StandardCharsets.UTF_8)).join().sequence();
  }

  private static String text(BusMessage message) {
    return new String(message.body(), StandardCharsets.UTF_8);
  }

  @Test
  void messages_areReadFromAnyPlace() {
    assertThat(log.last()).isZero();
    assertThat(log.next("bell.a", 0)).isEmpty();
    long first = ring("bell.a", "1");
    ring("bell.b", "2");
    long third = ring("bell.a", "3");
    BusMessage found = log.next("bell.a", 0).orElseThrow();
    assertThat(found.sequence()).isEqualTo(first);
    assertThat(text(found)).isEqualTo("1");
    assertThat(found.headers()).containsEntry("h", "1");
    assertThat(log.next("bell.a", first).orElseThrow().sequence()).isEqualTo(third);
    assertThat(log.next("bell.a", third)).isEmpty();
    assertThat(log.at(third).map(StreamLogTest::text)).contains("3");
    assertThat(log.at(third + 1)).isEmpty();
    assertThat(log.last()).isEqualTo(third);
  }

  @Test
  void whatTheStreamLetGo_isNotThere() {
    long first = ring("bell.a", "1");
    IntStream.rangeClosed(2, 5).forEach(i -> ring("bell.a", "" + i));
    assertThat(log.at(first)).isEmpty();
    assertThat(log.next("bell.a", first).map(StreamLogTest::text)).as("three are kept").contains("3");
  }

  @Test
  void streamThatIsNotThere_cannotBeRead() {
    assertThatThrownBy(() -> bus.log("NONE").next("bell.a", 0)).isInstanceOf(RefusedException.class).hasMessageContaining("NONE");
    assertThatThrownBy(() -> bus.log("NONE").last()).isInstanceOf(RefusedException.class);
  }

  @Test
  void tail_bringsWhatIsNew_inOrderWithItsPlace() {
    bus.ensureStream(StreamSpec.of("LONG", Duration.ofMinutes(5), "long.*").memory()); // keeps all: the tail may be slow
    ring("long.a", "before");
    List<BusMessage> heard = new CopyOnWriteArrayList<>();
    AtomicInteger gaps = new AtomicInteger();
    try (Subscription tail = bus.log("LONG").tail("long.*", heard::add, gaps::incrementAndGet)) {
      await().atMost(SOON).until(() -> gaps.get() == 1);
      List<Long> places = IntStream.range(0, 600).mapToObj(i -> ring("long." + i % 7, "m" + i)).toList();
      await().atMost(SOON).until(() -> heard.size() == places.size());
      assertThat(heard).extracting(BusMessage::sequence).isEqualTo(places);
      assertThat(gaps).hasValue(1);
    }
  }

  @Test
  void lostStream_isAGap_andIsFollowedOnceItIsMadeAnew() {
    List<BusMessage> heard = new CopyOnWriteArrayList<>();
    AtomicInteger gaps = new AtomicInteger();
    try (Subscription tail = log.tail("bell.*", heard::add, gaps::incrementAndGet)) {
      await().atMost(SOON).until(() -> gaps.get() == 1);
      ring("bell.a", "1");
      await().atMost(SOON).until(() -> heard.size() == 1);
      server.kill();
      server.start();
      await("the stream was in memory, and is made again").atMost(SOON).until(() -> bus.connected() && gaps.get() > 1);
      assertThat(log.last()).isZero();
      ring("bell.a", "2");
      await().atMost(SOON).until(() -> heard.size() == 2);
      assertThat(heard.get(1).sequence()).isEqualTo(1);
    }
  }

  @Test
  void streamThatWasOnDisk_isMadeAnewInMemory() {
    bus.ensureStream(StreamSpec.of("MOVES", Duration.ofMinutes(5), "moves.*"));
    ring("moves.a", "on disk");
    bus.ensureStream(StreamSpec.of("MOVES", Duration.ofMinutes(5), "moves.*").maxBytes(1 << 20).memory());
    assertThat(bus.log("MOVES").last()).isZero();
    assertThat(ring("moves.a", "in memory")).isEqualTo(1);
  }
}
