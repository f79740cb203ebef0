package io.infrafabric.cli.demo.census;

/**
 * A sum over files.
 *
 * @param files how many
 * @param lines of all
 * @param bytes of all
 */
public record Totals(long files, long lines, long bytes) {
  /** Of no file. */
  public static final Totals NONE = new Totals(0, 0, 0);

  /** These and one more file. */
  public Totals plus(Counted file) {
    return new Totals(files + 1, lines + file.lines(), bytes + file.bytes());
  }

  /** Both together. */
  public Totals plus(Totals other) {
    return new Totals(files + other.files, lines + other.lines, bytes + other.bytes);
  }
}
