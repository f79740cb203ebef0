package io.infrafabric.governor.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.infrafabric.governor.books.BooksCheck;
import io.infrafabric.governor.escalation.ReplicaEscalations;
import io.infrafabric.governor.escalation.Turn;
import io.infrafabric.governor.v1.Delivery;
import io.infrafabric.governor.v1.DeliveryState;
import io.infrafabric.governor.v1.Escalation;
import io.infrafabric.governor.v1.EscalationState;
import io.infrafabric.governor.v1.EscalationType;
import io.infrafabric.kit.store.Prefix;
import io.infrafabric.kit.store.Replica;
import io.infrafabric.kit.store.ReplicaSettings;
import io.infrafabric.kit.telemetry.Telemetry;
import io.infrafabric.kit.time.Times;
import io.infrafabric.names.EscalationId;
import io.infrafabric.names.Keys;
import io.infrafabric.testkit.store.MemoryStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two who post from one store, and a sink that answers as it is told. */
class DelivererTest {
  private static final EscalationId ID = new EscalationId("gate-1");

  @TempDir private Path folder;

  private final Keys keys = new Keys();
  private final MemoryStore store = new MemoryStore();
  private final List<Replica> replicas = new ArrayList<>();
  private final List<String> posted = new CopyOnWriteArrayList<>();
  private final Queue<CompletableFuture<Answer>> answers = new ConcurrentLinkedQueue<>();
  private volatile Instant now = Instant.parse("2026-01-01T00:00:00Z");
  private WebhookSettings settings;

  @BeforeEach
  void prepare() throws Exception {
    Path secret = folder.resolve("secret");
    Files.writeString(secret, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-------"));
    settings =
        new WebhookSettings(
            List.of("https://hooks.example.org/a"), List.of("hooks.example.org"), false, Optional.of(secret), Duration.ofSeconds(5), 3, Duration.ofSeconds(1), Duration.ofMinutes(5), 4);
  }

  @AfterEach
  void close() {
    replicas.forEach(Replica::close);
  }

  private ReplicaEscalations escalations() {
    Replica replica = Replica.open("test", store, List.of(Prefix.of(keys.escalations())), ReplicaSettings.defaults(), new BooksCheck(keys));
    replica.ready().join();
    replicas.add(replica);
    ReplicaEscalations escalations = new ReplicaEscalations(replica, keys);
    CompletableFuture<Void> read = new CompletableFuture<>();
    replica.execute(() -> read.complete(null));
    read.join();
    return escalations;
  }

  private Deliverer deliverer(ReplicaEscalations escalations) {
    Outbox outbox =
        (sink, post) -> {
          posted.add(post.id());
          return answers.remove();
        };
    return new Deliverer(
        escalations, settings, new SecretFile(settings.secretFile().orElseThrow()), outbox, () -> true, Runnable::run, () -> now, Telemetry.none().metrics());
  }

  private static Escalation raised(String sink, Instant at) {
    return Escalation.newBuilder()
        .setEscalationId(ID.value())
        .setType(EscalationType.ESCALATION_TYPE_APPROVAL_GATE)
        .setState(EscalationState.ESCALATION_STATE_OPEN)
        .setLevel(1)
        .addDeliveries(Delivery.newBuilder().setSink(sink).setState(DeliveryState.DELIVERY_STATE_PENDING).setNextAt(Times.toProto(at)))
        .build();
  }

  private void raise(ReplicaEscalations escalations, String sink) {
    escalations.change(ID, known -> new Turn.Write(raised(sink, now))).join();
  }

  private static Delivery delivery(ReplicaEscalations escalations) {
    return escalations.get(ID).orElseThrow().getDeliveries(0);
  }

  private CompletableFuture<Answer> nextAnswer() {
    CompletableFuture<Answer> next = new CompletableFuture<>();
    answers.add(next);
    return next;
  }

  @Test
  void twoWhoPost_makeEachTryOnce_andNoneAfterTheAcknowledgement() {
    ReplicaEscalations here = escalations();
    ReplicaEscalations there = escalations();
    raise(here, settings.sinkNames().getFirst());
    await().until(() -> there.get(ID).isPresent());
    CompletableFuture<Answer> first = nextAnswer();
    Deliverer one = deliverer(here);
    Deliverer two = deliverer(there);
    one.runOnce(now);
    two.runOnce(now);
    await().until(() -> posted.size() == 1);
    one.runOnce(now);
    first.complete(new Answer.Failed("status 500", Optional.empty()));
    await().until(() -> delivery(here).getLastError(), "status 500"::equals);
    two.runOnce(now);
    assertThat(posted).as("before the wait is over").containsExactly("gate-1.1");
    now = Times.toInstant(delivery(here).getNextAt());
    await().until(() -> delivery(there).getNextAt().equals(delivery(here).getNextAt()));
    CompletableFuture<Answer> second = nextAnswer();
    two.runOnce(now);
    await().until(() -> posted.size() == 2);
    second.complete(new Answer.Acknowledged());
    await().until(() -> delivery(there).getState() == DeliveryState.DELIVERY_STATE_DELIVERED);
    now = now.plusSeconds(3_600);
    one.runOnce(now);
    two.runOnce(now);
    assertThat(posted).containsExactly("gate-1.1", "gate-1.1");
    assertThat(delivery(there).getTries()).isEqualTo(2);
  }

  @Test
  void whatOneBeganAndNeverEnded_anotherGoesOnWith() {
    ReplicaEscalations here = escalations();
    raise(here, settings.sinkNames().getFirst());
    nextAnswer(); // never comes: the process died
    deliverer(here).runOnce(now);
    await().until(() -> posted.size() == 1);
    now = Times.toInstant(delivery(here).getNextAt());
    nextAnswer().complete(new Answer.Acknowledged());
    ReplicaEscalations there = escalations();
    deliverer(there).runOnce(now);
    await().until(() -> delivery(there).getState() == DeliveryState.DELIVERY_STATE_DELIVERED);
    assertThat(posted).containsExactly("gate-1.1", "gate-1.1");
  }

  @Test
  void whatIsToGoToAWebhookThatNobodyNamesAnyMore_isADeadLetter() {
    ReplicaEscalations here = escalations();
    raise(here, "old.example.org/1");
    deliverer(here).runOnce(now);
    await().until(() -> delivery(here).getState() == DeliveryState.DELIVERY_STATE_DEAD);
    assertThat(posted).isEmpty();
  }

  @Test
  void oneSink_isNotSentMoreAtOnceThanItMayBe() {
    ReplicaEscalations here = escalations();
    Queue<CompletableFuture<Answer>> open = new ArrayDeque<>();
    for (int i = 0; i < 6; i++) {
      open.add(nextAnswer());
      EscalationId id = new EscalationId("gate-" + i);
      Escalation one = raised(settings.sinkNames().getFirst(), now).toBuilder().setEscalationId(id.value()).build();
      here.change(id, known -> new Turn.Write(one)).join();
    }
    Deliverer deliverer = deliverer(here);
    deliverer.runOnce(now);
    await().until(() -> posted.size() == 4);
    deliverer.runOnce(now);
    assertThat(posted).hasSize(4);
    open.forEach(answer -> answer.complete(new Answer.Acknowledged()));
    await().until(() -> deliverer.runOnce(now) == 0 && posted.size() == 6);
  }
}
