package io.infrafabric.local;

import java.nio.file.Path;
import java.util.Locale;

/** The three services. */
public enum ServiceKind {
  /** Who works on what. */
  COORDINATOR,
  /** Who may, who should, at what cost. */
  GOVERNOR,
  /** What really happened. */
  CHASSIS;

  /** Returns the name without a number: {@code coordinator}. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * Returns the folder of the built program: {@code
   * <repository>/coordinator-service/target/dist/lib}.
   */
  public Path library(Path repository) {
    return repository.resolve(label() + "-service").resolve("target/dist/lib");
  }

  String mainClass() {
    return "io.infrafabric." + label() + ".Main";
  }
}
