package io.infrafabric.kit.store;

import com.google.protobuf.ByteString;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Appends an id to a list of ids, once however often it is sent.
 *
 * @param sharing lets others append in the same transaction
 */
record Append(String key, String id, boolean sharing) implements Decision<Long> {
  Append(String key, String id) {
    this(key, id, false);
  }

  @Override
  public Set<String> shared() {
    return sharing ? writes() : Set.of();
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
    Optional<Entry> entry = view.get(key);
    List<String> ids = entry.map(Append::ids).orElse(List.of());
    if (ids.contains(id)) {
      return Step.answer(entry.orElseThrow().modRevision());
    }
    String more = ids.isEmpty() ? id : entry.orElseThrow().value().toStringUtf8() + "," + id;
    return Step.commit(Txn.builder().put(view, key, ByteString.copyFromUtf8(more)).build(), revision -> revision);
  }

  static List<String> ids(Entry entry) {
    return Arrays.asList(entry.value().toStringUtf8().split(","));
  }
}
