package io.infrafabric.testkit.chaos;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/** {@code ./fabric chaos}: a run of any length. */
public final class Main {
  private static final Set<String> FLAGS = Set.of("--minutes", "--seed", "--claims");
  private static final String USAGE =
      """
      usage: ./fabric chaos [--minutes N] [--seed S] [--claims N]

      Starts a fabric, lets clients work on it while its coordinators, its governor, etcd and NATS are killed, frozen
      and cut off, and judges etcd's whole history and every answer by the invariants.

        --minutes N   inject faults for N minutes at least (default: until there are enough claims and faults)
        --seed S      make the same faults in the same order (default: a new one, which is printed)
        --claims N    at least so many claims (default: %d)

      exit codes: 0 clean, 1 an invariant did not hold or the run is void, 2 usage.
      """
          .formatted(ChaosSettings.CLAIMS);

  private Main() {}

  /** Ends with the exit code of the run. */
  public static void main(String[] args) throws IOException, InterruptedException {
    Map<String, Long> given = new HashMap<>();
    for (int i = 0; i < args.length; i += 2) {
      if (args[i].equals("--help") || args[i].equals("-h")) {
        System.out.print(USAGE);
        return;
      }
      if (!FLAGS.contains(args[i]) || i + 1 == args.length || !args[i + 1].matches("-?[0-9]{1,18}")) {
        System.err.print("chaos: " + args[i] + " is not understood\n" + USAGE);
        System.exit(2);
      }
      given.put(args[i], Long.parseLong(args[i + 1]));
    }
    Path home = Path.of(System.getenv().getOrDefault("IF_HOME", "")).toAbsolutePath();
    long seed = given.getOrDefault("--seed", System.nanoTime());
    Path folder = Files.createTempDirectory(Files.createDirectories(home.resolve(".fabric")), "chaos-" + seed + "-");
    Duration atLeast = Duration.ofMinutes(given.getOrDefault("--minutes", 0L));
    ChaosSettings settings =
        new ChaosSettings(home, folder, seed, given.getOrDefault("--claims", ChaosSettings.CLAIMS), ChaosSettings.FAULTS, atLeast, atLeast.plusMinutes(15));
    ChaosReport report = ChaosRun.of(settings, System.err::println);
    System.out.print(report);
    System.exit(report.isClean() ? 0 : 1);
  }
}
