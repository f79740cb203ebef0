package io.infrafabric.kit.auth;

import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import com.google.common.hash.HashCode;
import com.google.common.hash.Hashing;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;
import io.infrafabric.names.Ids;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;

/**
 * Says who calls. A signature is verified once: a token that was good is remembered by its SHA-256 until it expires, its key goes or there
 * is no room, so that a call costs a hash and a look.
 */
public final class TokenVerifier {
  private static final String BEARER = "Bearer ";

  private final KeyRing ring;
  private final RevokedTokens revoked;
  private final TokenRules.Terms terms;
  private final InstantSource clock;
  private final Cache<HashCode, Principal> verified;

  /** What is said of a call. */
  public sealed interface Verdict {
    /** It is this one. */
    record Known(Principal principal) implements Verdict {}

    /** UNAUTHENTICATED, TOKEN_INVALID or TOKEN_EXPIRED. */
    record Unknown(Refusal refusal, Optional<Principal> claimed) implements Verdict {}
  }

  /**
   * @param remembered tokens at most
   */
  public TokenVerifier(KeyRing ring, RevokedTokens revoked, TokenRules.Terms terms, int remembered, InstantSource clock) {
    this.ring = ring;
    this.revoked = revoked;
    this.terms = terms;
    this.clock = clock;
    this.verified = CacheBuilder.newBuilder().maximumSize(remembered).build();
    ring.onChange(verified::invalidateAll);
  }

  /**
   * Who calls.
   *
   * @param authorization the header: {@code Bearer} and a token; null when there is none
   */
  public Verdict verify(String authorization) {
    if (authorization == null || authorization.isBlank()) {
      return unknown(Refusal.of(ErrorCode.ERROR_CODE_UNAUTHENTICATED, "the call has no token"));
    }
    if (!authorization.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
      return unknown(TokenRules.refusal("the header is not \"Bearer\" and a token"));
    }
    String token = authorization.substring(BEARER.length()).strip();
    if (token.length() > TokenText.MOST_CHARACTERS) {
      return unknown(TokenRules.refusal("it is longer than %d characters".formatted(TokenText.MOST_CHARACTERS)));
    }
    HashCode digest = Hashing.sha256().hashString(token, StandardCharsets.UTF_8);
    Principal known = verified.getIfPresent(digest);
    Verdict verdict = known == null ? look(token, digest) : stillGood(known, digest);
    return verdict instanceof Verdict.Known(Principal caller) && revoked.contains(caller.tokenId())
        ? new Verdict.Unknown(TokenRules.refusal("it was revoked"), Optional.of(caller))
        : verdict;
  }

  /** Tokens that are remembered now. */
  public long remembered() {
    return verified.size();
  }

  private Verdict stillGood(Principal known, HashCode digest) {
    if (TokenRules.isOver(known.expiresAt(), terms.leeway(), clock.instant())) {
      verified.invalidate(digest);
      return new Verdict.Unknown(TokenRules.expired(known.expiresAt()), Optional.of(known));
    }
    return new Verdict.Known(known);
  }

  private Verdict look(String token, HashCode digest) {
    TokenText text;
    try {
      text = TokenText.parse(token);
    } catch (TokenText.Malformed malformed) {
      return unknown(TokenRules.refusal(malformed.getMessage()));
    }
    Optional<TrustedKey> key = ring.keys().find(text.keyId());
    if (key.isEmpty()) {
      return unknown(TokenRules.refusal("its key%s is not trusted".formatted(Ids.isId(text.keyId()) ? " " + text.keyId() : "")));
    }
    if (!Ed25519.verify(key.get().key(), text.signed(), text.signature())) {
      return unknown(TokenRules.refusal("its signature is not that of key " + text.keyId()));
    }
    TokenClaims claims = text.claims();
    Instant now = clock.instant();
    Principal principal = new Principal(claims.subject(), claims.role(), claims.id(), text.keyId(), claims.expiresAt());
    Optional<Refusal> refusal = TokenRules.decide(claims, key.get(), terms, now);
    if (refusal.isPresent()) {
      return new Verdict.Unknown(refusal.get(), Optional.of(principal));
    }
    verified.put(digest, principal);
    // A key that was taken away meanwhile takes the token with it.
    if (ring.keys().find(text.keyId()).filter(key.get()::equals).isEmpty()) {
      verified.invalidate(digest);
    }
    return new Verdict.Known(principal);
  }

  private static Verdict unknown(Refusal refusal) {
    return new Verdict.Unknown(refusal, Optional.empty());
  }
}
