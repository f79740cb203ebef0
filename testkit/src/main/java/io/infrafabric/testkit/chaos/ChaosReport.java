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
 * @param unknown tries of which nobody knew the outcome
 * @param again tries that were made again, for whatever reason
 * @param harmed messages that were dropped, doubled or delayed
 * @param compactions of etcd while the run went on
 * @param made faults by kind
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
    long calls,
    long unknown,
    long again,
    long harmed,
    long compactions,
    Map<Fault, Integer> made,
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
    line(text, "%d calls sent again, %d unknown outcomes, %d messages harmed, %d compactions", again, unknown, harmed, compactions);
    line(text, "%d stragglers got a twin, %d were completed by it", twins, decidedByTwins);
    made.forEach((fault, times) -> line(text, "  %-18s %3d, felt %d times", fault, times, felt.getOrDefault(fault, 0)));
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
