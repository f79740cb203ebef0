package io.infrafabric.coordinator.explain;

import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;

/** The port to what the governor asks of everybody whom it ranks. */
@FunctionalInterface
public interface LeastReputation {
  /** Nothing is known of it. */
  LeastReputation UNKNOWN = () -> CompletableFuture.completedFuture(OptionalInt.empty());

  /** Reputation below which nobody is ranked, in thousandths; empty when the governor does not say. Never completes exceptionally. */
  CompletableFuture<OptionalInt> millis();
}
