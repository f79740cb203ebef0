package io.infrafabric.governor.report;

import io.infrafabric.governor.books.Books;
import io.infrafabric.governor.books.BooksCodec;
import io.infrafabric.governor.v1.Breaker;
import io.infrafabric.governor.v1.BreakerState;
import io.infrafabric.governor.v1.CapabilityBreaker;
import io.infrafabric.governor.v1.ReportBy;
import io.infrafabric.governor.v1.ReportLine;
import io.infrafabric.kit.store.Entry;
import io.infrafabric.kit.store.Replica;
import io.infrafabric.kit.telemetry.Counter;
import io.infrafabric.kit.telemetry.Metrics;
import io.infrafabric.kit.telemetry.Sample;
import io.infrafabric.names.Keys;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

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
    metrics.samples("if.governor.circuit_breaker_status", "Breakers of swarms, and those of capabilities that are not closed, by state", figures::breakers);
    Counter trips = metrics.counter("if.governor.circuit_breaker_trips", "Breakers of swarms and capabilities that were opened since this governor was started");
    Counter resets = metrics.counter("if.governor.circuit_breaker_resets", "Breakers of swarms and capabilities that were closed again since this governor was started");
    replica.onChange(
        keys.breakers(),
        (key, before, after) -> {
          if (before.isPresent() && after.isPresent()) {
            Set<String> was = stopped(BooksCodec.breaker(before.get()));
            Set<String> is = stopped(BooksCodec.breaker(after.get()));
            is.stream().filter(one -> !was.contains(one)).forEach(opened -> trips.increment());
            was.stream().filter(one -> !is.contains(one)).forEach(closed -> resets.increment());
          }
        });
  }

  /** The capabilities that a swarm is stopped in; the empty one stands for all of it. */
  private static Set<String> stopped(Breaker breaker) {
    Set<String> stopped = breaker.getCapabilitiesList().stream().filter(Books::isOpen).map(CapabilityBreaker::getCapability).collect(Collectors.toCollection(HashSet::new));
    if (Books.isOpen(breaker)) {
      stopped.add("");
    }
    return stopped;
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

  /** Those of swarms in each state, and those of capabilities that are not closed: of the closed ones a record keeps only some. */
  private List<Sample> breakers() {
    Map<String, Integer> swarms = new TreeMap<>(Map.of("closed", 0, "open", 0));
    Map<String, Integer> capabilities = new TreeMap<>(Map.of("open", 0));
    for (Entry entry : replica.scan(keys.breakers()).values()) {
      Breaker breaker = BooksCodec.breaker(entry);
      swarms.merge(word(breaker.getState()), 1, Integer::sum);
      breaker.getCapabilitiesList().stream().filter(Books::isOpen).forEach(one -> capabilities.merge(word(one.getState()), 1, Integer::sum));
    }
    return Stream.concat(samples("swarm", swarms), samples("capability", capabilities)).toList();
  }

  private static Stream<Sample> samples(String of, Map<String, Integer> byState) {
    return byState.entrySet().stream().map(state -> new Sample(Map.of("of", of, "state", state.getKey()), state.getValue()));
  }

  private static String word(BreakerState state) {
    return state.name().replace("BREAKER_STATE_", "").toLowerCase(Locale.ROOT);
  }
}
