package io.infrafabric.governor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.util.JsonFormat;
import io.infrafabric.coordinator.v1.ClaimEnd;
import io.infrafabric.coordinator.v1.TaskEvent;
import io.infrafabric.coordinator.v1.TaskEventType;
import io.infrafabric.governor.account.NatsDoorbell;
import io.infrafabric.governor.books.BooksCodec;
import io.infrafabric.governor.relay.Facts;
import io.infrafabric.kit.nats.BusMessage;
import io.infrafabric.kit.nats.NatsBus;
import io.infrafabric.kit.nats.NatsSettings;
import io.infrafabric.kit.nats.StreamSpec;
import io.infrafabric.kit.nats.Subscription;
import io.infrafabric.kit.relay.Relay;
import io.infrafabric.kit.relay.RelaySettings;
import io.infrafabric.kit.telemetry.Telemetry;
import io.infrafabric.local.NatsServer;
import io.infrafabric.names.Keys;
import io.infrafabric.names.Subjects;
import io.infrafabric.names.SwarmId;
import io.infrafabric.names.TaskId;
import io.infrafabric.testkit.Backends;
import io.infrafabric.testkit.Closing;
import io.infrafabric.testkit.store.MemoryStore;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the governor says and hears on a real NATS. */
class NatsGovernorTest {
  private static final Keys KEYS = new Keys();
  private static final SwarmId SWARM = new SwarmId("s1");

  private final MemoryStore store = new MemoryStore();
  private NatsServer server;
  private NatsBus bus;

  @BeforeEach
  void connect() throws Exception {
    server = Backends.ownNats();
    bus = NatsBus.start(NatsSettings.of(server.address()), "governor-test", Telemetry.none());
    bus.awaitConnected(Duration.ofSeconds(10));
    bus.ensureStream(StreamSpec.of(Subjects.EVENTS_STREAM, Duration.ofDays(1), Subjects.EVENTS));
  }

  @AfterEach
  void disconnect() throws Exception {
    Closing.each(bus, server);
  }

  @Test
  void aDoorbell_booksWhatTheWatchHasNotTold() throws Exception {
    try (GovernorFixture deaf = new GovernorFixture(new DeafStore(store), KEYS.root());
        NatsDoorbell doorbell =
            NatsDoorbell.open(bus, deaf.governor.bell(), Telemetry.none().metrics())) {
      deaf.register("s1", "r1", "code:java");
      deaf.grant("s1", "g1", 100);
      new CommitmentsHand(store, KEYS).end("s1", "c1", ClaimEnd.CLAIM_END_COMPLETED, 10);
      ring("not json");
      ring(JsonFormat.printer().print(event()));
      ring(JsonFormat.printer().print(event()));
      await().atMost(Duration.ofSeconds(60)).until(this::settledMicros, Long.valueOf(10)::equals);
    }
  }

  @Test
  void standingsAndBreakers_arePublished() {
    List<String> subjects = new CopyOnWriteArrayList<>();
    try (Subscription heard = bus.subscribe(Subjects.EVENTS, (BusMessage message) -> subjects.add(message.subject()));
        Relay relay =
            Relay.open(
                store,
                KEYS,
                "governor-test",
                new Facts(KEYS, InstantSource.system()).source(),
                message -> bus.publishDurable(message.subject(), message.messageId(), message.headers(), message.body().toByteArray()),
                RelaySettings.defaults(),
                Telemetry.none().metrics());
        GovernorFixture governor = new GovernorFixture(store, KEYS.root())) {
      governor.register("s1", "r1", "code:java");
      governor.grant("s1", "g1", 10);
      governor.coordinator.end("s1", "c1", ClaimEnd.CLAIM_END_COMPLETED, 10);
      await()
          .atMost(Duration.ofSeconds(60))
          .untilAsserted(
              () -> assertThat(subjects).contains("if.v1.event.standing.changed.s1", "if.v1.event.breaker.opened.s1"));
    }
  }

  private void ring(String body) {
    String subject = Subjects.taskEvent(TaskEventType.TASK_EVENT_TYPE_COMPLETED, new TaskId("t1"));
    String id = String.valueOf(System.nanoTime());
    await()
        .ignoreExceptions()
        .until(() -> bus.publishDurable(subject, id, Map.of(), body.getBytes(StandardCharsets.UTF_8)).join() != null);
  }

  private TaskEvent event() {
    return TaskEvent.newBuilder()
        .setType(TaskEventType.TASK_EVENT_TYPE_COMPLETED)
        .setTaskId("t1")
        .setSwarmId("s1")
        .setRevision(store.revision())
        .build();
  }

  private long settledMicros() {
    return BooksCodec.account(store.entries(KEYS.account(SWARM)).getFirst()).getSettledMicros();
  }
}
