package io.infrafabric.bench.economics;

import java.util.Locale;

/** Models that agents run on, at the prices of the specification (G2), with how long each takes for what takes a small one an hour. */
enum Model {
  HAIKU(2, 1.0, 8),
  SONNET(15, 0.7, 30),
  OPUS(75, 0.5, 10);

  private final long dollarsPerHour;
  private final double pace;
  private final long budgetDollars;

  Model(long dollarsPerHour, double pace, long budgetDollars) {
    this.dollarsPerHour = dollarsPerHour;
    this.pace = pace;
    this.budgetDollars = budgetDollars;
  }

  long microsPerHour() {
    return dollarsPerHour * 1_000_000;
  }

  double pace() {
    return pace;
  }

  /** What an agent on it is given for the sprint. */
  long budgetMicros() {
    return budgetDollars * 1_000_000;
  }

  String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
