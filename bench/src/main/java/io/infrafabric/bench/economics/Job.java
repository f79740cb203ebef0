package io.infrafabric.bench.economics;

import java.util.Optional;

/**
 * One task of a sprint.
 *
 * @param hours that a small model takes for it
 * @param need what its holder cannot do, and is stopped by half-way
 * @param helpHours that a small model takes to help with that
 */
record Job(String id, String session, String phase, Kind kind, double hours, Optional<String> need, double helpHours) {
  private static final long LEAST_CAP_MICROS = 4_500_000;
  private static final double ROOM = 1.6;

  /** What one attempt may cost: what the model for this kind of work takes for it, and some more; help comes out of it, too. */
  long capMicros() {
    double usual = hours * Model.SONNET.pace() * Model.SONNET.microsPerHour() * ROOM;
    return Math.max(LEAST_CAP_MICROS, kind.demanding() ? Math.round(usual) : 0);
  }
}
