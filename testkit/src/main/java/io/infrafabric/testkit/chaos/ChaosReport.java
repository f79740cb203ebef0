package io.infrafabric.testkit.chaos;

import io.infrafabric.testkit.history.Violation;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What came of a run.
 *
 * @param claims that clients were given
 * @param revisions of etcd that were judged
 * @param twins of stragglers that were made
 * @param decidedByTwins stragglers that were completed by their twins
 * @param parkings of tasks by a blocker
 * @param resumptions of them by their holders
 * @param unknown tries of which nobody knew the outcome
 * @param again tries that were made again, for whatever reason
 * @param harmed messages that were dropped, doubled or delayed
 * @param compactions of etcd while the run went on
 * @param relisted watches of services that met a compacted revision and went on from a new list
 * @param made faults by kind
 * @param bit those that did what they were to do
 * @param felt those that clients felt
 * @param missed why the history is not whole, if it is not
 * @param surprises what no client should hear
 */
public record ChaosReport(
    ChaosSettings settings,
    long claims,
    long revisions,
    int twins,
    int decidedByTwins,
    int parkings,
    int resumptions,
    long calls,
    long unknown,
    long again,
    long harmed,
    long compactions,
    long relisted,
    Map<Fault, Integer> made,
    Map<Fault, Integer> bit,
    Map<Fault, Integer> felt,
    Optional<String> missed,
    List<Violation> violations,
    List<String> surprises) {
  private static final int SHOWN = 20;

  /** Why the run says nothing, whatever it found; empty when it counts. */
  public List<String> isVoidBecause() {
    List<String> why = new ArrayList<>();
    missed.ifPresent(what -> why.add("the judge has not seen all of etcd's history: " + what));
    int faults = made.values().stream().mapToInt(Integer::intValue).sum();
    if (claims < settings.claims()) {
      why.add("only " + claims + " of " + settings.claims() + " claims");
    }
    if (faults < settings.faults()) {
      why.add("only " + faults + " of " + settings.faults() + " faults");
    }
    for (Fault fault : Fault.values()) {
      if (!bit.containsKey(fault)) {
        why.add(made.containsKey(fault) ? fault + " was made " + made.get(fault) + " times and never bit" : fault + " was never made");
      }
    }
    if (felt.isEmpty()) {
      why.add("no client felt any fault");
    }
    if (unknown == 0) {
      why.add("no outcome was unknown");
    }
    if (decidedByTwins == 0) {
      why.add("no straggler was completed by its twin");
    }
    if (harmed == 0) {
      why.add("no message was harmed");
    }
    if (compactions == 0) {
      why.add("etcd was never compacted");
    }
    if (relisted == 0) {
      why.add("no watch met a compacted revision and listed anew");
    }
    if (parkings == 0 || resumptions == 0) {
      why.add("%d tasks were parked by a blocker and %d went on".formatted(parkings, resumptions));
    }
    return why;
  }

  /** Whether the run counts and found nothing. */
  public boolean isClean() {
    return isVoidBecause().isEmpty() && violations.isEmpty() && surprises.isEmpty();
  }

  /** All of it, for people. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    line(text, "seed %d: %d claims, %d calls, %d revisions judged", settings.seed(), claims, calls, revisions);
    line(text, "%d calls sent again, %d unknown outcomes, %d messages harmed", again, unknown, harmed);
    line(text, "%d compactions, which %d watches met and listed anew", compactions, relisted);
    line(text, "%d tasks were parked by a blocker, %d went on", parkings, resumptions);
    line(text, "%d stragglers got a twin, %d were completed by it", twins, decidedByTwins);
    made.forEach((fault, times) -> line(text, "  %-18s %3d, bit %d times, felt by clients %d times", fault, times, bit.getOrDefault(fault, 0), felt.getOrDefault(fault, 0)));
    isVoidBecause().forEach(why -> line(text, "VOID: %s", why));
    violations.stream().limit(SHOWN).forEach(violation -> line(text, "VIOLATION %s", violation));
    surprises.stream().limit(SHOWN).forEach(surprise -> line(text, "SURPRISE %s", surprise));
    line(text, isClean() ? "clean: every invariant held" : "NOT CLEAN: %d violations, %d surprises (run again with --seed %d)", violations.size(), surprises.size(), settings.seed());
    return text.toString();
  }

  private static void line(StringBuilder text, String format, Object... values) {
    text.append(format.formatted(values)).append(System.lineSeparator());
  }
}
