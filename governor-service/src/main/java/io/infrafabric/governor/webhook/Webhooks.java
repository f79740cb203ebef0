package io.infrafabric.governor.webhook;

import io.infrafabric.governor.escalation.ReplicaEscalations;
import io.infrafabric.kit.lifecycle.Periodic;
import io.infrafabric.kit.lifecycle.Threads;
import io.infrafabric.kit.store.Election;
import io.infrafabric.kit.store.Store;
import io.infrafabric.kit.telemetry.Metrics;
import io.infrafabric.names.Keys;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.ExecutorService;

/** Posts escalations whenever this instance is elected; does nothing where no webhook is named. */
public final class Webhooks implements AutoCloseable {
  private static final Duration BEAT = Duration.ofMillis(250);
  private static final Duration GAP = Duration.ofMillis(20);

  private final Optional<Posting> posting;

  private record Posting(HttpOutbox outbox, ExecutorService executor, Election election, Periodic loop) {}

  private Webhooks(Optional<Posting> posting) {
    this.posting = posting;
  }

  /**
   * Posts from now on.
   *
   * @param instance names this process, for people
   * @throws IllegalArgumentException when the settings cannot be used
   */
  public static Webhooks start(
      Store store, Keys keys, String instance, WebhookSettings settings, ReplicaEscalations escalations, InstantSource clock, Metrics metrics) {
    settings.requireUsable();
    if (settings.targets().isEmpty()) {
      return new Webhooks(Optional.empty());
    }
    SecretFile secrets = new SecretFile(settings.secretFile().orElseThrow());
    HttpOutbox outbox = new HttpOutbox(settings.loopback(), settings.timeout());
    ExecutorService executor = Threads.virtualPerTask("deliver");
    Election election = Election.open(store, keys, "webhooks", instance, Election.Listener.NONE);
    Deliverer deliverer = new Deliverer(escalations, settings, secrets, outbox, election::isLeader, executor, clock, metrics);
    Periodic loop = Periodic.start("webhooks", BEAT, GAP, () -> deliverer.runOnce(clock.instant()));
    escalations.onChange(loop::wakeUp);
    return new Webhooks(Optional.of(new Posting(outbox, executor, election, loop)));
  }

  @Override
  public void close() {
    posting.ifPresent(
        each -> {
          each.loop().close();
          each.election().close();
          each.outbox().close();
          each.executor().shutdown();
        });
  }
}
