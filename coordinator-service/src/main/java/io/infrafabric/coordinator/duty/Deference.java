package io.infrafabric.coordinator.duty;

import java.time.Duration;
import java.time.Instant;
import java.util.function.BooleanSupplier;

/** The elected replica acts at once, the others only on what is left over after a while. */
public final class Deference {
  /** How long the others leave the elected one time. */
  static final Duration WHILE = Duration.ofSeconds(2);

  private final BooleanSupplier elected;

  /**
   * @param elected whether this replica is
   */
  public Deference(BooleanSupplier elected) {
    this.elected = elected;
  }

  /** Whether this replica may act now on what there has been to do since then. */
  public boolean mayAct(Instant since, Instant now) {
    return elected.getAsBoolean() || !since.plus(WHILE).isAfter(now);
  }

  /** Of what becomes due by itself: up to when this replica acts on it. */
  public Instant actsOnWhatIsDueBy(Instant now) {
    return elected.getAsBoolean() ? now : now.minus(WHILE);
  }
}
