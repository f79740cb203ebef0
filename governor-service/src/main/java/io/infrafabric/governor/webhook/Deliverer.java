package io.infrafabric.governor.webhook;

import io.infrafabric.governor.escalation.ReplicaEscalations;
import io.infrafabric.governor.escalation.Turn;
import io.infrafabric.governor.v1.Delivery;
import io.infrafabric.governor.v1.Escalation;
import io.infrafabric.governor.webhook.DeliveryRules.Attempt;
import io.infrafabric.governor.webhook.DeliveryRules.Pace;
import io.infrafabric.kit.telemetry.Counter;
import io.infrafabric.kit.telemetry.Metrics;
import io.infrafabric.names.EscalationId;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes the tries that are due. A sink that is slow holds up nobody but itself. */
final class Deliverer {
  private static final Logger log = LoggerFactory.getLogger(Deliverer.class);

  private final ReplicaEscalations escalations;
  private final Map<String, Sink> sinks;
  private final Pace pace;
  private final int atOnce;
  private final SecretFile secrets;
  private final Outbox outbox;
  private final BooleanSupplier elected;
  private final Executor executor;
  private final InstantSource clock;
  private final Set<Way> underWay = ConcurrentHashMap.newKeySet();
  private final Counter delivered;
  private final Counter failed;
  private final Counter dead;

  private record Way(String escalation, String sink) {}

  /**
   * @param elected whether this instance is the one that posts
   * @param executor where tries are prepared
   */
  Deliverer(
      ReplicaEscalations escalations,
      WebhookSettings settings,
      SecretFile secrets,
      Outbox outbox,
      BooleanSupplier elected,
      Executor executor,
      InstantSource clock,
      Metrics metrics) {
    this.escalations = escalations;
    this.sinks = settings.sinks().stream().collect(Collectors.toMap(Sink::name, Function.identity()));
    this.pace = Pace.of(settings);
    this.atOnce = settings.atOnce();
    this.secrets = secrets;
    this.outbox = outbox;
    this.elected = elected;
    this.executor = executor;
    this.clock = clock;
    this.delivered = metrics.counter("if.webhook.delivered", "Posts that a webhook has acknowledged");
    this.failed = metrics.counter("if.webhook.failed", "Posts that a webhook has not acknowledged");
    this.dead = metrics.counter("if.webhook.dead", "Escalations that were given up for a webhook until they are raised again");
  }

  /** Looks; answers how many tries it began. */
  int runOnce(Instant now) {
    if (!elected.getAsBoolean()) {
      return 0;
    }
    Map<String, Long> busy = new HashMap<>();
    underWay.forEach(way -> busy.merge(way.sink(), 1L, Long::sum));
    int begun = 0;
    for (Escalation escalation : escalations.all().toList()) {
      for (Delivery delivery : escalation.getDeliveriesList()) {
        boolean room = busy.getOrDefault(delivery.getSink(), 0L) < atOnce;
        if (DeliveryRules.isDue(delivery, now) && room && begin(escalation, delivery.getSink())) {
          busy.merge(delivery.getSink(), 1L, Long::sum);
          begun++;
        }
      }
    }
    return begun;
  }

  private boolean begin(Escalation escalation, String name) {
    Way way = new Way(escalation.getEscalationId(), name);
    if (!underWay.add(way)) {
      return false;
    }
    executor.execute(
        () ->
            deliver(escalation, name)
                .whenComplete(
                    (done, failure) -> {
                      underWay.remove(way);
                      if (failure != null) {
                        log.atDebug().addKeyValue("escalation", way.escalation()).addKeyValue("cause", failure.toString()).log("not noted, tried again when it is due");
                      }
                    }));
    return true;
  }

  private CompletableFuture<?> deliver(Escalation escalation, String name) {
    EscalationId id = new EscalationId(escalation.getEscalationId());
    int level = escalation.getLevel();
    Sink sink = sinks.get(name);
    if (sink == null) {
      return escalations.change(id, orAbsent(known -> DeliveryRules.orphaned(known, name, level, clock.instant())));
    }
    AtomicReference<Turn> turn = new AtomicReference<>(new Turn.Keep());
    return escalations
        .change(
            id,
            orAbsent(
                known -> {
                  turn.set(DeliveryRules.begin(known, name, level, pace, clock.instant()));
                  return turn.get();
                }))
        .thenComposeAsync(
            written ->
                DeliveryRules.begun(turn.get(), name, level)
                    .<CompletableFuture<?>>map(attempt -> attempt(id, sink, attempt))
                    .orElseGet(() -> CompletableFuture.completedFuture(written)),
            executor);
  }

  private CompletableFuture<?> attempt(EscalationId id, Sink sink, Attempt attempt) {
    byte[] body = BodyRules.of(attempt.escalation());
    long seconds = clock.instant().getEpochSecond();
    Post post = new Post(attempt.id(), seconds, body, secrets.now().sign(attempt.id(), seconds, body));
    return outbox
        .send(sink, post)
        .thenComposeAsync(
            answer -> {
              count(answer, attempt);
              return escalations.change(id, orAbsent(known -> DeliveryRules.ended(known, attempt, answer, pace, clock.instant())));
            },
            executor);
  }

  private void count(Answer answer, Attempt attempt) {
    if (answer instanceof Answer.Acknowledged) {
      delivered.increment();
      return;
    }
    failed.increment();
    if (answer instanceof Answer.Gone || attempt.number() >= pace.tries()) {
      dead.increment();
    }
    log.atWarn()
        .addKeyValue("escalation", attempt.escalation().getEscalationId())
        .addKeyValue("sink", attempt.sink())
        .addKeyValue("try", attempt.number())
        .addKeyValue("of", pace.tries())
        .addKeyValue("answer", answer instanceof Answer.Failed(String why, var wait) ? why : "gone")
        .log("a webhook has not acknowledged an escalation");
  }

  private static Function<Optional<Escalation>, Turn> orAbsent(Function<Escalation, Turn> rule) {
    return known -> known.map(rule).orElseGet(Turn.Keep::new);
  }
}
