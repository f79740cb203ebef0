package io.infrafabric.kit.store;

import com.google.protobuf.ByteString;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;
import java.util.Optional;
import java.util.Set;

/**
 * Replaces the value of a key that has another one already, or deletes it.
 *
 * @param expected what it must have, empty for nothing at all
 */
record Write(String key, Optional<String> expected, Optional<String> value, long lease) implements Decision<Long> {
  static Write create(String key, String value) {
    return new Write(key, Optional.empty(), Optional.of(value), 0);
  }

  static Write replace(String key, String expected, String value) {
    return new Write(key, Optional.of(expected), Optional.of(value), 0);
  }

  static Write delete(String key, String expected) {
    return new Write(key, Optional.of(expected), Optional.empty(), 0);
  }

  @Override
  public Set<String> reads() {
    return Set.of();
  }

  @Override
  public Set<String> writes() {
    return Set.of(key);
  }

  @Override
  public Step<Long> decide(View view) {
    Optional<String> found = view.get(key).map(entry -> entry.value().toStringUtf8());
    if (!found.equals(expected)) {
      return Step.refuse(Refusal.of(ErrorCode.ERROR_CODE_TASK_NOT_READY, "it has " + found));
    }
    Txn.Builder txn = Txn.builder();
    value.ifPresentOrElse(text -> txn.put(view, key, ByteString.copyFromUtf8(text), lease), () -> txn.delete(view, key));
    return Step.commit(txn.build(), revision -> revision);
  }
}
