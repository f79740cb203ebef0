package io.infrafabric.kit.quarantine;

import io.infrafabric.common.v1.QuarantinedRecord;
import io.infrafabric.kit.store.Entry;
import io.infrafabric.kit.store.Replica;
import io.infrafabric.names.Keys;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

/** The copies of values that could not be read, of all services, in a replica that copies {@link Keys#quarantine()}. */
public record Copies(Replica replica, Keys keys) {

  /** All of them by key. */
  public Stream<QuarantinedRecord> all() {
    return read(replica.scan(keys.quarantine()).values().stream());
  }

  /** Some of them by key, after one of these keys, or from the first when it is empty. */
  public List<QuarantinedRecord> after(String token, int limit) {
    return read(replica.scanAfter(keys.quarantine(), keys.quarantine() + token).values().stream()).limit(limit).toList();
  }

  /** What {@link #after} goes on from after this record. */
  public String token(QuarantinedRecord record) {
    return keys.quarantined(record.getKey(), record.getRevision()).substring(keys.quarantine().length());
  }

  /** Deletes the copy of the value that a key had at a revision; answers what it was, if there was one. */
  public CompletableFuture<Optional<QuarantinedRecord>> drop(String key, long revision) {
    return replica.decide(new Drop(keys.quarantined(key, revision)));
  }

  private static Stream<QuarantinedRecord> read(Stream<Entry> copies) {
    return copies.flatMap(copy -> QuarantineRules.read(copy).stream());
  }
}
