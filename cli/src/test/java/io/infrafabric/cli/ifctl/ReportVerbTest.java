package io.infrafabric.cli.ifctl;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Timestamp;
import com.google.protobuf.util.Durations;
import io.grpc.stub.StreamObserver;
import io.infrafabric.governor.v1.AccountServiceGrpc;
import io.infrafabric.governor.v1.ReportBy;
import io.infrafabric.governor.v1.ReportHealth;
import io.infrafabric.governor.v1.ReportLine;
import io.infrafabric.governor.v1.ReportRequest;
import io.infrafabric.governor.v1.ReportResponse;
import io.infrafabric.kit.grpc.GrpcServer;
import io.infrafabric.kit.grpc.Replies;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Reports as people, spreadsheets and programs get them. */
class ReportVerbTest {
  private static final ReportLine FOX =
      ReportLine.newBuilder()
          .setKey("fox")
          .setGrantedMicros(2_000_000)
          .setCreditMicros(1_500_000)
          .setSpentMicros(500_000)
          .setWastedMicros(50_000)
          .setReferenceMicros(3_750_000)
          .setUtilisationMillis(250)
          .setHealth(ReportHealth.REPORT_HEALTH_HEALTHY)
          .setClaims(4)
          .setClaimsCompleted(3)
          .build();

  /** A swarm's label that a spreadsheet would run. */
  private static final ReportLine OWL = ReportLine.newBuilder().setKey("owl").setAccountId("=cmd()").setSpentMicros(1).build();

  /** Two pages. */
  private static final class Scripted extends AccountServiceGrpc.AccountServiceImplBase {
    final List<ReportRequest> asked = new CopyOnWriteArrayList<>();

    @Override
    public void report(ReportRequest request, StreamObserver<ReportResponse> observer) {
      asked.add(request);
      ReportLine.Builder total =
          ReportLine.newBuilder()
              .setKey("total")
              .setSpentMicros(500_001)
              .setClaimsCompleted(3)
              .setFirstClaimedAt(Timestamp.newBuilder().setSeconds(60))
              .setLastEndedAt(Timestamp.newBuilder().setSeconds(120))
              .setCompletedTime(Durations.fromSeconds(90))
              .setCompletedPerHourMillis(180_000)
              .setSpeedUpMillis(1_500);
      ReportResponse.Builder response = ReportResponse.newBuilder().setTotal(total).setReferenceModel("sonnet").setRankings(4).setRankingsAnswered(3);
      boolean first = request.getPageToken().isEmpty();
      Replies.reply(observer, () -> response.addLines(first ? FOX : OWL).setNextPageToken(first ? "fox" : "").build());
    }
  }

  private final Scripted accounts = new Scripted();
  private final GrpcServer server = GrpcServer.Builder.of("scripted").service(accounts).build().start();

  @AfterEach
  void close() {
    server.close();
  }

  private Said ifctl(String... arguments) {
    return Said.ifctl(server, arguments);
  }

  @Test
  void tables_tellAllPages_theTotal_andHowQuickTheWorkWas() {
    Said said = ifctl("account", "report");
    assertThat(said.exitCode()).as(said.talk()).isZero();
    assertThat(said.rows().get(0)).startsWith("SWARM | GRANTED").contains("ALL SONNET");
    assertThat(said.rows().get(1)).isEqualTo("fox | $2.00 | $1.50 | $0.00 | $0.50 | $0.00 | $0.05 | 10.0% | $3.75 | 25.0% | healthy | 4 | 3");
    assertThat(said.rows().get(2)).startsWith("owl | ");
    assertThat(said.rows().get(3)).startsWith("TOTAL | ");
    assertThat(said.rows().get(4)).contains("3 completed from 1970-01-01T00:01:00Z", "180.0 an hour, 1.50 at once");
    assertThat(said.rows().get(5)).contains("3 of 4 rankings", "75.0%");
    assertThat(accounts.asked).extracting(ReportRequest::getPageToken).containsExactly("", "fox");
  }

  @Test
  void csv_hasEveryFigureInMicros_andNoFormula() {
    List<String> lines = ifctl("-o", "csv", "budget", "report").out().lines().toList();
    assertThat(lines).hasSize(4);
    assertThat(lines.get(0)).startsWith("key,granted_micros,credit_micros,committed_micros,spent_micros");
    assertThat(lines.get(1)).startsWith("fox,2000000,1500000,0,500000,0,50000,0,3750000,250,healthy,4,3,");
    assertThat(lines.get(2)).contains("\"'=cmd()\"");
    assertThat(lines.get(3)).startsWith(",0,0,0,500001,");
  }

  @Test
  void json_isOneReport() {
    String out = ifctl("-o", "jsonl", "account", "report", "--by", "class", "--from", "2026-11-30", "--to", "2026-12-01").out();
    assertThat(out.lines()).singleElement().asString().contains("\"key\":\"fox\"", "\"key\":\"owl\"", "\"spentMicros\":\"500001\"");
    assertThat(accounts.asked.getFirst().getBy()).isEqualTo(ReportBy.REPORT_BY_TASK_CLASS);
    assertThat(accounts.asked.getFirst().getFrom().getSeconds()).isEqualTo(1_795_996_800);
    assertThat(accounts.asked.getFirst().getTo().getSeconds()).isEqualTo(1_795_996_800 + 86_400);
  }

  @Test
  void whatIsNoDayOrNoGrouping_isAMistakeOfTheCaller() {
    assertThat(ifctl("account", "report", "--from", "yesterday").exitCode()).isEqualTo(2);
    assertThat(ifctl("account", "report", "--by", "weather").exitCode()).isEqualTo(2);
    assertThat(accounts.asked).isEmpty();
  }
}
