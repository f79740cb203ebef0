package io.infrafabric.governor.webhook;

import io.infrafabric.kit.config.Default;
import io.infrafabric.kit.config.Doc;
import io.infrafabric.kit.config.Secret;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Settings of webhooks. */
public record WebhookSettings(
    @Secret @Default("") @Doc("Addresses that escalations are posted to, https.") List<String> targets,
    @Default("") @Doc("Hosts, or host:port, that may be posted to; no other is.") List<String> hosts,
    @Default("false") @Doc("Whether a target may be on this machine, and then http, too.") boolean loopback,
    @Doc("File with the secrets that posts are signed with, one a line, whsec_ and base64; readable by its user alone, read again when it changes.")
        Optional<Path> secretFile,
    @Default("5s") @Doc("How long a webhook may take to acknowledge.") Duration timeout,
    @Default("10") @Doc("Tries for one level of an escalation; then it is a dead letter.") int tries,
    @Default("1s") @Doc("Wait after the first try that failed; doubled with each.") Duration firstWait,
    @Default("5m") @Doc("Longest wait between two tries.") Duration longestWait,
    @Default("4") @Doc("Posts to one webhook under way at once.") int atOnce) {
  /** Copies. */
  public WebhookSettings {
    targets = List.copyOf(targets);
    hosts = List.copyOf(hosts);
  }

  /** No webhooks. */
  public static WebhookSettings none() {
    return new WebhookSettings(
        List.of(), List.of(), false, Optional.empty(), Duration.ofSeconds(5), 10, Duration.ofSeconds(1), Duration.ofMinutes(5), 4);
  }

  /**
   * Refuses, before anything is started, what could not work.
   *
   * @throws IllegalArgumentException whose message says what is wrong, and shows nothing of a secret or of the path of a target
   */
  public void requireUsable() {
    sinks();
    if (timeout.isNegative() || timeout.isZero() || firstWait.isNegative() || longestWait.compareTo(firstWait) < 0) {
      throw new IllegalArgumentException("webhook-timeout must be above 0, and webhook-longest-wait at least webhook-first-wait");
    }
    if (tries < 1 || tries > 100 || atOnce < 1 || atOnce > 64) {
      throw new IllegalArgumentException("webhook-tries must be 1 to 100 and webhook-at-once 1 to 64");
    }
    if (!targets.isEmpty()) {
      Secrets.read(secretFile.orElseThrow(() -> new IllegalArgumentException("webhook-targets need a webhook-secret-file: posts are always signed")));
    }
  }

  /** Where escalations are posted to. */
  List<Sink> sinks() {
    return TargetRules.sinks(targets, hosts, loopback);
  }

  /** The names of the webhooks, as escalations have them. */
  public List<String> sinkNames() {
    return sinks().stream().map(Sink::name).toList();
  }
}
