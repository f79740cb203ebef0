package io.infrafabric.cli.output;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CsvTest {
  @Test
  void linesEndAsRfc4180Says_andQuotesAreDoubled() {
    assertThat(Csv.line(List.of("a", "b,c", "say \"hi\"", "two\nlines", "", " x")))
        .isEqualTo("a,\"b,c\",\"say \"\"hi\"\"\",\"two\nlines\",,\" x\"\r\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"=1+1", "=HYPERLINK(\"http://x\")", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\uff1d1"})
  void whatASpreadsheetTakesForAFormula_isText(String cell) {
    assertThat(Csv.line(List.of(cell))).startsWith("\"'");
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "-5", "+7", "12.50", "-0.000001", "s-1", "(none)", "$0.25"})
  void numbersAndWords_stayAsTheyAre(String cell) {
    assertThat(Csv.line(List.of(cell))).isEqualTo(cell + "\r\n");
  }

  @Test
  void tables_areCsvToo_withEmptyCellsEmpty() {
    assertThat(Table.of("SWARM", "NOTE").row("s1", "").row("s2", "=x").csv()).isEqualTo("SWARM,NOTE\r\ns1,\r\ns2,\"'=x\"\r\n");
  }
}
