package io.infrafabric.kit.grpc;

import io.infrafabric.kit.auth.AuthSettings;
import io.infrafabric.kit.auth.OwnTokens;
import io.infrafabric.kit.auth.SigningKey;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * As whom a client calls.
 *
 * @param tls whom it trusts, and its own certificate if it has one
 * @param token asked for with every call; empty when there is none
 */
public record CallerIdentity(TlsSettings tls, Supplier<Optional<String>> token) {
  /** As nobody, in plaintext. */
  public static CallerIdentity nobody() {
    return new CallerIdentity(TlsSettings.none(), Optional::empty);
  }

  /**
   * As a service, with tokens that it signs itself if it has a key.
   *
   * @throws IllegalArgumentException when the key cannot be used
   */
  public static CallerIdentity ofService(String instance, AuthSettings auth, TlsSettings tls, InstantSource clock) {
    Supplier<Optional<String>> token =
        auth.signingKey()
            .<Supplier<Optional<String>>>map(file -> new OwnTokens(SigningKey.read(file), instance, auth.audience(), clock))
            .orElse(Optional::empty);
    return new CallerIdentity(tls, token);
  }
}
