package io.infrafabric.cli.demo.census;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CensusReportTest {
  private static final Counted A = count("src/A.java", "class A {\n}\n");
  private static final Counted B = count("docs/B.md", "# B");

  @Test
  void of_sumsTheResultsPerLanguage() {
    CensusReport report = CensusReport.of(Map.of("f1", A, "f2", B), Map.of("f1", json(A), "f2", json(B)), List.of());

    assertThat(report.verified()).isTrue();
    assertThat(report.perLanguage()).containsExactly(Map.entry("java", new Totals(1, 2, 12)), Map.entry("markdown", new Totals(1, 1, 3)));
    assertThat(report.total()).isEqualTo(new Totals(2, 3, 15));
  }

  @Test
  void of_namesAWrongResult() {
    Counted wrong = new Counted(A.path(), A.language(), A.bytes(), A.lines() + 1, A.sha256());

    CensusReport report = CensusReport.of(Map.of("f1", A), Map.of("f1", json(wrong)), List.of());

    assertThat(report.verified()).isFalse();
    assertThat(report.differences()).singleElement().asString().startsWith("f1: {\"path\":\"src/A.java\"");
  }

  @Test
  void of_namesAMissingAndAMalformedResult() {
    CensusReport report = CensusReport.of(Map.of("f1", A, "f2", B), Map.of("f2", "not json"), List.of());

    assertThat(report.verified()).isFalse();
    assertThat(report.differences()).hasSize(2);
    assertThat(report.differences().getFirst()).startsWith("f1: no result instead of");
  }

  @Test
  void of_isNotVerifiedWhenNothingWasCounted() {
    assertThat(CensusReport.of(Map.of(), Map.of(), List.of()).verified()).isFalse();
  }

  private static Counted count(String path, String content) {
    return PlainCount.of(path, content.getBytes(StandardCharsets.UTF_8));
  }

  private static String json(Counted counted) {
    return "{\"path\":\"%s\",\"language\":\"%s\",\"bytes\":%d,\"lines\":%d,\"sha256\":\"%s\"}\n"
        .formatted(counted.path(), counted.language(), counted.bytes(), counted.lines(), counted.sha256());
  }
}
