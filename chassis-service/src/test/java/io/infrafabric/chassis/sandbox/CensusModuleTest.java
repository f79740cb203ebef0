package io.infrafabric.chassis.sandbox;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.chassis.sandbox.ExecutionResult.Failed;
import io.infrafabric.chassis.sandbox.ExecutionResult.Succeeded;
import java.io.InputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The example module, as the build made it, in the sandbox that it will run in. */
class CensusModuleTest {
  private static LoadedModule census;

  @BeforeAll
  static void load() throws Exception {
    try (InputStream in = CensusModuleTest.class.getResourceAsStream("/modules/census.wasm")) {
      census = new EndiveEngine(2).load(in.readAllBytes(), ExecutionLimits.DEFAULT);
    }
  }

  @Test
  void counts_equalThoseOfTheJdk() throws Exception {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    int[] sizes = {0, 1, 55, 56, 57, 63, 64, 65, 119, 120, 128, 4096, 65_535, 65_536, 65_537, 300_000, 5_000_000};
    for (int size : sizes) {
      byte[] content = new byte[size];
      random.nextBytes(content);
      assertThat(count("a.bin", content)).as("seed %d, size %d", seed, size).isEqualTo(expected("a.bin", "other", content));
    }
    for (int i = 0; i < 200; i++) {
      byte[] content = new byte[random.nextInt(2_000)];
      random.nextBytes(content);
      assertThat(count("a.bin", content)).as("seed %d", seed).isEqualTo(expected("a.bin", "other", content));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "kit/src/main/java/A.java, java", "proto/a.proto, proto", "pom.xml, xml", "README.md, markdown", "a.yaml, yaml",
    "b.yml, yaml", "c.json, json", "x/fabric.sh, shell", "e.py, python", "e.mjs, javascript", "f.tsx, typescript",
    "g.go, go", "h.rs, rust", "i.h, c", "j.cpp, c++", "k.html, html", "l.css, css", "m.sql, sql", "n.txt, text",
    "LICENSE, text", "deploy/Dockerfile, dockerfile", "a.java/file, other", "q.unknown, other", "UPPER.JAVA, java",
  })
  void language_isToldByTheName(String path, String language) throws Exception {
    byte[] content = "one\ntwo".getBytes(StandardCharsets.US_ASCII);
    assertThat(count(path, content)).isEqualTo(expected(path, language, content));
  }

  @Test
  void path_isEscapedForJson() throws Exception {
    assertThat(count("a\"b\\c\td\u00e4.md", new byte[0])).startsWith("{\"path\":\"a\\\"b\\\\c\\u0009d\u00e4.md\",");
  }

  @Test
  void inputWithoutPathLine_exitsWithTwo() throws Exception {
    assertThat(census.run(new byte[0], piece -> {}))
        .isInstanceOfSatisfying(Failed.class, failed -> assertThat(failed.exitCode()).isEqualTo(2));
    assertThat(census.run("no line".getBytes(StandardCharsets.US_ASCII), piece -> {}))
        .isInstanceOfSatisfying(Failed.class, failed -> assertThat(failed.log()).startsWith("census: "));
  }

  private static String count(String path, byte[] content) throws Exception {
    byte[] line = (path + "\n").getBytes(StandardCharsets.UTF_8);
    byte[] payload = java.util.Arrays.copyOf(line, line.length + content.length);
    System.arraycopy(content, 0, payload, line.length, content.length);
    ByteArrayOutputStream written = new ByteArrayOutputStream();
    assertThat(census.run(payload, written::writeBytes)).isInstanceOf(Succeeded.class);
    return written.toString(StandardCharsets.UTF_8);
  }

  private static String expected(String path, String language, byte[] content) throws Exception {
    int lines = 0;
    for (byte b : content) {
      lines += b == '\n' ? 1 : 0;
    }
    if (content.length > 0 && content[content.length - 1] != '\n') {
      lines++;
    }
    return "{\"path\":\"%s\",\"language\":\"%s\",\"bytes\":%d,\"lines\":%d,\"sha256\":\"%s\"}\n"
        .formatted(
            path, language, content.length, lines, HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content)));
  }
}
