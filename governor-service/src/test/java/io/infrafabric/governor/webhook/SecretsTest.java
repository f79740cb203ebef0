package io.infrafabric.governor.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SecretsTest {
  /** The example that libraries for Standard Webhooks are tested with. */
  private static final String SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

  private static final String OTHER = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
  private static final byte[] BODY = "{\"test\": 2432232314}".getBytes(StandardCharsets.UTF_8);
  private static final String SIGNED = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

  @TempDir private Path folder;

  private static String sign(String text) {
    return Secrets.parse("file", text).sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, BODY);
  }

  private Path file(String text, String permissions) throws Exception {
    Path file = folder.resolve("secret");
    Files.writeString(file, text);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
    return file;
  }

  @Test
  void aSignature_isThatOfTheStandard() {
    assertThat(sign(SECRET)).isEqualTo(SIGNED);
  }

  @Test
  void twoSecrets_signBoth_soThatTheyCanBeChanged() {
    assertThat(sign("# the new one first\n" + OTHER + "\n\n" + SECRET + "\n").split(" ")).hasSize(2).contains(SIGNED);
  }

  @Test
  void aSignature_isOfIdTimeAndBody() {
    Secrets secrets = Secrets.parse("file", SECRET);
    String signed = secrets.sign("a", 1, BODY);
    assertThat(secrets.sign("b", 1, BODY)).isNotEqualTo(signed);
    assertThat(secrets.sign("a", 2, BODY)).isNotEqualTo(signed);
    assertThat(secrets.sign("a", 1, new byte[0])).isNotEqualTo(signed);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "# none", "secret", "whsec_", "whsec_c2hvcnQ=", "whsec_!!!!", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"})
  void whatIsNoSecret_isRefused_andNotShown(String text) {
    assertThatThrownBy(() -> Secrets.parse("file", text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("file ")
        .hasMessageNotContaining("c2hvcnQ")
        .hasMessageNotContaining("MfKQ");
  }

  @Test
  void aFileThatOthersMayRead_isRefused() throws Exception {
    assertThatThrownBy(() -> Secrets.read(file(SECRET, "rw-r-----"))).hasMessageContaining("chmod 600").hasMessageNotContaining("MfKQ");
    assertThat(Secrets.read(file(SECRET, "rw-------")).toString()).isEqualTo("Secrets[1]");
  }

  @Test
  void aFileThatChanges_isReadAgain_andTheOldOneGoesOnWhileItCannotBe() throws Exception {
    Path file = file(SECRET, "rw-------");
    SecretFile secrets = new SecretFile(file);
    assertThat(secrets.now().sign("a", 1, BODY)).isEqualTo(Secrets.parse("", SECRET).sign("a", 1, BODY));
    Files.writeString(file, "nonsense");
    assertThat(secrets.now().sign("a", 1, BODY)).isEqualTo(Secrets.parse("", SECRET).sign("a", 1, BODY));
    Files.writeString(file, OTHER);
    Files.setLastModifiedTime(file, FileTime.from(Instant.now().plusSeconds(60)));
    assertThat(secrets.now().sign("a", 1, BODY)).isEqualTo(Secrets.parse("", OTHER).sign("a", 1, BODY));
  }
}
