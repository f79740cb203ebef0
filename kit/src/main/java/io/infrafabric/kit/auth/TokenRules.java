package io.infrafabric.kit.auth;

import io.infrafabric.access.Role;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;
import io.infrafabric.names.Ids;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.regex.Pattern;

/** Whether a token that its key has really signed is good now. */
public final class TokenRules {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._@-]{0,127}");

  private TokenRules() {}

  /**
   * What a token has to be.
   *
   * @param leeway how far clocks may differ
   * @param longest how long it may live
   */
  public record Terms(String audience, Duration leeway, Duration longest) {}

  /** The refusal; empty when the token is good. */
  static Optional<Refusal> decide(TokenClaims claims, TrustedKey key, Terms terms, Instant now) {
    if (!key.roles().contains(claims.role())) {
      return invalid("key %s gives no tokens of role %s".formatted(key.id(), claims.role().word()));
    }
    if (!isName(claims.role(), claims.subject())) {
      return invalid("sub is no name of a " + claims.role().word());
    }
    if (!Ids.isRequestId(claims.id())) {
      return invalid("jti is not 1 to 128 letters, digits and . _ : -");
    }
    if (!claims.audience().equals(terms.audience())) {
      return invalid("it is for another fabric: aud is not " + terms.audience());
    }
    Duration life = Duration.between(claims.issuedAt(), claims.expiresAt());
    if (life.isNegative() || life.isZero() || life.compareTo(terms.longest()) > 0) {
      return invalid("it may live for %s at most, and lives for %s".formatted(terms.longest(), life));
    }
    if (claims.issuedAt().isAfter(now.plus(terms.leeway()))) {
      return invalid("it is not good yet: issued at %s, here it is %s".formatted(claims.issuedAt(), now));
    }
    if (isOver(claims.expiresAt(), terms.leeway(), now)) {
      return Optional.of(expired(claims.expiresAt()));
    }
    return Optional.empty();
  }

  /** True when the end has passed, clocks that differ considered. */
  static boolean isOver(Instant expiresAt, Duration leeway, Instant now) {
    return !now.isBefore(expiresAt.plus(leeway));
  }

  static Refusal expired(Instant expiresAt) {
    return Refusal.of(ErrorCode.ERROR_CODE_TOKEN_EXPIRED, "the token expired at " + expiresAt);
  }

  /** Swarms have ids; people and services may have an address as well. */
  public static boolean isName(Role role, String subject) {
    return role == Role.SWARM ? Ids.isId(subject) : NAME.matcher(subject).matches();
  }

  private static Optional<Refusal> invalid(String why) {
    return Optional.of(refusal(why));
  }

  static Refusal refusal(String why) {
    return Refusal.of(ErrorCode.ERROR_CODE_TOKEN_INVALID, "the token is not accepted: " + why);
  }
}
