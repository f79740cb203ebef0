package io.infrafabric.kit.nats;

import io.infrafabric.kit.config.Default;
import io.infrafabric.kit.config.Doc;
import io.infrafabric.kit.config.Secret;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** How to reach NATS, and the limits on what is held for it. May stand as a component in a record of settings. */
public record NatsSettings(
    @Default("nats://127.0.0.1:4222") @Doc("NATS servers.") List<String> url,
    @Doc("User, if the server wants one.") Optional<String> user,
    @Secret @Doc("Password of the user.") Optional<String> password,
    @Doc("File with NATS credentials (JWT and seed).") Optional<Path> credentials,
    @Default("_INBOX") @Doc("Prefix of reply subjects.") String inboxPrefix,
    @Default("500ms") @Doc("Wait between tries to connect.") Duration reconnectWait,
    @Default("8388608") @Doc("Bytes kept for sending while disconnected.") long reconnectBufferBytes,
    @Default("5s") @Doc("How long a request or a durable message waits for its answer.") Duration requestTimeout,
    @Default("4096") @Doc("Durable messages without an answer yet.") int durableInFlight,
    @Default("65536") @Doc("Messages that wait for the handler of one subscription.") int subscriptionQueue,
    @Default("256") @Doc("Calls over NATS under way at once; the least important have half of it (1 at least), those that end work twice as many.") int mirrorCalls) {

  /** Refuses limits that let nothing through. */
  public NatsSettings {
    least("durable-in-flight", durableInFlight);
    least("subscription-queue", subscriptionQueue);
    least("mirror-calls", mirrorCalls);
    positive("reconnect-wait", reconnectWait);
    positive("request-timeout", requestTimeout);
  }

  private static void least(String name, int value) {
    if (value < 1) {
      throw new IllegalArgumentException("nats-" + name + " must be at least 1, not " + value);
    }
  }

  private static void positive(String name, Duration value) {
    if (!value.isPositive()) {
      throw new IllegalArgumentException("nats-" + name + " must be more than 0, not " + value);
    }
  }

  /** Defaults with one server. */
  public static NatsSettings of(String url) {
    return new NatsSettings(
        List.of(url),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        "_INBOX",
        Duration.ofMillis(500),
        8L << 20,
        Duration.ofSeconds(5),
        4096,
        65_536,
        256);
  }
}
