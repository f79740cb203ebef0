package io.infrafabric.bench.economics;

import io.infrafabric.bench.Part;
import io.infrafabric.bench.Talk;
import io.infrafabric.local.LocalFabric;
import io.infrafabric.local.ServiceKind;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** One sprint, the old way and governed, each on a fabric of its own. */
public final class EconomicsBench implements Part {
  private static final double WASTE_AIM_PERCENT = 10;
  private static final double SOONER_AIM = 0.75;
  private static final double MICROS = 1e6;

  private final Path home;
  private final Settings settings;

  /**
   * What to work through.
   *
   * @param seed of who works on what and how it ends
   * @param sessions of seven agents each
   * @param phases of each session, one after the other
   * @param jobs of each phase
   * @param failing agents that fail nearly always
   * @param expensive agents on the dearest model
   * @param hourMillis real milliseconds of an hour of the sprint
   * @param patienceHours of the sprint after which a way is given up
   * @param services settings of the services, by the names of their variables
   */
  public record Settings(
      long seed, int sessions, int phases, int jobs, int failing, int expensive, long hourMillis, double patienceHours, Map<String, String> services) {
    /** Refuses what no sprint can be made of. */
    public Settings {
      if (sessions < 1 || phases < 1 || jobs < 1 || failing < 0 || expensive < 0 || failing + expensive > 5 * sessions || hourMillis < 100) {
        throw new IllegalArgumentException("a sprint has sessions, phases and tasks, at most five failing or expensive agents a session, and hours of at least 100 ms");
      }
    }

    Sprint sprint() {
      return Sprint.of(seed, new Sprint.Size(sessions, phases, jobs, failing, expensive));
    }
  }

  public EconomicsBench(Path home, Settings settings) {
    this.home = home;
    this.settings = settings;
  }

  @Override
  public Outcome run(Talk talk) throws Exception {
    Sprint sprint = settings.sprint();
    talk.line(
        "%d agents in %d sessions, %d phases, %d tasks, %d blockers; seed %d, an hour of it takes %.1f s",
        sprint.members().size(),
        settings.sessions(),
        sprint.phases().size(),
        sprint.jobs().size(),
        sprint.jobs().stream().filter(job -> job.need().isPresent()).count(),
        sprint.seed(),
        settings.hourMillis() / 1e3);
    Map<Way, SprintResult> results = new EnumMap<>(Way.class);
    for (Way way : Way.values()) {
      talk.progress("working it through: " + way.words());
      results.put(way, run(way, sprint, talk));
      tell(talk, results.get(way));
    }
    compare(talk, results.get(Way.OLD), results.get(Way.GOVERNED));
    String json =
        "\"economics\":{\"seed\":%d,\"agents\":%d,\"phases\":%d,\"old\":%s,\"governed\":%s}"
            .formatted(sprint.seed(), sprint.members().size(), sprint.phases().size(), results.get(Way.OLD).json(), results.get(Way.GOVERNED).json());
    return new Outcome(List.of(json), results.values().stream().allMatch(SprintResult::whole));
  }

  private SprintResult run(Way way, Sprint sprint, Talk talk) throws Exception {
    LocalFabric.Builder builder = LocalFabric.of(home).without(ServiceKind.CHASSIS).progress(talk::progress);
    settings.services().forEach(builder::setting);
    try (LocalFabric fabric = builder.start()) {
      return run(way, sprint, settings, fabric.coordinators().getFirst().address(), fabric.governor().address());
    }
  }

  private static SprintResult run(Way way, Sprint sprint, Settings settings, String coordinator, String governor) throws InterruptedException {
    return new SprintRun(sprint, new SimulatedTime(settings.hourMillis()), settings.patienceHours()).run(way, coordinator, governor);
  }

  /** The governed way alone, on services that run already. */
  public static SprintResult governed(Settings settings, String coordinator, String governor) throws InterruptedException {
    return run(Way.GOVERNED, settings.sprint(), settings, coordinator, governor);
  }

  private static void tell(Talk talk, SprintResult result) {
    talk.line("%s: %d of %d tasks in %.1f hours of the sprint", result.way().words(), result.done(), result.jobs(), result.hours());
    talk.line(
        "    spent $%.2f, of it wasted $%.2f (%.1f %%), beyond the budgets $%.2f",
        result.spentMicros() / MICROS, result.wastedMicros() / MICROS, result.wastePercent(), result.overspentMicros() / MICROS);
    talk.line("    the same work all on sonnet $%.2f: spent %.0f %% of that", result.referenceMicros() / MICROS, result.ofReferencePercent());
    talk.line(
        "    %d blockers, %d helpers, %d of them unqualified; %d claims of work by who could not do it; %d breakers open",
        result.unblocked().sortedNanos().length, result.helpers(), result.unqualifiedHelpers(), result.unqualifiedClaims(), result.trips());
    talk.line(
        "    blocker to its end, minutes of the sprint: p50 %.1f   p95 %.1f   (%.0f / %.0f ms), %d by a person",
        result.unblockMinutes(50), result.unblockMinutes(95), result.unblocked().percentileMillis(50), result.unblocked().percentileMillis(95), result.byPerson());
  }

  private static void compare(Talk talk, SprintResult old, SprintResult governed) {
    talk.aim(
        String.format(Locale.ROOT, "less than %.0f %% of what is spent is wasted (%.1f, the old way %.1f)", WASTE_AIM_PERCENT, governed.wastePercent(), old.wastePercent()),
        governed.wastePercent() < WASTE_AIM_PERCENT);
    talk.aim(
        String.format(Locale.ROOT, "nothing is spent beyond the budgets ($%.6f, the old way $%.2f)", governed.overspentMicros() / MICROS, old.overspentMicros() / MICROS),
        governed.overspentMicros() == 0);
    talk.aim("no unqualified helper ever (%d, the old way %d)".formatted(governed.unqualifiedHelpers(), old.unqualifiedHelpers()), governed.unqualifiedHelpers() == 0);
    talk.aim(
        String.format(Locale.ROOT, "cheaper than all on sonnet (%.0f %%, the old way %.0f %%)", governed.ofReferencePercent(), old.ofReferencePercent()),
        governed.ofReferencePercent() < 100);
    talk.aim(
        String.format(Locale.ROOT, "blockers end at least a quarter sooner, p50 in minutes (%.1f, the old way %.1f)", governed.unblockMinutes(50), old.unblockMinutes(50)),
        governed.unblockMinutes(50) <= SOONER_AIM * old.unblockMinutes(50));
  }
}
