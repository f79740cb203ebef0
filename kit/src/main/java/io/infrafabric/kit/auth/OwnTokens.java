package io.infrafabric.kit.auth;

import io.infrafabric.access.Role;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.Supplier;

/** The token of a service, signed by itself, short-lived and made anew in time. */
public final class OwnTokens implements Supplier<Optional<String>> {
  private static final Duration LIFE = Duration.ofMinutes(5);
  private static final Duration RENEW = Duration.ofMinutes(2);

  private final SigningKey key;
  private final String name;
  private final String audience;
  private final InstantSource clock;
  private volatile Issued issued = new Issued("", Instant.MIN);

  private record Issued(String token, Instant until) {}

  /**
   * @param name of the service
   */
  public OwnTokens(SigningKey key, String name, String audience, InstantSource clock) {
    this.key = key;
    this.name = name;
    this.audience = audience;
    this.clock = clock;
  }

  @Override
  public Optional<String> get() {
    Instant now = clock.instant();
    Issued known = issued;
    if (!now.plus(RENEW).isBefore(known.until())) {
      known = new Issued(key.issue(name, Role.SERVICE, audience, now, LIFE), now.plus(LIFE));
      issued = known;
    }
    return Optional.of(known.token());
  }
}
