package io.infrafabric.cli.demo.census;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PlainCountTest {
  @Test
  void of_countsTheLastLineWithoutALineFeed() {
    assertThat(lines("")).isZero();
    assertThat(lines("a")).isEqualTo(1);
    assertThat(lines("a\n")).isEqualTo(1);
    assertThat(lines("a\nb")).isEqualTo(2);
    assertThat(lines("\n\n")).isEqualTo(2);
  }

  @Test
  void of_digestsTheBytes() {
    assertThat(PlainCount.of("x", "abc".getBytes(StandardCharsets.US_ASCII)).sha256())
        .isEqualTo("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  }

  @ParameterizedTest
  @CsvSource({
    "a/B.java,java", "B.KTS,kotlin", "x.tar.gz,other", "Dockerfile,dockerfile", "a.b/README,text", ".gitignore,other",
    "pom.xml,xml", "noext,other", "dir.java/file,other"
  })
  void of_knowsTheLanguageByTheName(String path, String language) {
    assertThat(PlainCount.of(path, new byte[0]).language()).isEqualTo(language);
  }

  private static long lines(String content) {
    return PlainCount.of("x.txt", content.getBytes(StandardCharsets.UTF_8)).lines();
  }
}
