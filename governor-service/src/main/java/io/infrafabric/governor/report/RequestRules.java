package io.infrafabric.governor.report;

import com.google.protobuf.Timestamp;
import io.infrafabric.error.Refusal;
import io.infrafabric.governor.input.Findings;
import io.infrafabric.governor.v1.ReportBy;
import io.infrafabric.governor.v1.ReportRequest;
import io.infrafabric.kit.time.Times;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Optional;

/** What a report may be asked for. */
final class RequestRules {
  /** Lines a page where the request names no number. */
  static final int PAGE_DEFAULT = 500;

  /** Lines a page at most: as JSON they still fit into a message of NATS. */
  static final int PAGE_MOST = 1_000;

  private static final String MIDNIGHT = "the beginning of a day in UTC, such as 2026-11-30T00:00:00Z";
  private static final Duration LONGEST_AHEAD = Duration.ofDays(366);

  private RequestRules() {}

  /**
   * Every invalid field at once, or nothing.
   *
   * @param daysKept days of which each is kept by itself, that of {@code now} counted
   */
  static Optional<Refusal> validate(ReportRequest request, int daysKept, Instant now) {
    LocalDate oldest = LocalDate.ofInstant(now, ZoneOffset.UTC).minusDays(daysKept - 1L);
    Findings findings =
        new Findings("nothing is reported")
            .require(
                request.getBy() != ReportBy.REPORT_BY_UNSPECIFIED && request.getBy() != ReportBy.UNRECOGNIZED,
                "by",
                "say what the lines are about: swarm, account, model or task class")
            .require(request.getPageSize() >= 0 && request.getPageSize() <= PAGE_MOST, "page_size", "at most " + PAGE_MOST)
            .atMost("page_token", request.getPageToken(), 256);
    day(findings, "from", request.hasFrom(), request.getFrom(), oldest, now);
    day(findings, "to", request.hasTo(), request.getTo(), oldest, now);
    if (isDay(request.hasFrom(), request.getFrom()) && isDay(request.hasTo(), request.getTo())) {
      findings.require(Times.toInstant(request.getFrom()).isBefore(Times.toInstant(request.getTo())), "to", "after from: it is the first day that does not count any more");
    }
    return findings.refusal();
  }

  private static void day(Findings findings, String path, boolean given, Timestamp at, LocalDate oldest, Instant now) {
    if (!given) {
      return;
    }
    if (!isDay(true, at)) {
      findings.require(false, path, MIDNIGHT);
      return;
    }
    LocalDate day = dayOf(at);
    findings.require(
        !day.isBefore(oldest), path, "days before %s are kept as one sum (setting report-days): ask from %s on, or for all time".formatted(oldest, oldest));
    findings.require(!Times.toInstant(at).isAfter(now.plus(LONGEST_AHEAD)), path, "at most a year ahead");
  }

  /** Whether it is the beginning of a day that exists. */
  private static boolean isDay(boolean given, Timestamp at) {
    if (!given || at.getNanos() != 0 || at.getSeconds() < 0 || at.getSeconds() > Instant.parse("9999-12-31T00:00:00Z").getEpochSecond()) {
      return false;
    }
    return OffsetDateTime.ofInstant(Instant.ofEpochSecond(at.getSeconds()), ZoneOffset.UTC).toLocalTime().equals(LocalTime.MIDNIGHT);
  }

  /** The days of a request that {@link #validate} found well. */
  static Period period(ReportRequest request) {
    return new Period(
        request.hasFrom() ? Optional.of(dayOf(request.getFrom())) : Optional.empty(), request.hasTo() ? Optional.of(dayOf(request.getTo())) : Optional.empty());
  }

  private static LocalDate dayOf(Timestamp at) {
    return LocalDate.ofInstant(Instant.ofEpochSecond(at.getSeconds()), ZoneOffset.UTC);
  }
}
