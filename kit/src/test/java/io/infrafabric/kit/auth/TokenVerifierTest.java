package io.infrafabric.kit.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.infrafabric.access.Role;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenVerifierTest {
  private static final Instant START = Instant.parse("2026-01-31T12:00:00Z");
  private static final TokenRules.Terms TERMS = new TokenRules.Terms(Tokens.AUDIENCE, Duration.ofSeconds(10), Duration.ofHours(1));

  @TempDir Path folder;
  private Tokens tokens;
  private KeyRing ring;
  private RevokedTokens revoked;
  private TokenVerifier verifier;
  private Instant now = START;

  @BeforeEach
  void open() {
    tokens = new Tokens(folder);
    ring = KeyRing.read(tokens.trusted());
    revoked = RevokedTokens.read(write(""));
    verifier = new TokenVerifier(ring, revoked, TERMS, 100, () -> now);
  }

  private Path write(String revokedTokens) {
    try {
      return Files.writeString(folder.resolve("revoked.tokens"), revokedTokens);
    } catch (java.io.IOException unwritable) {
      throw new java.io.UncheckedIOException(unwritable);
    }
  }

  private ErrorCode refused(String token) {
    return refusal(token).code();
  }

  private Refusal refusal(String token) {
    return ((TokenVerifier.Verdict.Unknown) verifier.verify("Bearer " + token)).refusal();
  }

  private Principal known(String token) {
    return ((TokenVerifier.Verdict.Known) verifier.verify("Bearer " + token)).principal();
  }

  private String signed(String subject, Role role, String audience, Duration fromNow, Duration life) {
    Instant from = START.plus(fromNow);
    return tokens.people().sign(new TokenClaims(subject, role, audience, from, from.plus(life), "t-1"));
  }

  private static String part(String json) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(json.getBytes(StandardCharsets.UTF_8));
  }

  /** Signed by a trusted key, whatever it says. */
  private String forged(String header, String claims) {
    String signed = part(header) + "." + part(claims);
    return signed + "." + Ed25519.text(Ed25519.sign(privateKey(), signed.getBytes(StandardCharsets.US_ASCII)));
  }

  private java.security.PrivateKey privateKey() {
    try {
      String pem = Files.readString(folder.resolve("people.pem"));
      return Ed25519.privateKey(Base64.getMimeDecoder().decode(pem.replaceAll("(?s).*BEGIN PRIVATE KEY-----|-----END.*", "")));
    } catch (java.io.IOException unreadable) {
      throw new java.io.UncheckedIOException(unreadable);
    }
  }

  @Test
  void aGoodToken_saysWhoCalls() {
    Principal caller = known(tokens.token("s-1", Role.SWARM, START));

    assertThat(caller.subject()).isEqualTo("s-1");
    assertThat(caller.role()).isEqualTo(Role.SWARM);
    assertThat(caller.keyId()).isEqualTo("people");
    assertThat(caller.expiresAt()).isEqualTo(START.plus(Duration.ofMinutes(15)));
    assertThat(caller.tokenId()).hasSize(26);
  }

  @Test
  void aCallWithoutOne_isUnauthenticated() {
    for (String header : new String[] {null, "", "  "}) {
      assertThat(verifier.verify(header)).isInstanceOfSatisfying(TokenVerifier.Verdict.Unknown.class,
          said -> assertThat(said.refusal().code()).isEqualTo(ErrorCode.ERROR_CODE_UNAUTHENTICATED));
    }
    assertThat(((TokenVerifier.Verdict.Unknown) verifier.verify("Basic YTpi")).refusal().code()).isEqualTo(ErrorCode.ERROR_CODE_TOKEN_INVALID);
  }

  @Test
  void aToken_expires_alsoWhenItIsRemembered() {
    String token = tokens.token("s-1", Role.SWARM, START);
    now = START.plus(Duration.ofMinutes(15)).plusSeconds(9);
    assertThat(known(token).subject()).isEqualTo("s-1"); // within the leeway
    assertThat(verifier.remembered()).isEqualTo(1);

    now = START.plus(Duration.ofMinutes(15)).plusSeconds(10);
    assertThat(refused(token)).isEqualTo(ErrorCode.ERROR_CODE_TOKEN_EXPIRED);
    assertThat(verifier.remembered()).isZero();
    assertThat(refused(token)).isEqualTo(ErrorCode.ERROR_CODE_TOKEN_EXPIRED); // and when it is not
  }

  @Test
  void aToken_livesAnHourAtMost_andIsNotGoodBefore() {
    assertThat(known(signed("s-1", Role.SWARM, Tokens.AUDIENCE, Duration.ZERO, Duration.ofHours(1))).subject()).isEqualTo("s-1");
    assertThat(refusal(signed("s-1", Role.SWARM, Tokens.AUDIENCE, Duration.ZERO, Duration.ofSeconds(3_601))).message()).contains("PT1H at most");
    assertThat(refusal(signed("s-1", Role.SWARM, Tokens.AUDIENCE, Duration.ZERO, Duration.ZERO)).code()).isEqualTo(ErrorCode.ERROR_CODE_TOKEN_INVALID);
    assertThat(refusal(signed("s-1", Role.SWARM, Tokens.AUDIENCE, Duration.ofSeconds(11), Duration.ofMinutes(1))).message()).contains("not good yet");
    assertThat(known(signed("s-1", Role.SWARM, Tokens.AUDIENCE, Duration.ofSeconds(10), Duration.ofMinutes(1))).subject()).isEqualTo("s-1");
  }

  @Test
  void aToken_ofAnotherFabric_orOfAKeyThatMayNotGiveTheRole_isInvalid() {
    assertThat(refusal(signed("s-1", Role.SWARM, "other", Duration.ZERO, Duration.ofMinutes(1))).message()).contains("another fabric");
    assertThat(refusal(signed("chassis-1", Role.SERVICE, Tokens.AUDIENCE, Duration.ZERO, Duration.ofMinutes(1))).message())
        .contains("key people gives no tokens of role service");
    assertThat(refusal(signed("A B", Role.SWARM, Tokens.AUDIENCE, Duration.ZERO, Duration.ofMinutes(1))).message()).contains("sub is no name");
    assertThat(refusal(signed("alice@example.org", Role.SWARM, Tokens.AUDIENCE, Duration.ZERO, Duration.ofMinutes(1))).message()).contains("sub");
    assertThat(known(signed("alice@example.org", Role.ADMIN, Tokens.AUDIENCE, Duration.ZERO, Duration.ofMinutes(1))).role()).isEqualTo(Role.ADMIN);
  }

  @Test
  void aToken_ofAKeyThatIsNotTrusted_isInvalid() {
    Tokens others = new Tokens(folder("others"));
    assertThat(refusal(others.token("s-1", Role.SWARM, START)).message()).contains("signature is not that of key people");
    SigningKey unknown = others.key("unknown", Set.of(Role.SWARM));
    assertThat(refusal(unknown.issue("s-1", Role.SWARM, Tokens.AUDIENCE, START, Duration.ofMinutes(1))).message()).contains("key unknown is not trusted");
  }

  private Path folder(String name) {
    try {
      return Files.createDirectory(folder.resolve(name));
    } catch (java.io.IOException unwritable) {
      throw new java.io.UncheckedIOException(unwritable);
    }
  }

  /** Whatever one character is changed to. */
  @Test
  void aToken_thatWasTamperedWith_isInvalid() {
    String token = tokens.token("s-1", Role.SWARM, START);
    for (int i = 0; i < token.length(); i++) {
      for (char other : new char[] {'A', 'B', '-', '.', '=', '\u00e9'}) {
        if (token.charAt(i) != other) {
          String tampered = token.substring(0, i) + other + token.substring(i + 1);
          assertThat(refused(tampered)).as(tampered).isEqualTo(ErrorCode.ERROR_CODE_TOKEN_INVALID);
        }
      }
    }
    assertThat(verifier.remembered()).isZero();
  }

  @Test
  void aToken_thatSaysAnythingElse_isInvalid() {
    String header = "{\"alg\":\"EdDSA\",\"typ\":\"JWT\",\"kid\":\"people\"}";
    long iat = START.getEpochSecond();
    String claims = "{\"sub\":\"s-1\",\"role\":\"swarm\",\"aud\":\"infrafabric\",\"iat\":%d,\"exp\":%d,\"jti\":\"t\"}".formatted(iat, iat + 60);
    assertThat(known(forged(header, claims)).subject()).isEqualTo("s-1");

    List<String> forgeries = new ArrayList<>();
    for (String alg : List.of("none", "None", "HS256", "ES256", "eddsa", "")) {
      forgeries.add(forged(header.replace("EdDSA", alg), claims));
    }
    forgeries.add(part("{\"alg\":\"none\"}") + "." + part(claims) + ".");
    forgeries.add(part(header.replace("EdDSA", "none")) + "." + part(claims) + "." + "A".repeat(86));
    forgeries.add(forged(header.replace("\"typ\"", "\"crit\":[\"x\"],\"typ\""), claims));
    forgeries.add(forged(header.replace("\"typ\"", "\"jwk\":\"x\",\"typ\""), claims));
    forgeries.add(forged(header.replace("{", "{\"kid\":\"services\","), claims)); // twice
    forgeries.add(forged(header, claims.replace("\"role\"", "\"role\":\"admin\",\"role\"")));
    forgeries.add(forged(header, claims.replace("\"swarm\"", "\"root\"")));
    forgeries.add(forged(header, claims.replace("\"swarm\"", "[\"swarm\"]")));
    forgeries.add(forged(header, claims.replace("\"infrafabric\"", "[\"infrafabric\"]")));
    forgeries.add(forged(header, claims.replace("{", "{\"nbf\":0,")));
    forgeries.add(forged(header, claims.replace(String.valueOf(iat + 60), "1e12")));
    forgeries.add(forged(header, claims.replace(String.valueOf(iat + 60), "\"" + (iat + 60) + "\"")));
    forgeries.add(forged(header, claims.replace("\"t\"", "\"t\\n\"")));
    forgeries.add(forged(header, claims + " x"));
    forgeries.add(forged(header, claims.replace("\"sub\"", "sub")));
    forgeries.add(forged("[]", claims));
    forgeries.add(forged(header, "{}"));
    forgeries.add("a.b");
    forgeries.add("....");
    forgeries.add("x".repeat(100_000));
    forgeries.forEach(token -> assertThat(refused(token)).as(token).isEqualTo(ErrorCode.ERROR_CODE_TOKEN_INVALID));
  }

  @Test
  void aVerifiedToken_isNotVerifiedAgain_untilItsKeyGoes() throws Exception {
    String token = tokens.token("s-1", Role.SWARM, START);
    Principal first = known(token);
    assertThat(known(token)).isSameAs(first);

    SigningKey next = tokens.key("next", Set.of(Role.SWARM));
    ring.runOnce();
    assertThat(known(token).subject()).isEqualTo("s-1"); // both are good while keys are changed
    assertThat(known(next.issue("s-2", Role.SWARM, Tokens.AUDIENCE, START, Duration.ofMinutes(1))).keyId()).isEqualTo("next");

    List<String> left = Files.readAllLines(tokens.trusted()).stream().filter(line -> !line.startsWith("people ")).toList();
    Files.write(tokens.trusted(), left);
    ring.runOnce();
    assertThat(refusal(token).message()).contains("key people is not trusted");
  }

  @Test
  void aFileOfKeys_thatBecameUnusable_leavesThemWhatTheyWere() throws Exception {
    Files.writeString(tokens.trusted(), "people swarm\n", StandardOpenOption.TRUNCATE_EXISTING);
    ring.runOnce();
    assertThat(known(tokens.token("s-1", Role.SWARM, START)).subject()).isEqualTo("s-1");
    assertThatThrownBy(() -> TrustedKeys.read(tokens.trusted())).hasMessageContaining("line 1");
    Files.writeString(tokens.trusted(), "# none\n");
    assertThatThrownBy(() -> KeyRing.read(tokens.trusted())).hasMessageContaining("has no key");
  }

  @Test
  void aRevokedToken_isInvalid_rememberedOrNot_andItsRefusalSaysWhichItWas() {
    String lost = tokens.token("s-1", Role.SWARM, START);
    String other = tokens.token("s-1", Role.SWARM, START);
    Principal bearer = known(lost);
    write(RevokedTokens.line(lost) + "\n\n  t-17 # by hand\n");
    revoked.runOnce();
    assertThat(revoked.size()).isEqualTo(2);
    for (TokenVerifier any : List.of(verifier, new TokenVerifier(ring, revoked, TERMS, 100, () -> now))) {
      assertThat(any.verify("Bearer " + lost))
          .isInstanceOfSatisfying(
              TokenVerifier.Verdict.Unknown.class,
              said -> {
                assertThat(said.refusal().code()).isEqualTo(ErrorCode.ERROR_CODE_TOKEN_INVALID);
                assertThat(said.refusal().message()).isEqualTo("the token is not accepted: it was revoked");
                assertThat(said.claimed()).contains(bearer);
              });
    }
    assertThat(known(other).subject()).isEqualTo("s-1");
    now = START.plus(Duration.ofHours(1));
    assertThat(refused(lost)).as("when it has ended there is nothing to revoke").isEqualTo(ErrorCode.ERROR_CODE_TOKEN_EXPIRED);
  }

  @Test
  void aFileOfRevokedTokens_thatBecameUnusable_leavesThemRevoked() throws Exception {
    String lost = tokens.token("s-1", Role.SWARM, START);
    write(RevokedTokens.line(lost) + "\n");
    revoked.runOnce();
    write("what is this\n");
    revoked.runOnce();
    assertThat(refused(lost)).isEqualTo(ErrorCode.ERROR_CODE_TOKEN_INVALID);
    Files.delete(folder.resolve("revoked.tokens"));
    revoked.runOnce();
    assertThat(refused(lost)).isEqualTo(ErrorCode.ERROR_CODE_TOKEN_INVALID);
    assertThatThrownBy(() -> RevokedTokens.read(folder.resolve("revoked.tokens"))).hasMessageContaining("revoked.tokens");
    assertThatThrownBy(() -> RevokedTokens.read(write("ok\n" + "t\n".repeat(2) + "a b\n"))).hasMessageContaining("line 4 is not the id");
    StringBuilder many = new StringBuilder();
    for (int i = 0; i <= 10_000; i++) {
      many.append("t-").append(i).append('\n');
    }
    assertThatThrownBy(() -> RevokedTokens.read(write(many.toString()))).hasMessageContaining("more than 10000");
  }

  @Test
  void theLineThatRevokesAToken_showsNothingElseOfIt() {
    String token = tokens.token("s-1", Role.SWARM, START);
    assertThat(RevokedTokens.line(token)).isEqualTo(known(token).tokenId() + " # swarm s-1, until 2026-01-31T12:15:00Z");
    assertThatThrownBy(() -> RevokedTokens.line("no token"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("this is no token");
    String broken = token.substring(0, token.length() - 3);
    assertThatThrownBy(() -> RevokedTokens.line(broken)).satisfies(failure -> assertThat(stack(failure)).doesNotContain(broken.substring(broken.lastIndexOf('.') + 1)));
  }

  @Test
  void whatIsRemembered_isBounded() {
    for (int i = 0; i < 150; i++) {
      known(tokens.token("s-" + i, Role.SWARM, START));
    }
    assertThat(verifier.remembered()).isBetween(1L, 100L);
  }

  @Test
  void aPrivateKey_isReadableByItsUserAlone_andNotOverwritten() throws Exception {
    Path file = folder.resolve("people.pem");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file))).isEqualTo("rw-------");
    assertThatThrownBy(() -> SigningKey.generate("people", Set.of(Role.SWARM), file)).hasMessageContaining("never overwritten");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
    assertThatThrownBy(() -> SigningKey.read(file)).hasMessageContaining("chmod 600");
  }

  /** RFC 8037, appendix A.4: the key and the signature of a JWS. */
  @Test
  void signatures_areThoseOfTheStandard() {
    String signed = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
    byte[] signature = Base64.getUrlDecoder().decode("hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg");
    byte[] message = signed.getBytes(StandardCharsets.US_ASCII);
    assertThat(Ed25519.verify(Ed25519.publicKey("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"), message, signature)).isTrue();
    message[0]++;
    assertThat(Ed25519.verify(Ed25519.publicKey("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"), message, signature)).isFalse();
  }

  @Test
  void aService_signsItsOwnTokens_andRenewsThemInTime() {
    OwnTokens own = new OwnTokens(SigningKey.read(tokens.services()), "chassis-1", Tokens.AUDIENCE, () -> now);
    String first = own.get().orElseThrow();
    assertThat(known(first).role()).isEqualTo(Role.SERVICE);
    assertThat(own.get()).contains(first);
    now = START.plus(Duration.ofMinutes(3));
    assertThat(own.get().orElseThrow()).isNotEqualTo(first);
    assertThat(known(own.get().orElseThrow()).subject()).isEqualTo("chassis-1");
  }

  @Test
  void aFileWithAToken_isReadAgainWhenItChanges() throws Exception {
    Path file = folder.resolve("token");
    Files.writeString(file, "one\n");
    TokenFile token = new TokenFile(file);
    assertThat(token.get()).contains("one");
    Files.writeString(file, "two-two\n");
    assertThat(token.get()).contains("two-two");
  }

  /** Neither a refusal nor a text of an object shows a token or a key. */
  @Test
  void nothing_showsATokenOrAKey() throws Exception {
    String token = tokens.token("s-1", Role.SWARM, START);
    String pem = Files.readString(folder.resolve("people.pem")).replaceAll("(?s).*-----BEGIN PRIVATE KEY-----\\s*(.*?)\\s*-----END.*", "$1");
    List<String> shown = new ArrayList<>();
    for (String bad : List.of(token + "x", token.replace('.', ':'), token + "." + token, token.substring(1))) {
      shown.add(refusal(bad).toString());
    }
    now = START.plus(Duration.ofHours(2));
    shown.add(refusal(token).toString());
    shown.add(SigningKey.read(folder.resolve("people.pem")).toString());
    Path broken = folder.resolve("broken.pem");
    Files.writeString(broken, Files.readString(folder.resolve("people.pem")).replace(pem, pem.substring(4)));
    Files.setPosixFilePermissions(broken, PosixFilePermissions.fromString("rw-------"));
    assertThatThrownBy(() -> SigningKey.read(broken)).satisfies(failure -> shown.add(stack(failure)));

    String signature = token.substring(token.lastIndexOf('.') + 1);
    assertThat(shown).hasSize(7).allSatisfy(text -> assertThat(text).doesNotContain(signature).doesNotContain(signature.substring(10, 40)).doesNotContain(pem.substring(8, 40)));
  }

  private static String stack(Throwable failure) {
    java.io.StringWriter text = new java.io.StringWriter();
    failure.printStackTrace(new java.io.PrintWriter(text));
    return text.toString();
  }
}
