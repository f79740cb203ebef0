package io.infrafabric.cli.ifctl;

import com.google.protobuf.Timestamp;
import io.infrafabric.cli.output.Format;
import io.infrafabric.governor.v1.AccountServiceGrpc;
import io.infrafabric.governor.v1.ReportBy;
import io.infrafabric.governor.v1.ReportLine;
import io.infrafabric.governor.v1.ReportRequest;
import io.infrafabric.governor.v1.ReportResponse;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** What was granted, spent, refunded and wasted. */
@Command(
    name = "report",
    description = {
      "What was granted, promised, spent, refunded and wasted, and what the same work costs on the reference model.",
      "Granted, committed and left are as they are now; the others are of the days that are asked for, of all time by default."
    })
final class ReportVerb implements Callable<Integer> {
  /** What the lines are about. */
  enum By {
    SWARM(ReportBy.REPORT_BY_SWARM),
    ACCOUNT(ReportBy.REPORT_BY_ACCOUNT),
    MODEL(ReportBy.REPORT_BY_MODEL),
    CLASS(ReportBy.REPORT_BY_TASK_CLASS);

    private final ReportBy wire;

    By(ReportBy wire) {
      this.wire = wire;
    }

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  @Spec private CommandSpec spec;

  @Option(names = "--by", defaultValue = "swarm", description = "${COMPLETION-CANDIDATES}; ${DEFAULT-VALUE} by default.")
  private By by;

  @Option(names = "--from", converter = DayFlag.class, paramLabel = "DAY", description = "The first day in UTC, such as 2026-11-30.")
  private LocalDate from;

  @Option(names = "--to", converter = DayFlag.class, paramLabel = "DAY", description = "The first day that does not count any more.")
  private LocalDate to;

  /** A day such as {@code 2026-11-30}. */
  static final class DayFlag implements ITypeConverter<LocalDate> {
    @Override
    public LocalDate convert(String text) {
      try {
        return LocalDate.parse(text);
      } catch (DateTimeParseException e) {
        throw new TypeConversionException("'" + text + "' is not a day such as 2026-11-30");
      }
    }
  }

  @Override
  public Integer call() {
    ReportRequest.Builder request = ReportRequest.newBuilder().setBy(by.wire);
    Optional.ofNullable(from).map(ReportVerb::begin).ifPresent(request::setFrom);
    Optional.ofNullable(to).map(ReportVerb::begin).ifPresent(request::setTo);
    return ifctl()
        .with(
            (clients, out) -> {
              ReportResponse report = whole(clients.accounts(), request);
              out.show(report, () -> out.format() == Format.CSV ? ReportTable.figures(report) : ReportTable.of(report, by.name()));
              if (out.format() == Format.TABLE) {
                ReportTable.notes(report).forEach(out.out()::println);
              }
            });
  }

  /** All pages as one; the total is that of the last. */
  private static ReportResponse whole(AccountServiceGrpc.AccountServiceBlockingStub accounts, ReportRequest.Builder request) {
    List<ReportLine> lines = new ArrayList<>();
    ReportResponse page;
    do {
      page = accounts.report(request.build());
      lines.addAll(page.getLinesList());
      request.setPageToken(page.getNextPageToken());
    } while (!page.getNextPageToken().isEmpty());
    return page.toBuilder().clearLines().addAllLines(lines).build();
  }

  /** It may stand below any group of verbs. */
  private IfctlCommand ifctl() {
    CommandSpec above = spec;
    while (!(above.userObject() instanceof IfctlCommand)) {
      above = above.parent();
    }
    return (IfctlCommand) above.userObject();
  }

  private static Timestamp begin(LocalDate day) {
    return Timestamp.newBuilder().setSeconds(day.atStartOfDay(ZoneOffset.UTC).toEpochSecond()).build();
  }
}
