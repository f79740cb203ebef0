package io.infrafabric.cli.fabric;

import java.nio.file.Path;

/** The checkout this program belongs to; below its {@code .fabric} lies everything that a run writes. */
public final class Home {
  private Home() {}

  /** The folder in {@code IF_HOME}, which {@code ./fabric} sets, or the working directory. */
  public static Path path() {
    String home = System.getenv("IF_HOME");
    return Path.of(home == null || home.isBlank() ? "" : home).toAbsolutePath().normalize();
  }
}
