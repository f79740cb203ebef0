package io.infrafabric.governor.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Timestamp;
import io.infrafabric.error.Refusal;
import io.infrafabric.governor.v1.ReportBy;
import io.infrafabric.governor.v1.ReportRequest;
import io.infrafabric.kit.time.Times;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RequestRulesTest {
  private static final Instant NOW = Instant.parse("2026-11-30T12:00:00Z");

  private static Timestamp at(String time) {
    return Times.toProto(Instant.parse(time));
  }

  private static Optional<Refusal> refusal(ReportRequest.Builder request) {
    return RequestRules.validate(request.build(), 31, NOW);
  }

  private static ReportRequest.Builder good() {
    return ReportRequest.newBuilder().setBy(ReportBy.REPORT_BY_SWARM);
  }

  @Test
  void everyWrongField_isNamedAtOnce() {
    ReportRequest.Builder request =
        ReportRequest.newBuilder().setFrom(at("2026-11-30T01:00:00Z")).setTo(Timestamp.newBuilder().setSeconds(Long.MAX_VALUE)).setPageSize(1_001).setPageToken("x".repeat(257));
    assertThat(refusal(request).orElseThrow().fields()).extracting(Refusal.Field::path).containsExactly("by", "page_size", "page_token", "from", "to");
  }

  @Test
  void days_areThoseThatAreKept() {
    assertThat(refusal(good().setFrom(at("2026-10-31T00:00:00Z")))).isEmpty();
    assertThat(refusal(good().setFrom(at("2026-10-30T00:00:00Z"))).orElseThrow().message()).contains("2026-10-31", "report-days");
    assertThat(refusal(good().setTo(at("2026-10-30T00:00:00Z")))).isPresent();
    assertThat(refusal(good().setFrom(at("2026-11-30T00:00:00Z")).setTo(at("2026-11-30T00:00:00Z"))).orElseThrow().fields()).extracting(Refusal.Field::path).containsExactly("to");
    assertThat(refusal(good().setTo(at("2030-01-01T00:00:00Z")))).isPresent();
    assertThat(refusal(good())).isEmpty();
  }

  @Test
  void period_isWhatWasAsked() {
    Period period = RequestRules.period(good().setFrom(at("2026-11-30T00:00:00Z")).setTo(at("2026-12-01T00:00:00Z")).build());
    assertThat(period.from()).contains(LocalDate.parse("2026-11-30"));
    assertThat(period.covers("20261129")).isFalse();
    assertThat(period.covers("20261130")).isTrue();
    assertThat(period.covers("20261201")).isFalse();
    assertThat(period.covers("before")).isFalse();
    assertThat(Period.ALL.covers("before")).isTrue();
  }
}
