package io.infrafabric.kit.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PrometheusTextTest {
  @Test
  void eachKindOfMetric_isWrittenAsPrometheusReadsIt() {
    Metrics metrics = Telemetry.none().metrics();
    metrics.counter("if.a.trips", "Trips").add(3);
    metrics.gauge("if.b", "B \\ and\nmore", () -> -7);
    metrics.samples("if.c_usd", "C", () -> List.of(new Sample(Map.of("model", "x\"y\\z\n", "a", "b"), 1.5), new Sample(Map.of("model", "o"), 0)));
    Histogram latency = metrics.millis("if.d_ms", "D");
    latency.record(0.25);
    latency.record(3);
    latency.record(5_000);
    assertThat(metrics.page())
        .isEqualTo(
            """
            # HELP if_a_trips_total Trips
            # TYPE if_a_trips_total counter
            if_a_trips_total 3
            # HELP if_b B \\\\ and\\nmore
            # TYPE if_b gauge
            if_b -7
            # HELP if_c_usd C
            # TYPE if_c_usd gauge
            if_c_usd{a="b",model="x\\"y\\\\z\\n"} 1.5
            if_c_usd{model="o"} 0.0
            # HELP if_d_ms D
            # TYPE if_d_ms histogram
            if_d_ms_bucket{le="0.1"} 0
            if_d_ms_bucket{le="0.25"} 1
            if_d_ms_bucket{le="0.5"} 1
            if_d_ms_bucket{le="1.0"} 1
            if_d_ms_bucket{le="2.5"} 1
            if_d_ms_bucket{le="5.0"} 2
            if_d_ms_bucket{le="10.0"} 2
            if_d_ms_bucket{le="25.0"} 2
            if_d_ms_bucket{le="50.0"} 2
            if_d_ms_bucket{le="100.0"} 2
            if_d_ms_bucket{le="250.0"} 2
            if_d_ms_bucket{le="500.0"} 2
            if_d_ms_bucket{le="1000.0"} 2
            if_d_ms_bucket{le="+Inf"} 3
            if_d_ms_sum 5003.25
            if_d_ms_count 3
            """);
  }

  @Test
  void valuesOfOneMetric_areBounded() {
    Metrics metrics = Telemetry.none().metrics();
    List<Sample> many = java.util.stream.IntStream.range(0, 1_000).mapToObj(i -> new Sample(Map.of("model", "m" + i), i)).toList();
    metrics.samples("if.many", "Many", () -> many);
    assertThat(metrics.page().lines().filter(line -> line.startsWith("if_many{"))).hasSize(Metrics.MOST_SAMPLES);
  }
}
