package io.infrafabric.cli.output;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class TableTest {
  @Test
  void lines_alignFiguresToTheRightAndWordsToTheLeft() {
    Table table = Table.of("SWARM", "SPENT").row("s1", "$0.25").row("census", "$12.50");

    assertThat(table.lines()).containsExactly("SWARM    SPENT", "s1       $0.25", "census  $12.50");
  }

  @Test
  void lines_ofNoRowIsTheHeader() {
    assertThat(Table.of("TASK", "STATE").lines()).containsExactly("TASK  STATE");
  }

  @Test
  void row_showsAnEmptyCellAsAHyphenAndNoControlCharacter() {
    assertThat(Table.of("A", "B", "C").row("", "x\u001b[2J\ny", "z").lines().getLast()).isEqualTo("-  x?[2J?y  z");
  }

  @Test
  void row_ofAnotherWidthIsABug() {
    assertThatThrownBy(() -> Table.of("A", "B").row("1")).isInstanceOf(IllegalArgumentException.class);
  }
}
