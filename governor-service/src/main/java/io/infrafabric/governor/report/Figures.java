package io.infrafabric.governor.report;

import io.infrafabric.governor.books.Books;
import io.infrafabric.governor.books.BooksCodec;
import io.infrafabric.governor.v1.Breaker;
import io.infrafabric.governor.v1.BreakerState;
import io.infrafabric.governor.v1.ReportBy;
import io.infrafabric.governor.v1.ReportLine;
import io.infrafabric.kit.store.Entry;
import io.infrafabric.kit.store.Replica;
import io.infrafabric.kit.telemetry.Counter;
import io.infrafabric.kit.telemetry.Metrics;
import io.infrafabric.kit.telemetry.Sample;
import io.infrafabric.names.Keys;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The figures of the ledger and of the breakers as metrics (spec G18). Every governor tells those of the whole fabric: of several take one, do not add
 * them. Labels are models of the price list, states and outcomes, never ids.
 */
public final class Figures {
  private static final double MICROS = 1e6;

  private final Replica replica;
  private final Keys keys;
  private final Reports reports;

  private Figures(Replica replica, Keys keys, Reports reports) {
    this.replica = replica;
    this.keys = keys;
    this.reports = reports;
  }

  /** Tells them from now on. */
  public static void tell(Replica replica, Keys keys, Reports reports, Metrics metrics) {
    Figures figures = new Figures(replica, keys, reports);
    metrics.samples("if.governor.budget_remaining_usd", "Credit of all swarms in US dollars, by model", figures::remaining);
    metrics.samples("if.governor.cost_tracked_usd", "What was booked in US dollars, by model and whether it was wasted", figures::tracked);
    metrics.samples("if.governor.circuit_breaker_status", "Breakers by state", figures::breakers);
    Counter trips = metrics.counter("if.governor.circuit_breaker_trips", "Breakers that were opened since this governor was started");
    Counter resets = metrics.counter("if.governor.circuit_breaker_resets", "Breakers that were closed again since this governor was started");
    replica.onChange(
        keys.breakers(),
        (key, before, after) -> {
          Optional<Boolean> was = before.map(Figures::isOpen);
          after.map(Figures::isOpen).filter(is -> was.isPresent() && !is.equals(was.get())).ifPresent(is -> (is ? trips : resets).increment());
        });
  }

  private static boolean isOpen(Entry entry) {
    return Books.isOpen(BooksCodec.breaker(entry));
  }

  private List<Sample> remaining() {
    return reports.allTime(ReportBy.REPORT_BY_MODEL).stream().map(line -> new Sample(Map.of("model", line.getKey()), line.getCreditMicros() / MICROS)).toList();
  }

  private List<Sample> tracked() {
    List<Sample> samples = new ArrayList<>();
    for (ReportLine line : reports.allTime(ReportBy.REPORT_BY_MODEL)) {
      samples.add(sample(line, "completed", line.getSpentMicros() - line.getWastedMicros()));
      samples.add(sample(line, "wasted", line.getWastedMicros()));
    }
    return samples;
  }

  private static Sample sample(ReportLine line, String outcome, long micros) {
    return new Sample(Map.of("model", line.getKey(), "outcome", outcome), micros / MICROS);
  }

  private List<Sample> breakers() {
    Map<String, Integer> byState = new TreeMap<>(Map.of("closed", 0, "open", 0));
    for (Entry entry : replica.scan(keys.breakers()).values()) {
      byState.merge(word(BooksCodec.breaker(entry)), 1, Integer::sum);
    }
    return byState.entrySet().stream().map(state -> new Sample(Map.of("state", state.getKey()), state.getValue())).toList();
  }

  private static String word(Breaker breaker) {
    BreakerState state = breaker.getState();
    return state.name().replace("BREAKER_STATE_", "").toLowerCase(Locale.ROOT);
  }
}
