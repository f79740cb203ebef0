package io.infrafabric.kit.auth;

import io.infrafabric.kit.config.Default;
import io.infrafabric.kit.config.Doc;

/** How many calls a second one caller has, on one replica. May stand as a component in a record of settings. */
public record RateSettings(
    @Default("with-auth") @Doc("When calls are limited: with tokens only, because without them names are free to invent.") Limited limited,
    @Default("100") @Doc("Calls a second of one swarm, and as many at once.") int calls,
    @Default("1000") @Doc("The same for calls that keep, end or report what a swarm has under way, and for every other caller.") int urgentCalls,
    @Default("100000") @Doc("Callers that are counted at once.") int callers) {

  /** When calls are limited. */
  public enum Limited {
    /** When tokens are required. */
    WITH_AUTH,
    /** Also when they are not; then by the swarm that a request names. */
    ALWAYS,
    /** Not at all. */
    NEVER
  }

  /** Refuses limits that let nobody in. */
  public RateSettings {
    if (calls < 1 || urgentCalls < 1 || callers < 1) {
      throw new IllegalArgumentException("rate-calls, rate-urgent-calls and rate-callers must be at least 1");
    }
  }

  /** What fits a swarm. */
  public static RateSettings defaults() {
    return new RateSettings(Limited.WITH_AUTH, 100, 1_000, 100_000);
  }

  /** Whether calls are limited in that mode. */
  public boolean applies(AuthMode mode) {
    return limited == Limited.ALWAYS || limited == Limited.WITH_AUTH && mode == AuthMode.REQUIRED;
  }
}
