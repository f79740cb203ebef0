package io.infrafabric.cli.output;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class ErrorReportTest {
  @Test
  void json_hasTheFieldsThatProgramsRead() {
    Refusal refusal =
        Refusal.of(ErrorCode.ERROR_CODE_UNAVAILABLE, "etcd's away").with("endpoint", "e1").retryAfter(Duration.ofSeconds(1));

    assertThat(ErrorReport.json(refusal))
        .isEqualTo(
            """
            {"error":{"code":"UNAVAILABLE","message":"etcd's away","advice":"Nothing was written: send it again when the service can be reached.",\
            "metadata":{"endpoint":"e1"},"retryAfterMillis":1000}}""");
  }

  @Test
  void failed_answersTheExitCodeOfTheCatalogue() {
    ErrorReport report = new ErrorReport(new String[] {}, false);

    assertThat(report.failed(Refusal.of(ErrorCode.ERROR_CODE_STALE_FENCE, "lost").asException())).isEqualTo(3);
    assertThat(report.failed(Refusal.of(ErrorCode.ERROR_CODE_TASK_NOT_FOUND, "none").asException())).isEqualTo(6);
    assertThat(report.failed(Refusal.of(ErrorCode.ERROR_CODE_OUTCOME_UNKNOWN, "late").asException())).isEqualTo(7);
    assertThat(report.failed(new IllegalStateException("a bug"))).isEqualTo(1);
  }
}
