package io.infrafabric.cli.demo.swarm;

import java.time.Duration;
import java.util.SplittableRandom;

/**
 * How an agent does one attempt at a task; the same attempt always goes the same way.
 *
 * @param work how long it takes
 * @param reports whether it reports progress half-way
 * @param ending how it ends
 */
record Behaviour(Duration work, boolean reports, Ending ending) {
  /** How an attempt ends. */
  enum Ending {
    /** Done. */
    COMPLETE,
    /** It went wrong and may be tried again. */
    FAIL,
    /** Given back undone. */
    RELEASE
  }

  private static final int SHORTEST_MILLIS = 5;
  private static final int LONGEST_MILLIS = 30;
  private static final double REPORTS = 0.4;
  private static final double FAILS = 0.10;
  private static final double RELEASES = 0.08;

  /** What happens to that attempt; nothing goes wrong after the third. */
  static Behaviour of(long seed, String taskId, int attempt) {
    SplittableRandom random = new SplittableRandom(seed ^ (31L * taskId.hashCode() + attempt) * 0x9E3779B97F4A7C15L);
    Duration work = Duration.ofMillis(random.nextInt(SHORTEST_MILLIS, LONGEST_MILLIS + 1));
    boolean reports = random.nextDouble() < REPORTS;
    double luck = attempt > 3 ? 1 : random.nextDouble();
    Ending ending = luck < FAILS ? Ending.FAIL : luck < FAILS + RELEASES ? Ending.RELEASE : Ending.COMPLETE;
    return new Behaviour(work, reports, ending);
  }
}
