package io.infrafabric.cli.demo.swarm;

/** What an agent runs on, with prices made up for the demonstration. */
enum Model {
  /** Cheap. */
  HAIKU(40),
  /** Dear. */
  SONNET(250);

  private final long microsPerMilli;

  Model(long microsPerMilli) {
    this.microsPerMilli = microsPerMilli;
  }

  /** The price of so much work, in micro-dollars. */
  long costMicros(long workNanos) {
    return Math.max(1, workNanos * microsPerMilli / 1_000_000);
  }
}
