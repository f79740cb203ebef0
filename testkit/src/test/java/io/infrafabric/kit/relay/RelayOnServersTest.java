package io.infrafabric.kit.relay;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import io.infrafabric.kit.etcd.EtcdSettings;
import io.infrafabric.kit.etcd.EtcdStore;
import io.infrafabric.kit.nats.ConsumerSpec;
import io.infrafabric.kit.nats.NatsBus;
import io.infrafabric.kit.nats.NatsSettings;
import io.infrafabric.kit.nats.StreamSpec;
import io.infrafabric.kit.nats.Subscription;
import io.infrafabric.kit.store.Outcome;
import io.infrafabric.kit.store.Prefix;
import io.infrafabric.kit.store.Txn;
import io.infrafabric.kit.telemetry.Telemetry;
import io.infrafabric.local.EtcdServer;
import io.infrafabric.local.NatsServer;
import io.infrafabric.names.Headers;
import io.infrafabric.names.Keys;
import io.infrafabric.testkit.Backends;
import io.infrafabric.testkit.Closing;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** From etcd to JetStream, with servers that stop. */
class RelayOnServersTest {
  private static final Keys KEYS = new Keys();
  private static final String STREAM = "RELAYED";

  private final Set<String> got = ConcurrentHashMap.newKeySet();
  private EtcdServer etcd;
  private NatsServer nats;
  private EtcdStore store;
  private NatsBus bus;
  private Relay relay;
  private Subscription subscription;

  @BeforeEach
  void open() throws InterruptedException {
    etcd = Backends.ownEtcd();
    nats = Backends.ownNats();
    store = new EtcdStore(EtcdSettings.of(List.of(etcd.address())));
    bus = NatsBus.start(NatsSettings.of(nats.address()), "relay-test", Telemetry.none());
    assertThat(bus.awaitConnected(Duration.ofSeconds(10))).isTrue();
    bus.ensureStream(StreamSpec.of(STREAM, Duration.ofHours(1), "relayed.>"));
    RelaySource source =
        new RelaySource(
            "test",
            List.of(Prefix.of(KEYS.tasks())),
            change -> List.of(message(change.key(), change.revision())),
            entry -> List.of(message(entry.key(), entry.modRevision())));
    relay =
        Relay.open(store, KEYS, "one", source, Publisher.on(bus), RelaySettings.defaults(), Telemetry.none().metrics());
    subscription =
        bus.consume(
            ConsumerSpec.of(STREAM, "test", "relayed.>"),
            message -> {
              got.add(message.headers().get(Headers.MESSAGE_ID));
              return CompletableFuture.completedStage(null);
            });
    await().atMost(60, SECONDS).until(relay::isActive);
  }

  @AfterEach
  void close() throws Exception {
    Closing.each(subscription, relay, bus, store, nats, etcd);
  }

  private static OutboundMessage message(String key, long revision) {
    return new OutboundMessage("relayed." + Keys.idOf(key), key + ":" + revision, Map.of(), ByteString.EMPTY);
  }

  private String put(String name) {
    String key = KEYS.tasks() + name;
    Txn txn = new Txn(List.of(new Txn.Compare(key, 0)), List.of(new Txn.Write.Put(key, ByteString.EMPTY, 0)));
    Outcome outcome = store.commit(List.of(txn)).orTimeout(10, SECONDS).join().getFirst();
    return key + ":" + ((Outcome.Committed) outcome).revision();
  }

  private void arrive(List<String> ids) {
    await().atMost(60, SECONDS).untilAsserted(() -> assertThat(got).containsAll(ids));
  }

  @Test
  void message_isStoredSoonAfterTheCommit() throws InterruptedException {
    arrive(List.of(put("warm")));
    List<Long> micros = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      long before = relay.published();
      put("quick" + i);
      long committed = System.nanoTime();
      while (relay.published() == before) {
        Thread.onSpinWait();
      }
      micros.add((System.nanoTime() - committed) / 1_000);
    }
    micros.sort(null);
    System.out.println("commit answered to message stored: p50 " + micros.get(50) + " us, p90 " + micros.get(90) + " us");
    assertThat(micros.get(50)).as("no polling on the way: that would be every half second").isLessThan(150_000);
  }

  @Test
  void messages_arriveAllTheSameWhenServersStop() {
    List<String> ids = new ArrayList<>();
    ids.add(put("first"));
    arrive(ids);
    nats.stop();
    for (int i = 0; i < 50; i++) {
      ids.add(put("without-nats-" + i));
    }
    nats.start();
    arrive(ids);
    etcd.kill();
    etcd.start();
    await().atMost(60, SECONDS).ignoreExceptions().until(() -> ids.add(put("after-etcd")));
    arrive(ids);
    assertThat(relay.reconciles()).as("a lost connection is no reason for a snapshot").isEqualTo(1);
  }
}
