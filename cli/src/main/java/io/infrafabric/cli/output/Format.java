package io.infrafabric.cli.output;

import java.util.Locale;

/** How data is printed on stdout. */
public enum Format {
  /** For people. */
  TABLE,
  /** One JSON document. */
  JSON,
  /** One JSON object a line. */
  JSONL,
  /** RFC 4180, for spreadsheets. */
  CSV;

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
