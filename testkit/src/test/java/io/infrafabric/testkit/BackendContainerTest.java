package io.infrafabric.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The containers of the tests are those of {@code deploy/compose.yaml}. */
class BackendContainerTest {
  private static final Path COMPOSE =
      Path.of(System.getProperty("basedir", "")).toAbsolutePath().resolveSibling("deploy").resolve("compose.yaml");

  @ParameterizedTest
  @EnumSource(BackendContainer.class)
  void image_isThatOfTheDeployment(BackendContainer container) throws IOException {
    assertThat(Files.readAllLines(COMPOSE)).contains("    image: " + container.image());
  }
}
