package io.infrafabric.cli.demo;

import io.infrafabric.cli.demo.census.CensusReport;
import io.infrafabric.cli.demo.census.SourceTree.Skipped;
import io.infrafabric.cli.output.Money;
import io.infrafabric.cli.output.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The summary as lines for people. */
final class SummaryText {
  private static final int NAMED = 10;

  private final List<String> lines = new ArrayList<>();

  private SummaryText() {}

  static List<String> of(Summary summary) {
    SummaryText text = new SummaryText();
    text.census(summary.tree(), summary.census());
    text.swarms(summary.swarms());
    text.work(summary);
    text.traces(summary.traces());
    text.end(summary);
    return text.lines;
  }

  private void census(String tree, CensusReport census) {
    Table table = Table.of("LANGUAGE", "FILES", "LINES", "BYTES");
    census.perLanguage().forEach((language, sum) -> table.row(language, sum.files(), sum.lines(), sum.bytes()));
    var total = census.total();
    table.row("total", total.files(), total.lines(), total.bytes());
    lines.add("Census of " + tree);
    table.lines().forEach(line -> lines.add("  " + line));
    skipped(census.skipped());
    lines.add("  verified: " + (census.verified() ? "yes" : "NO"));
    lines.add("");
  }

  private void skipped(List<Skipped> skipped) {
    if (skipped.isEmpty()) {
      return;
    }
    lines.add("  not counted: %d".formatted(skipped.size()));
    skipped.stream().limit(NAMED).forEach(one -> lines.add("    %s (%s)".formatted(one.path().replaceAll("\\p{Cntrl}", "?"), one.why())));
    if (skipped.size() > NAMED) {
      lines.add("    and %d more".formatted(skipped.size() - NAMED));
    }
  }

  private void swarms(List<SwarmMoney> swarms) {
    Table table = Table.of("SWARM", "SPENT", "BUDGET", "COMPLETED", "FAILED");
    for (SwarmMoney swarm : swarms) {
      table.row(
          swarm.id(), Money.dollars(swarm.spentMicros()), Money.dollars(swarm.budgetMicros()), swarm.completed(), swarm.failed());
    }
    lines.add("Swarms");
    table.lines().forEach(line -> lines.add("  " + line));
    lines.add("");
  }

  private void work(Summary summary) {
    WorkReport work = summary.work();
    line("tasks", "%d submitted, %d completed, %d failed", work.tasks(), work.completed(), work.failed());
    line("wall time", "%.1f s", work.wallMillis() / 1000.0);
    line("throughput", "%.1f tasks/s", work.throughputPerSecond());
    line(
        "claim latency",
        "p50 %.1f ms, p95 %.1f ms (at the clients: %d claims, %d of them on an offer)",
        work.claims().p50Millis(),
        work.claims().p95Millis(),
        work.claims().count(),
        work.claims().offered());
    line("double claims", "%d of %d claims (etcd's history)", summary.history().doubleClaims().size(), summary.history().claims());
    line("lost tasks", "%d (etcd's history)", summary.history().lost().size());
  }

  private void traces(TraceReport traces) {
    traces
        .count()
        .ifPresentOrElse(
            count ->
                line(
                    "traces",
                    "%s%d with %d spans, %d orphans, in %s (Jaeger's page opens it)",
                    count.complete() ? "" : "at least ",
                    count.traces(),
                    count.spans(),
                    count.orphans(),
                    traces.place()),
            () -> line("traces", "sent to %s", traces.place()));
  }

  private void end(Summary summary) {
    lines.add("");
    if (summary.ok()) {
      lines.add("demo: ok");
    } else {
      lines.add("demo: FAILED");
      summary.reasons().forEach(reason -> lines.add("  - " + reason));
    }
  }

  private void line(String name, String format, Object... values) {
    lines.add("%-14s %s".formatted(name + ":", String.format(Locale.ROOT, format, values)));
  }
}
