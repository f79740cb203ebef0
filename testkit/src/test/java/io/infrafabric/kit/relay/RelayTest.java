package io.infrafabric.kit.relay;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import io.infrafabric.kit.nats.BusMessage;
import io.infrafabric.kit.store.Change;
import io.infrafabric.kit.store.Entry;
import io.infrafabric.kit.store.Outcome;
import io.infrafabric.kit.store.Prefix;
import io.infrafabric.kit.store.Txn;
import io.infrafabric.kit.telemetry.Telemetry;
import io.infrafabric.names.Headers;
import io.infrafabric.names.Keys;
import io.infrafabric.testkit.nats.BusFaults;
import io.infrafabric.testkit.nats.MemoryBus;
import io.infrafabric.testkit.store.Faults;
import io.infrafabric.testkit.store.FaultyStore;
import io.infrafabric.testkit.store.MemoryStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RelayTest {
  private static final Keys KEYS = new Keys();
  private static final String TASKS = KEYS.tasks();
  private static final RelaySettings QUICK =
      new RelaySettings(16, 200, Duration.ofSeconds(1), Duration.ofMillis(20), Duration.ofMillis(50), Duration.ofSeconds(1));

  private final MemoryStore memory = new MemoryStore(System::nanoTime);
  private final FaultyStore store = new FaultyStore(memory, 1);
  private final MemoryBus bus = new MemoryBus();
  private final List<Relay> relays = new ArrayList<>();

  @AfterEach
  void close() {
    relays.forEach(Relay::close);
  }

  private Relay open() {
    return open("one", Publisher.on(bus));
  }

  private Relay open(String instance, Publisher publisher) {
    RelaySource source =
        new RelaySource(
            "coordinator", List.of(Prefix.of(TASKS), Prefix.of(KEYS.sessions())), RelayTest::ofChange, RelayTest::ofEntry);
    Relay relay = Relay.open(store, KEYS, instance, source, publisher, QUICK, Telemetry.none().metrics());
    relays.add(relay);
    return relay;
  }

  private static List<OutboundMessage> ofChange(Change change) {
    return List.of(message(change.key(), change.revision(), false));
  }

  private static List<OutboundMessage> ofEntry(Entry entry) {
    return List.of(message(entry.key(), entry.modRevision(), true));
  }

  private static OutboundMessage message(String key, long revision, boolean reconciled) {
    return new OutboundMessage(
        "if.v1.event.task.changed." + Keys.idOf(key),
        key + ":" + revision,
        Map.of("reconciled", "" + reconciled, "revision", "" + revision),
        ByteString.copyFromUtf8(key));
  }

  private long put(String key) {
    long compared = memory.entries(key).stream().filter(entry -> entry.key().equals(key)).mapToLong(Entry::modRevision).findFirst().orElse(0);
    Txn txn = new Txn(List.of(new Txn.Compare(key, compared)), List.of(new Txn.Write.Put(key, ByteString.copyFromUtf8("v"), 0)));
    return ((Outcome.Committed) memory.commit(List.of(txn)).join().getFirst()).revision();
  }

  private List<String> sent() {
    return bus.sent("if.v1.event.>").stream().map(message -> message.headers().get(Headers.MESSAGE_ID)).toList();
  }

  private long cursor() {
    return memory.entries(KEYS.relayCursor("coordinator")).stream()
        .findFirst()
        .map(entry -> Long.parseLong(entry.value().toStringUtf8()))
        .orElse(0L);
  }

  @Test
  void relay_beginsWithASnapshotAndFollows() {
    long first = put(TASKS + "a");
    Relay relay = open();
    await().atMost(60, SECONDS).until(() -> sent().size() == 1);
    long second = put(TASKS + "a");
    put(KEYS.swarms() + "not-ours");
    long third = put(KEYS.sessions() + "s");

    await().atMost(60, SECONDS).until(() -> sent().size() == 3);
    assertThat(sent()).containsExactly(TASKS + "a:" + first, TASKS + "a:" + second, KEYS.sessions() + "s:" + third);
    List<BusMessage> messages = bus.sent("if.v1.event.>");
    assertThat(messages).extracting(message -> message.headers().get("reconciled")).containsExactly("true", "false", "false");
    await().atMost(60, SECONDS).until(() -> cursor() >= third);
    assertThat(relay.reconciles()).isEqualTo(1);
    await().atMost(60, SECONDS).until(() -> relay.published() == 3);
  }

  @Test
  void relay_goesOnFromTheCursor() {
    Relay first = open();
    await().atMost(60, SECONDS).until(first::isActive);
    put(TASKS + "a");
    await().atMost(60, SECONDS).until(() -> sent().size() == 1);
    first.close();
    relays.clear();
    long missed = put(TASKS + "b");

    Relay second = open();

    await().atMost(60, SECONDS).until(() -> sent().size() == 2);
    assertThat(sent()).last().isEqualTo(TASKS + "b:" + missed);
    assertThat(second.reconciles()).isZero();
  }

  @Test
  void relay_reconcilesWhenTheCursorIsCompacted() {
    Relay first = open();
    put(TASKS + "a");
    await().atMost(60, SECONDS).until(() -> sent().size() == 1);
    first.close();
    relays.clear();
    put(TASKS + "b");
    put(TASKS + "b");
    long last = put(TASKS + "b");
    memory.compact(last);

    Relay second = open();

    await().atMost(60, SECONDS).until(() -> sent().contains(TASKS + "b:" + last));
    assertThat(second.reconciles()).isEqualTo(1);
  }

  @Test
  void relay_resumesABrokenWatchWithoutASnapshot() {
    Relay relay = open();
    long first = put(TASKS + "a");
    await().atMost(60, SECONDS).until(() -> sent().contains(TASKS + "a:" + first));
    store.holdWatches();
    long missed = put(TASKS + "b");
    store.breakWatches();
    store.releaseWatches();

    await().atMost(60, SECONDS).until(() -> sent().contains(TASKS + "b:" + missed));
    assertThat(relay.reconciles()).isEqualTo(1);
  }

  @Test
  void relay_publishesEverythingWhenTheBusWasAway() {
    Relay relay = open();
    await().atMost(60, SECONDS).until(() -> relay.reconciles() == 1 && relay.isActive());
    bus.goAway();
    List<String> expected = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      expected.add(TASKS + i + ":" + put(TASKS + i));
    }
    await().atMost(60, SECONDS).until(() -> relay.retried() > 0);
    assertThat(sent()).isEmpty();

    bus.comeBack();

    await().atMost(60, SECONDS).until(() -> sent().size() == 100);
    assertThat(sent()).containsExactlyInAnyOrderElementsOf(expected);
    assertThat(relay.reconciles()).isEqualTo(1);
  }

  @Test
  void relay_dropsATooLongBacklogAndReconciles() {
    Relay relay = open();
    await().atMost(60, SECONDS).until(() -> relay.reconciles() == 1 && relay.isActive());
    bus.goAway();
    for (int i = 0; i < 500; i++) {
      put(TASKS + i);
    }
    await().atMost(60, SECONDS).until(() -> relay.reconciles() == 2);
    bus.comeBack();

    await().atMost(60, SECONDS).until(() -> bus.sent("if.v1.event.>").stream().map(BusMessage::subject).distinct().count() == 500);
    assertThat(relay.waiting()).isLessThanOrEqualTo(200);
    long later = put(TASKS + "later");
    await().atMost(60, SECONDS).until(() -> sent().contains(TASKS + "later:" + later));
  }

  @Test
  void relay_publishesOnceWhenAnswersAreLost() {
    bus.set(new BusFaults(0, 0, 0, 0.3));
    Relay relay = open();
    for (int i = 0; i < 200; i++) {
      put(TASKS + i);
    }

    await().atMost(60, SECONDS).until(() -> relay.published() >= 200);
    assertThat(sent()).hasSize(200).doesNotHaveDuplicates();
    assertThat(relay.retried()).isPositive();
  }

  @Test
  void relay_ofAnotherInstanceTakesOver() {
    Relay first = open();
    await().atMost(60, SECONDS).until(first::isActive);
    Relay second = open("two", Publisher.on(bus));
    long one = put(TASKS + "a");
    await().atMost(60, SECONDS).until(() -> sent().contains(TASKS + "a:" + one));
    assertThat(second.isActive()).isFalse();

    first.close();

    long two = put(TASKS + "b");
    await().atMost(60, SECONDS).until(() -> sent().contains(TASKS + "b:" + two));
    assertThat(second.isActive()).isTrue();
    assertThat(sent()).doesNotHaveDuplicates();
  }

  @Test
  void relay_losesNothingWhenStoreAndBusMisbehave() {
    open();
    open("two", Publisher.on(bus));
    store.set(Faults.MIXED);
    bus.set(new BusFaults(0, 0, 0, 0.2));
    List<String> keys = new ArrayList<>();
    for (int i = 0; i < 150; i++) {
      put(TASKS + i);
      keys.add(TASKS + i);
      if (i % 50 == 25) {
        store.breakWatches();
      }
    }

    await()
        .atMost(60, SECONDS)
        .untilAsserted(
            () ->
                assertThat(bus.sent("if.v1.event.>").stream().map(message -> ByteString.copyFrom(message.body()).toStringUtf8()).distinct())
                    .containsAll(keys));
    store.set(Faults.NONE);
  }

  @Test
  void relay_isQuickWhenIdle() {
    Relay relay = open();
    await().atMost(60, SECONDS).until(() -> relay.isActive() && relay.reconciles() == 1);
    put(TASKS + "warm");
    await().atMost(60, SECONDS).until(() -> sent().size() == 1);
    List<Long> micros = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      int wanted = i + 2;
      long from = System.nanoTime();
      put(TASKS + "quick" + i);
      while (sent().size() < wanted && System.nanoTime() - from < 1_000_000_000L) {
        Thread.onSpinWait();
      }
      micros.add((System.nanoTime() - from) / 1_000);
    }
    micros.sort(null);
    System.out.println("commit to bus: p50 " + micros.get(25) + " us, max " + micros.getLast() + " us");
    assertThat(micros.get(25)).as("no polling on the way: that would be every half second").isLessThan(150_000);
  }

  /** The cursor only tells of what is acknowledged. */
  @Test
  void cursor_staysBehindWhatIsNotAcknowledged() {
    List<OutboundMessage> asked = new CopyOnWriteArrayList<>();
    Relay relay =
        open(
            "one",
            message -> {
              asked.add(message);
              return new CompletableFuture<>();
            });
    put(TASKS + "a");
    await().atMost(60, SECONDS).until(() -> !asked.isEmpty());
    relay.close();
    relays.clear();

    assertThat(cursor()).isLessThan(memory.entries(TASKS + "a").getFirst().modRevision());
  }

  @Test
  void source_findsTheCommonPathOfItsPrefixes() {
    RelaySource source = new RelaySource("x", List.of(Prefix.of("/if/v1/tasks/"), Prefix.of("/if/v1/sessions/")), c -> List.of(), e -> List.of());
    assertThat(source.commonPath()).isEqualTo("/if/v1/");
    assertThat(new RelaySource("x", List.of(Prefix.of("/a/b/")), c -> List.of(), e -> List.of()).commonPath()).isEqualTo("/a/b/");
  }
}
