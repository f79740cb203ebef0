package io.infrafabric.kit.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SealKeyTest {
  private static final String PURPOSE = "some thing v1";
  private static final byte[] CONTENT = "content".getBytes(StandardCharsets.UTF_8);

  @TempDir private Path folder;

  @Test
  void seal_isGoodForItsContentAndItsPurpose_only() {
    SealKey key = SealKey.parse(SigningKey.generate("k1", folder.resolve("k1.pem")));
    SealKey other = SealKey.parse(SigningKey.generate("k2", folder.resolve("k2.pem")));
    byte[] seal = SigningKey.read(folder.resolve("k1.pem")).seal(PURPOSE, CONTENT);
    assertThat(seal).hasSize(64);
    assertThat(key.verifies(PURPOSE, CONTENT, seal)).isTrue();
    assertThat(key.verifies("some thing v2", CONTENT, seal)).isFalse();
    assertThat(key.verifies(PURPOSE, "Content".getBytes(StandardCharsets.UTF_8), seal)).isFalse();
    assertThat(key.verifies(PURPOSE, CONTENT, new byte[64])).isFalse();
    assertThat(key.verifies(PURPOSE, CONTENT, new byte[3])).isFalse();
    assertThat(other.verifies(PURPOSE, CONTENT, seal)).isFalse();
  }

  /** A token's signed text has no blank, so that no purpose may be one word. */
  @ParameterizedTest
  @ValueSource(strings = {"", "word", "two  blanks", " a b", "a b ", "A b", "a\nb c"})
  void purpose_isWordsWithBlanksBetweenThem(String purpose) {
    assertThatThrownBy(() -> SealKey.sealed(purpose, CONTENT)).isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "AAAA", "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo=", "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHUR "})
  void malformedKey_isRefused(String text) {
    assertThatThrownBy(() -> SealKey.parse(text)).isInstanceOf(IllegalArgumentException.class);
  }
}
