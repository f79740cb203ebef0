package io.infrafabric.testkit.chaos;

import java.nio.file.Path;
import java.time.Duration;

/**
 * What a run is to do.
 *
 * @param repository whose built services are run
 * @param folder for data and logs of the run
 * @param seed of the faults and of every client
 * @param claims at least so many
 * @param faults at least so many
 * @param atLeast how long faults are injected at least, zero: as long as it takes
 * @param atMost after which a run that has not done enough is ended, and void
 */
public record ChaosSettings(Path repository, Path folder, long seed, long claims, int faults, Duration atLeast, Duration atMost) {
  /** What makes a run in CI count. */
  public static final long CLAIMS = 20_000;

  /** What makes a run in CI count. */
  public static final int FAULTS = 20;

  /** A run as CI does it. */
  public static ChaosSettings ofCi(Path repository, Path folder, long seed) {
    return new ChaosSettings(repository, folder, seed, CLAIMS, FAULTS, Duration.ZERO, Duration.ofMinutes(15));
  }
}
