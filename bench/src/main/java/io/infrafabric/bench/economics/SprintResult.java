package io.infrafabric.bench.economics;

import io.infrafabric.bench.Samples;
import java.util.Locale;

/**
 * What the services report of a sprint that is over.
 *
 * @param jobs that were to be done, and {@code done} of them
 * @param hours of the sprint that it took
 * @param spentMicros booked to all swarms
 * @param wastedMicros of that, on attempts that did not end in a completion, and on helpers who had nothing of what was needed
 * @param overspentMicros beyond what each swarm was to spend
 * @param referenceMicros what the same work costs with all on the reference model
 * @param helpers claims of help
 * @param unqualifiedHelpers of these, by who could not do what was needed
 * @param unqualifiedClaims of jobs, by who could not do them
 * @param unblocked from each blocker's record, raised to resolved
 * @param byPerson blockers that a person had to resolve
 * @param trips swarms whose breaker is open at the end
 * @param time how quickly the sprint went
 */
public record SprintResult(
    Way way,
    int jobs,
    int done,
    double hours,
    long spentMicros,
    long wastedMicros,
    long overspentMicros,
    long referenceMicros,
    int helpers,
    int unqualifiedHelpers,
    int unqualifiedClaims,
    Samples unblocked,
    int byPerson,
    long trips,
    SimulatedTime time) {

  /** Wasted of the spent, in percent. */
  public double wastePercent() {
    return spentMicros == 0 ? 0 : 100.0 * wastedMicros / spentMicros;
  }

  /** Spent of what the reference model would have cost, in percent. */
  public double ofReferencePercent() {
    return referenceMicros == 0 ? Double.NaN : 100.0 * spentMicros / referenceMicros;
  }

  /** Minutes of the sprint from a blocker to its end, by nearest rank. */
  double unblockMinutes(double percent) {
    return time.minutes(unblocked.percentileMillis(percent));
  }

  /** Whether every job was done. */
  public boolean whole() {
    return done == jobs;
  }

  String json() {
    return String.format(
        Locale.ROOT,
        "{\"jobs\":%d,\"done\":%d,\"hours\":%.3f,\"spentMicros\":%d,\"wastedMicros\":%d,\"wastePercent\":%.2f,\"overspentMicros\":%d,\"referenceMicros\":%d,\"helpers\":%d,\"unqualifiedHelpers\":%d,\"unqualifiedClaims\":%d,\"blockers\":%d,\"unblockMinutesP50\":%.2f,\"unblockMinutesP95\":%.2f,\"byPerson\":%d,\"trips\":%d}",
        jobs,
        done,
        hours,
        spentMicros,
        wastedMicros,
        wastePercent(),
        overspentMicros,
        referenceMicros,
        helpers,
        unqualifiedHelpers,
        unqualifiedClaims,
        unblocked.sortedNanos().length,
        unblocked.sortedNanos().length == 0 ? 0 : unblockMinutes(50),
        unblocked.sortedNanos().length == 0 ? 0 : unblockMinutes(95),
        byPerson,
        trips);
  }
}
