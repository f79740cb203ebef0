package io.infrafabric.cli.output;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/** Rows in columns as wide as their widest cell; a column whose cells are all figures is aligned to the right. */
public final class Table {
  private static final String GAP = "  ";
  private static final String FIGURE = "-?\\$?[0-9][0-9.,]*%?|-";

  private final List<String> header;
  private final List<List<String>> cells = new ArrayList<>();

  private Table(List<String> header) {
    this.header = header;
  }

  /** A table without rows. */
  public static Table of(String... header) {
    return new Table(List.of(header));
  }

  /** Adds a row of as many cells as the header has; an empty cell is shown as a hyphen. */
  public Table row(Object... cells) {
    if (cells.length != header.size()) {
      throw new IllegalArgumentException("%d cells in a table of %d columns".formatted(cells.length, header.size()));
    }
    this.cells.add(Arrays.stream(cells).map(String::valueOf).toList());
    return this;
  }

  /** The lines: the header, then a line for each row. */
  public List<String> lines() {
    List<List<String>> rows = cells.stream().map(row -> row.stream().map(Table::printable).toList()).toList();
    int[] widths = new int[header.size()];
    boolean[] figures = new boolean[header.size()];
    for (int column = 0; column < widths.length; column++) {
      int at = column;
      widths[at] = rows.stream().mapToInt(row -> row.get(at).length()).reduce(header.get(at).length(), Math::max);
      figures[at] = !rows.isEmpty() && rows.stream().allMatch(row -> row.get(at).matches(FIGURE));
    }
    List<String> lines = new ArrayList<>();
    lines.add(line(header, widths, figures));
    rows.forEach(row -> lines.add(line(row, widths, figures)));
    return Collections.unmodifiableList(lines);
  }

  /** The same as CSV (RFC 4180), with cells that no spreadsheet takes for a formula. */
  public String csv() {
    StringBuilder csv = new StringBuilder(Csv.line(header));
    cells.forEach(row -> csv.append(Csv.line(row)));
    return csv.toString();
  }

  private static String line(List<String> cells, int[] widths, boolean[] figures) {
    StringBuilder line = new StringBuilder();
    for (int column = 0; column < widths.length; column++) {
      String cell = cells.get(column);
      String fill = " ".repeat(widths[column] - cell.length());
      line.append(column == 0 ? "" : GAP).append(figures[column] ? fill + cell : cell + fill);
    }
    return line.toString().stripTrailing();
  }

  /** What others wrote may hold control characters, which would move the cursor of the reader's terminal. */
  private static String printable(String cell) {
    return cell.isEmpty() ? "-" : cell.replaceAll("\\p{Cntrl}", "?");
  }
}
