package io.infrafabric.kit.telemetry;

import io.opentelemetry.api.metrics.LongCounter;
import java.util.concurrent.atomic.LongAdder;

/** A count that only grows; readable in the process and exported as an OpenTelemetry counter. */
public final class Counter {
  private final LongAdder value = new LongAdder();
  private final LongCounter exported;

  Counter(LongCounter exported) {
    this.exported = exported;
  }

  /** Adds one. */
  public void increment() {
    add(1);
  }

  /** Adds {@code amount}, which is not negative. */
  public void add(long amount) {
    value.add(amount);
    exported.add(amount);
  }

  /** The sum so far. */
  public long value() {
    return value.sum();
  }
}
