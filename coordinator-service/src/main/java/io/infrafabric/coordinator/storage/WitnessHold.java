package io.infrafabric.coordinator.storage;

import com.google.protobuf.InvalidProtocolBufferException;
import io.infrafabric.governor.v1.WitnessHead;
import io.infrafabric.kit.store.Entry;
import io.infrafabric.kit.store.Replica;
import io.infrafabric.names.Keys;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How far etcd may forget for the sake of the witness log: up to what it covers. A log that does not move for longer than the
 * patience is not waited for any more, and says so in itself when it goes on. Used by one thread.
 */
public final class WitnessHold {
  private static final Logger log = LoggerFactory.getLogger(WitnessHold.class);

  private final Supplier<CompletableFuture<OptionalLong>> covered;
  private final Duration patience;
  private OptionalLong last = OptionalLong.empty();
  private Instant movedAt = Instant.MIN;
  private boolean lost;

  /**
   * @param covered the revision that the log covers, if there is a log
   */
  WitnessHold(Supplier<CompletableFuture<OptionalLong>> covered, Duration patience) {
    this.covered = covered;
    this.patience = patience;
  }

  /** Of the log whose head is in the store. */
  public static WitnessHold of(Replica replica, Keys keys, Duration patience) {
    String key = keys.witnessCheckpoint();
    return new WitnessHold(
        () -> replica.refresh(Set.of(key)).thenApply(found -> Optional.ofNullable(found.get(key)).map(WitnessHold::revision).orElse(OptionalLong.empty())),
        patience);
  }

  private static OptionalLong revision(Entry head) {
    try {
      return OptionalLong.of(WitnessHead.parseFrom(head.value()).getRevision());
    } catch (InvalidProtocolBufferException malformed) {
      return OptionalLong.empty();
    }
  }

  /** The newest revision that may be forgotten. */
  CompletableFuture<Long> limit(Instant now) {
    return covered.get().thenApply(revision -> limit(revision, now));
  }

  private long limit(OptionalLong revision, Instant now) {
    if (!revision.equals(last) || movedAt == Instant.MIN) {
      last = revision;
      movedAt = now;
      lost = false;
    }
    if (revision.isEmpty()) {
      return Long.MAX_VALUE;
    }
    if (now.isBefore(movedAt.plus(patience))) {
      return revision.getAsLong();
    }
    if (!lost) {
      lost = true;
      log.atWarn().addKeyValue("revision", revision.getAsLong()).log("the witness log does not move: etcd is compacted without it");
    }
    return Long.MAX_VALUE;
  }
}
