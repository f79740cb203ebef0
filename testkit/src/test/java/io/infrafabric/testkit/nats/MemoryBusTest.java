package io.infrafabric.testkit.nats;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.infrafabric.kit.nats.BusMessage;
import io.infrafabric.kit.nats.ConsumerSpec;
import io.infrafabric.kit.nats.Receipt;
import io.infrafabric.kit.nats.Subscription;
import io.infrafabric.names.Subjects;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class MemoryBusTest {
  private static final byte[] BODY = {1};

  private final MemoryBus bus = new MemoryBus();
  private final List<BusMessage> got = new CopyOnWriteArrayList<>();

  @AfterEach
  void close() {
    bus.close();
  }

  private static ConsumerSpec consumer() {
    return ConsumerSpec.of(Subjects.EVENTS_STREAM, "test", "if.v1.event.task.>")
        .retryDelays(Duration.ofMillis(5), Duration.ofMillis(5));
  }

  private Receipt durable(String subject, String id) {
    return bus.publishDurable(subject, id, Map.of(), BODY).join();
  }

  private List<String> subjects() {
    return got.stream().map(BusMessage::subject).toList();
  }

  @Test
  void subscribe_receivesWhatMatchesFromNowOn() {
    bus.publish("a.b", Map.of(), BODY);
    try (Subscription one = bus.subscribe("a.*", got::add)) {
      bus.publish("a.c", Map.of("h", "v"), BODY);
      bus.publish("a.c.d", Map.of(), BODY);
      bus.publish("b.c", Map.of(), BODY);
      await().atMost(60, SECONDS).until(bus::isQuiet);
    }
    bus.publish("a.e", Map.of(), BODY);
    assertThat(subjects()).containsExactly("a.c");
    assertThat(got.getFirst().headers()).containsEntry("h", "v");
  }

  @Test
  void publishDurable_keepsAMessageIdOnce() {
    Receipt first = durable("if.v1.event.task.ready.a", "1");
    Receipt second = durable("if.v1.event.task.ready.a", "1");

    assertThat(first).isEqualTo(new Receipt(Subjects.EVENTS_STREAM, 1, false));
    assertThat(second).isEqualTo(new Receipt(Subjects.EVENTS_STREAM, 1, true));
    assertThat(bus.sent("if.v1.>")).hasSize(1);
  }

  @Test
  void publishDurable_failsWithoutAStreamOrAServer() {
    assertThat(bus.publishDurable("nowhere", "1", Map.of(), BODY)).isCompletedExceptionally();
    bus.goAway();
    assertThat(bus.publishDurable("if.v1.event.task.ready.a", "1", Map.of(), BODY)).isCompletedExceptionally();
    assertThat(bus.publish("a", Map.of(), BODY)).isFalse();
    bus.comeBack();
    assertThat(durable("if.v1.event.task.ready.a", "1").duplicate()).isFalse();
  }

  @Test
  void consume_receivesWhatWasThereBeforeAndAgainWhatFailed() {
    durable("if.v1.event.task.ready.a", "1");
    durable("if.v1.event.swarm.ready.b", "2");
    try (Subscription one =
        bus.consume(
            consumer(),
            message -> {
              got.add(message);
              return message.deliveries() < 3
                  ? CompletableFuture.failedStage(new IllegalStateException("not yet"))
                  : CompletableFuture.completedStage(null);
            })) {
      await().atMost(60, SECONDS).until(() -> got.size() == 3 && bus.isQuiet());
    }
    assertThat(got).extracting(BusMessage::deliveries).containsExactly(1L, 2L, 3L);
  }

  @Test
  void consume_goesOnWhereItWasClosed() {
    Subscription first = bus.consume(consumer(), message -> CompletableFuture.completedStage(got.add(message) ? null : null));
    durable("if.v1.event.task.ready.a", "1");
    await().atMost(60, SECONDS).until(bus::isQuiet);
    first.close();
    durable("if.v1.event.task.ready.b", "2");
    try (Subscription second = bus.consume(consumer(), message -> CompletableFuture.completedStage(got.add(message) ? null : null))) {
      await().atMost(60, SECONDS).until(() -> got.size() == 2);
    }
    assertThat(subjects()).containsExactly("if.v1.event.task.ready.a", "if.v1.event.task.ready.b");
  }

  @Test
  void faults_dropDuplicateAndLoseAnswers() {
    try (Subscription one = bus.subscribe("if.v1.>", got::add)) {
      bus.set(BusFaults.DEAF);
      durable("if.v1.event.task.ready.a", "1");
      bus.set(new BusFaults(0, 1, 0, 0));
      durable("if.v1.event.task.ready.b", "2");
      bus.set(new BusFaults(0, 0, 0, 1));
      assertThat(bus.publishDurable("if.v1.event.task.ready.c", "3", Map.of(), BODY)).isCompletedExceptionally();
      bus.set(BusFaults.NONE);
      assertThat(durable("if.v1.event.task.ready.c", "3").duplicate()).isTrue();
      await().atMost(60, SECONDS).until(bus::isQuiet);
    }
    assertThat(subjects())
        .containsExactly("if.v1.event.task.ready.b", "if.v1.event.task.ready.b", "if.v1.event.task.ready.c");
  }

  @Test
  void pattern_matchesAsNatsDoes() {
    assertThat(SubjectPattern.matches("a.>", "a.b.c")).isTrue();
    assertThat(SubjectPattern.matches("a.>", "a")).isFalse();
    assertThat(SubjectPattern.matches("a.*", "a.b")).isTrue();
    assertThat(SubjectPattern.matches("a.*", "a.b.c")).isFalse();
    assertThat(SubjectPattern.matches("a.*.c", "a.b.c")).isTrue();
    assertThat(SubjectPattern.matches("a.b", "a")).isFalse();
  }
}
