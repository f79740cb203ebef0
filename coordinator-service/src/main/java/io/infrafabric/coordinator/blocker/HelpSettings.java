package io.infrafabric.coordinator.blocker;

import io.infrafabric.kit.config.Default;
import io.infrafabric.kit.config.Doc;
import java.time.Duration;

/** Limits of help with blockers; how many swarms may help at once, the policy says. */
public record HelpSettings(
    @Default("2") @Doc("Claims of one help task; money is set aside for each. 1 to 5.") int tries,
    @Default("1") @Doc("Shares of what is left of the cap that the blocked swarm keeps, where each helper gets one; 1 to 10.") int holderShares,
    @Default("120") @Doc("Lines for help in the book of one swarm, one for each claim that help may take; at least 5 x tries, at most 120.") int lines,
    @Default("30s") @Doc("How long a blocker waits for room in the book of the swarm that pays, before a person is told.") Duration roomPatience,
    @Default("1s") @Doc("Between two searches for the helpers of one blocker.") Duration askAgain,
    @Default("10s") @Doc("The same after a person was told that there are none, or no room.") Duration searchAgain,
    @Default("32") @Doc("Searches for helpers that are under way at once; 1 to 1000.") int searches) {
  /** The most swarms that a policy may have help with a task: so many ids are kept for the help tasks of a blocker. */
  static final int MOST_HELPERS = 5;

  /** Keeps the book of a swarm small. */
  private static final int MOST_LINES = 120;

  private static final Duration LONGEST = Duration.ofHours(1);

  /** Refuses what could not work. */
  public HelpSettings {
    within("tries", tries, 1, 5);
    within("holder-shares", holderShares, 1, 10);
    within("lines", lines, MOST_HELPERS * tries, MOST_LINES);
    within("searches", searches, 1, 1_000);
    positive("room-patience", roomPatience);
    positive("ask-again", askAgain);
    positive("search-again", searchAgain);
  }

  /** Two tries each. */
  public static HelpSettings defaults() {
    return new HelpSettings(2, 1, MOST_LINES, Duration.ofSeconds(30), Duration.ofSeconds(1), Duration.ofSeconds(10), 32);
  }

  private static void within(String name, int value, int least, int most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException("help-" + name + " is " + least + " to " + most + ", not " + value);
    }
  }

  private static void positive(String name, Duration value) {
    if (!value.isPositive() || value.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException("help-" + name + " is more than 0 and at most 1h, not " + value);
    }
  }
}
