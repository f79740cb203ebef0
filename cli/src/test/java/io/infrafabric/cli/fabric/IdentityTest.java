package io.infrafabric.cli.fabric;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.access.Role;
import io.infrafabric.kit.auth.SigningKey;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IdentityTest {
  @TempDir Path folder;

  @Test
  void aFile_goesBeforeTheEnvironment_andIsReadAgain() throws Exception {
    Map<String, String> env = Map.of("IF_TOKEN", "from-the-environment");
    assertThat(Identity.token(null, env).get()).contains("from-the-environment");
    assertThat(Identity.token(null, Map.of("IF_TOKEN", " ")).get()).isEmpty();
    Path file = Files.writeString(folder.resolve("token"), "first\n");
    var token = Identity.token(file, env);
    assertThat(token.get()).contains("first");
    Files.writeString(file, "the second\n");
    assertThat(token.get()).contains("the second");
  }

  @Test
  void whoseNameThingsAreDoneIn_isThatOfTheToken() {
    Path file = folder.resolve("people.pem");
    SigningKey.generate("people", Set.of(Role.OPERATOR), file);
    String token = SigningKey.read(file).issue("ann@example.org", Role.OPERATOR, "infrafabric", Instant.now(), Duration.ofMinutes(1));
    assertThat(Identity.subject(token)).contains("ann@example.org");
    assertThat(Identity.subject("not.a.token")).isEmpty();
    assertThat(Identity.subject("")).isEmpty();
  }

  @Test
  void aProgramThatIsRun_seesNoToken() {
    Map<String, String> env = new HashMap<>(Map.of("IF_TOKEN", "x", "IF_TOKEN_FILE", "y", "PATH", "z"));
    Identity.dropFrom(env);
    assertThat(env).containsOnlyKeys("PATH");
  }
}
