package io.infrafabric.governor.breaker;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import io.infrafabric.chassis.v1.SloViolation;
import io.infrafabric.governor.books.ReplicaBooks;
import io.infrafabric.governor.books.Ruling;
import io.infrafabric.kit.nats.Bus;
import io.infrafabric.kit.nats.BusMessage;
import io.infrafabric.kit.nats.ConsumerSpec;
import io.infrafabric.kit.nats.Subscription;
import io.infrafabric.kit.telemetry.Counter;
import io.infrafabric.kit.telemetry.Metrics;
import io.infrafabric.names.Subjects;
import io.infrafabric.names.SwarmId;
import io.infrafabric.policy.BreakerPolicy;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hears from JetStream of SLOs that were violated and opens breakers for it. All governors share the messages; one is acknowledged when what
 * follows from it is committed, and given again otherwise.
 */
public final class SloBell implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(SloBell.class);

  private final ReplicaBooks books;
  private final Supplier<BreakerPolicy> policy;
  private final InstantSource clock;
  private final Counter heard;
  private final Counter malformed;
  private final Subscription subscription;

  private SloBell(Bus bus, ReplicaBooks books, Supplier<BreakerPolicy> policy, InstantSource clock, Metrics metrics) {
    this.books = books;
    this.policy = policy;
    this.clock = clock;
    this.heard = metrics.counter("if.breaker.slo_violations", "Facts about violated SLOs that were heard");
    this.malformed = metrics.counter("if.breaker.malformed_slo_violations", "Facts about violated SLOs that say too little");
    this.subscription =
        bus.consume(ConsumerSpec.of(Subjects.EVENTS_STREAM, "governor-slo-violated", Subjects.eventsOf("slo", "violated")), this::hear);
  }

  /**
   * Listens from now on.
   *
   * @param policy the one in force, asked for every fact
   */
  public static SloBell open(Bus bus, ReplicaBooks books, Supplier<BreakerPolicy> policy, InstantSource clock, Metrics metrics) {
    return new SloBell(bus, books, policy, clock, metrics);
  }

  private CompletionStage<Void> hear(BusMessage message) {
    Optional<SloViolation> fact = read(message).filter(DegradationRules::isSound);
    if (fact.isEmpty()) {
      malformed.increment();
      log.atWarn().addKeyValue("subject", message.subject()).log("not a violation of an SLO, skipped");
      return CompletableFuture.completedFuture(null);
    }
    heard.increment();
    return books
        .change(
            new SwarmId(fact.get().getSwarmId()),
            known ->
                known
                    .map(found -> DegradationRules.violated(found, fact.get(), policy.get(), clock.instant()))
                    .orElseGet(() -> new Ruling.Keep<>(null, null))) // nobody is stopped who is not registered
        .thenApply(changed -> null);
  }

  private static Optional<SloViolation> read(BusMessage message) {
    SloViolation.Builder fact = SloViolation.newBuilder();
    try {
      JsonFormat.parser().ignoringUnknownFields().merge(new String(message.body(), StandardCharsets.UTF_8), fact);
      return Optional.of(fact.build());
    } catch (InvalidProtocolBufferException unreadable) {
      return Optional.empty();
    }
  }

  @Override
  public void close() {
    subscription.close();
  }
}
