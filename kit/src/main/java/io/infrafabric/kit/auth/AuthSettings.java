package io.infrafabric.kit.auth;

import io.infrafabric.kit.config.Default;
import io.infrafabric.kit.config.Doc;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** Who may call a service, and who it is when it calls others. May stand as a component in a record of settings. */
public record AuthSettings(
    @Default("off") @Doc("Whether every call but health needs a token.") AuthMode mode,
    @Doc("File with the public keys whose tokens are believed; read again when it changes.") Optional<Path> keys,
    @Doc("File with the ids (jti) of tokens that are not believed any more though they have not ended; read again when it changes.") Optional<Path> revoked,
    @Doc("Private key of this service, of role service, for calls to other services; readable by its user alone.") Optional<Path> signingKey,
    @Default("infrafabric") @Doc("The fabric that tokens are for: their aud.") String audience,
    @Default("10s") @Doc("How far clocks may differ, at most 1m.") Duration leeway,
    @Default("1h") @Doc("How long a token may live, at most 1h.") Duration longest,
    @Default("10000") @Doc("Verified tokens that are remembered until they expire.") int remembered,
    @Default("10") @Doc("Refusals a second that are logged and published; all are counted.") int toldPerSecond,
    @Default("30") @Doc("Entries of the witness log a minute that this process has its refusals make at most, each a sum; none is left out of the sums.") int witnessedPerMinute,
    @Default("false") @Doc("Whether gRPC reflection is served to anybody though tokens are required.") boolean openReflection,
    @Default("false") @Doc("Whether the service may listen beyond this machine though mode is off.") boolean offBeyondLoopback) {
  /** The longest life of a token that can be set. */
  public static final Duration LONGEST = Duration.ofHours(1);

  private static final Duration MOST_LEEWAY = Duration.ofMinutes(1);

  /** Refuses what would not protect anything. */
  public AuthSettings {
    if (mode == AuthMode.REQUIRED && keys.isEmpty()) {
      throw new IllegalArgumentException("auth-mode is required: auth-keys must name the file of the public keys that are trusted");
    }
    if (longest.compareTo(LONGEST) > 0 || longest.isNegative() || longest.isZero()) {
      throw new IllegalArgumentException("auth-longest must be more than nothing and at most 1h");
    }
    if (leeway.compareTo(MOST_LEEWAY) > 0 || leeway.isNegative()) {
      throw new IllegalArgumentException("auth-leeway must be 0s to 1m");
    }
    if (audience.isBlank() || remembered < 1 || toldPerSecond < 1 || witnessedPerMinute < 1) {
      throw new IllegalArgumentException("auth-audience must not be empty, auth-remembered, auth-told-per-second and auth-witnessed-per-minute at least 1");
    }
  }

  /** Tokens are not asked for. */
  public static AuthSettings off() {
    return new AuthSettings(
        AuthMode.OFF, Optional.empty(), Optional.empty(), Optional.empty(), "infrafabric", Duration.ofSeconds(10), LONGEST, 10_000, 10, 30, false, false);
  }

  /** The same, with tokens of these keys required. */
  public AuthSettings required(Path trusted) {
    return new AuthSettings(
        AuthMode.REQUIRED, Optional.of(trusted), revoked, signingKey, audience, leeway, longest, remembered, toldPerSecond, witnessedPerMinute, openReflection, offBeyondLoopback);
  }

  /** The same, without the tokens that a file names. */
  public AuthSettings without(Path revokedTokens) {
    return new AuthSettings(
        mode, keys, Optional.of(revokedTokens), signingKey, audience, leeway, longest, remembered, toldPerSecond, witnessedPerMinute, openReflection, offBeyondLoopback);
  }

  /**
   * Refuses an address that others reach while nobody is asked who he is.
   *
   * @throws IllegalArgumentException when mode is off, the host is not of loopback and nobody has said that this is meant
   */
  public void requireSafe(String host) {
    if (mode == AuthMode.OFF && !offBeyondLoopback && !isLoopback(host)) {
      throw new IllegalArgumentException(
          "grpc-host %s is reached from other machines, and auth-mode is off: set auth-mode=required (docs/how-to/authentication.md), or auth-off-beyond-loopback=true if the network lets nobody else in"
              .formatted(host));
    }
  }

  /** True when only this machine reaches the host. */
  public static boolean isLoopback(String host) {
    try {
      return InetAddress.getByName(host).isLoopbackAddress();
    } catch (UnknownHostException unknown) {
      return false;
    }
  }
}
