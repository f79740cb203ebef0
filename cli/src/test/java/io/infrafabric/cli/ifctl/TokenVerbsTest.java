package io.infrafabric.cli.ifctl;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.cli.Main;
import io.infrafabric.kit.auth.KeyRing;
import io.infrafabric.kit.auth.RevokedTokens;
import io.infrafabric.kit.auth.TokenRules;
import io.infrafabric.kit.auth.TokenVerifier;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenVerbsTest {
  @TempDir Path folder;
  private String out;

  private int run(String... arguments) {
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    PrintStream before = System.out;
    System.setOut(new PrintStream(said, true, StandardCharsets.UTF_8));
    try {
      return Main.run(arguments);
    } finally {
      System.setOut(before);
      out = said.toString(StandardCharsets.UTF_8);
    }
  }

  private String key() {
    return folder.resolve("people.pem").toString();
  }

  private void keygen() throws Exception {
    assertThat(run("ifctl", "token", "keygen", "--id", "people-1", "--out", key())).isZero();
    Files.writeString(folder.resolve("trusted.keys"), out);
  }

  @Test
  void whatIsIssued_isGoodForWhoTrustsTheKey() throws Exception {
    keygen();
    var terms = new TokenRules.Terms("infrafabric", Duration.ofSeconds(10), Duration.ofHours(1));
    TokenVerifier verifier = new TokenVerifier(KeyRing.read(folder.resolve("trusted.keys")), RevokedTokens.none(), terms, 10, InstantSource.system());

    assertThat(run("ifctl", "token", "issue", "--key", key(), "--swarm", "fox", "--ttl", "1h")).isZero();
    assertThat(verifier.verify("Bearer " + out.strip()))
        .isInstanceOfSatisfying(TokenVerifier.Verdict.Known.class, known -> assertThat(known.principal().toString()).contains("fox").contains("SWARM"));
    assertThat(run("ifctl", "token", "issue", "--key", key(), "--principal", "ann", "--role", "admin")).isZero();
    assertThat(verifier.verify("Bearer " + out.strip()))
        .isInstanceOfSatisfying(TokenVerifier.Verdict.Known.class, known -> assertThat(known.principal().toString()).contains("ann").contains("ADMIN"));
    assertThat(run("ifctl", "token", "issue", "--key", key(), "--principal", "chassis", "--role", "service")).isZero();
    assertThat(verifier.verify("Bearer " + out.strip())).as("not a role that this key may give").isInstanceOf(TokenVerifier.Verdict.Unknown.class);
  }

  @Test
  void theLineThatRevokesAToken_isWhatServicesRead() throws Exception {
    keygen();
    assertThat(run("ifctl", "token", "issue", "--key", key(), "--swarm", "fox")).isZero();
    Path token = Files.writeString(folder.resolve("fox.token"), out);
    assertThat(run("ifctl", "token", "revoke", token.toString())).isZero();
    assertThat(out).contains(" # swarm fox, until ").doesNotContain(Files.readString(token).strip().substring(0, 20));
    RevokedTokens revoked = RevokedTokens.read(Files.writeString(folder.resolve("revoked.tokens"), out));
    assertThat(revoked.size()).isEqualTo(1);
    var terms = new TokenRules.Terms("infrafabric", Duration.ofSeconds(10), Duration.ofHours(1));
    TokenVerifier verifier = new TokenVerifier(KeyRing.read(folder.resolve("trusted.keys")), revoked, terms, 10, InstantSource.system());
    assertThat(verifier.verify("Bearer " + Files.readString(token).strip())).isInstanceOf(TokenVerifier.Verdict.Unknown.class);

    assertThat(run("ifctl", "token", "revoke", folder.resolve("trusted.keys").toString())).as("no token").isEqualTo(2);
    assertThat(out).isEmpty();
  }

  @Test
  void whatMakesNoSense_isMisuse_andNothingIsPrinted() throws Exception {
    keygen();
    for (String[] wrong :
        new String[][] {
          {"--swarm", "fox", "--ttl", "61m"},
          {"--swarm", "Fox"},
          {"--swarm", "fox", "--principal", "ann", "--role", "admin"},
          {"--principal", "ann"},
          {"--principal", "ann", "--role", "root"},
          {"--principal", "ann", "--role", "swarm"},
          {}
        }) {
      String[] all = new String[5 + wrong.length];
      System.arraycopy(new String[] {"ifctl", "token", "issue", "--key", key()}, 0, all, 0, 5);
      System.arraycopy(wrong, 0, all, 5, wrong.length);
      assertThat(run(all)).as(String.join(" ", wrong)).isEqualTo(2);
      assertThat(out).isEmpty();
    }
    assertThat(run("ifctl", "token", "keygen", "--id", "people-1", "--out", key())).as("a key is never overwritten").isEqualTo(2);
    Files.setPosixFilePermissions(folder.resolve("people.pem"), PosixFilePermissions.fromString("rw-r--r--"));
    assertThat(run("ifctl", "token", "issue", "--key", key(), "--swarm", "fox")).as("others may read it").isEqualTo(2);
    assertThat(out).isEmpty();
  }
}
