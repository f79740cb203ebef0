package io.infrafabric.policy;

import io.infrafabric.coordinator.v1.CommitmentsRecord;
import io.infrafabric.governor.v1.BreakerReason;
import io.infrafabric.governor.v1.BreakerState;
import io.infrafabric.governor.v1.CapabilityStop;
import io.infrafabric.governor.v1.Standing;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * What the breakers in a standing keep a swarm from. A half open one lets one claim through: the claim whose line in the commitments bears the
 * number of its probe. Every claim of a swarm compares both records, so that there is one such line whoever asks. Pure.
 */
public final class StopRules {
  private StopRules() {}

  /**
   * A breaker that stands in the way.
   *
   * @param capability that it is of; empty for that of the swarm as a whole
   * @param state OPEN, or HALF_OPEN when its probe is under way
   */
  public record Stop(String capability, BreakerState state, BreakerReason reason) {
    /** In words: what is open, and why. */
    public String sentence(String swarm) {
      String of = capability.isEmpty() ? "of swarm " + swarm : "of swarm " + swarm + " for " + capability;
      String what = state == BreakerState.BREAKER_STATE_OPEN ? "is open" : "is half open, and its one probe was given out";
      return "the breaker " + of + " " + what + " (" + word(reason) + ")";
    }
  }

  /** What keeps the swarm from claiming a task that requires these capabilities, if anything. */
  public static Optional<Stop> ofClaim(Standing standing, Collection<String> required, CommitmentsRecord book) {
    if (standing.getBreaker() == BreakerState.BREAKER_STATE_OPEN || isTried(standing.getBreaker(), standing.getProbe(), book)) {
      return Optional.of(new Stop("", standing.getBreaker(), standing.getBreakerReason()));
    }
    if (standing.getStopsCount() == 0) {
      return Optional.empty();
    }
    return standing.getStopsList().stream()
        .filter(stop -> required.contains(stop.getCapability()))
        .filter(stop -> stop.getState() == BreakerState.BREAKER_STATE_OPEN || isTried(stop.getState(), stop.getProbe(), book))
        .findFirst()
        .map(StopRules::of);
  }

  /** What stops a claim that is held already: a breaker that is open; a half open one stops none that has begun. */
  public static Optional<Stop> ofHeld(Standing standing, Collection<String> required) {
    return first(standing, required, state -> state == BreakerState.BREAKER_STATE_OPEN);
  }

  /** What keeps a claim parked that was stopped: a breaker that is not closed. */
  public static Optional<Stop> ofParked(Standing standing, Collection<String> required) {
    return first(standing, required, state -> state == BreakerState.BREAKER_STATE_OPEN || state == BreakerState.BREAKER_STATE_HALF_OPEN);
  }

  private static Optional<Stop> first(Standing standing, Collection<String> required, Predicate<BreakerState> stops) {
    if (stops.test(standing.getBreaker())) {
      return Optional.of(new Stop("", standing.getBreaker(), standing.getBreakerReason()));
    }
    return standing.getStopsList().stream()
        .filter(stop -> stops.test(stop.getState()) && required.contains(stop.getCapability()))
        .findFirst()
        .map(StopRules::of);
  }

  /** The numbers of the probes that a claim of such a task is. */
  public static List<Long> probes(Standing standing, Collection<String> required) {
    if (standing.getBreaker() != BreakerState.BREAKER_STATE_HALF_OPEN && standing.getStopsCount() == 0) {
      return List.of();
    }
    List<Long> probes = new ArrayList<>();
    if (standing.getBreaker() == BreakerState.BREAKER_STATE_HALF_OPEN) {
      probes.add(standing.getProbe());
    }
    for (CapabilityStop stop : standing.getStopsList()) {
      if (stop.getState() == BreakerState.BREAKER_STATE_HALF_OPEN && required.contains(stop.getCapability())) {
        probes.add(stop.getProbe());
      }
    }
    return probes;
  }

  /** Whether a half open breaker has its probe in the book. */
  public static boolean isTried(BreakerState state, long probe, CommitmentsRecord book) {
    return state == BreakerState.BREAKER_STATE_HALF_OPEN && book.getCommitmentsList().stream().anyMatch(line -> line.getProbesList().contains(probe));
  }

  private static Stop of(CapabilityStop stop) {
    return new Stop(stop.getCapability(), stop.getState(), stop.getReason());
  }

  /** A reason as people read it: {@code repeated failures}. */
  public static String word(BreakerReason reason) {
    return reason.name().replaceFirst("BREAKER_REASON_", "").toLowerCase(Locale.ROOT).replace('_', ' ');
  }
}
