package io.infrafabric.kit.store;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;
import io.infrafabric.error.RefusedException;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/** Refuses whatever it sees, so that its keys are read from the store before the refusal stands. */
final class Reading implements Decision<Map<String, Entry>> {
  private final Refusal done = Refusal.of(ErrorCode.ERROR_CODE_INTERNAL, "read");
  private final Set<String> keys;
  private Map<String, Entry> found = Map.of();

  Reading(Set<String> keys) {
    this.keys = keys;
  }

  @Override
  public Set<String> reads() {
    return keys;
  }

  @Override
  public Set<String> writes() {
    return Set.of();
  }

  @Override
  public Step<Map<String, Entry>> decide(View view) {
    Map<String, Entry> seen = new HashMap<>();
    keys.forEach(key -> view.get(key).ifPresent(entry -> seen.put(key, entry)));
    found = seen;
    return Step.refuse(done);
  }

  /** What was there. */
  Map<String, Entry> found() {
    return found;
  }

  /** Whether this failure says that the keys were read. */
  boolean isDone(Throwable failure) {
    return failure instanceof RefusedException refused && refused.refusal() == done;
  }
}
