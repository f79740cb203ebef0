package io.infrafabric.coordinator.storage;

import io.infrafabric.kit.store.Upkeep;
import java.time.Duration;
import java.time.Instant;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets etcd forget the past: what was the newest revision one interval ago is compacted, but never what the relay has yet to
 * publish, and not what the witness log has yet to cover. While room is short it waits neither for the interval nor for the log. The elected coordinator does it; two at once do no harm.
 */
public final class Compactor {
  private static final Logger log = LoggerFactory.getLogger(Compactor.class);
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Duration HURRY = Duration.ofSeconds(5);
  private static final Duration DEFRAGMENT_PATIENCE = Duration.ofMinutes(5);
  private static final Duration DEFRAGMENT_EVERY = Duration.ofMinutes(1);

  private final Upkeep upkeep;
  private final StorageSettings settings;
  private final BooleanSupplier hurried;
  private final BooleanSupplier elected;
  private final Supplier<CompletableFuture<OptionalLong>> published;
  private final WitnessHold witness;
  private Instant markedAt = Instant.MIN;
  private long marked;
  private long compacted;
  private Instant defragmentedAt = Instant.MIN;

  /**
   * @param hurried whether room is short
   * @param published the revision up to which the relay has published, if it has a cursor
   * @param witness what the witness log needs
   */
  public Compactor(
      Upkeep upkeep,
      StorageSettings settings,
      BooleanSupplier hurried,
      BooleanSupplier elected,
      Supplier<CompletableFuture<OptionalLong>> published,
      WitnessHold witness) {
    this.upkeep = upkeep;
    this.settings = settings;
    this.hurried = hurried;
    this.elected = elected;
    this.published = published;
    this.witness = witness;
  }

  /** Compacts when it is time; answers up to which revision it has compacted so far. */
  public long runOnce(Instant now) {
    if (!elected.getAsBoolean()) {
      return compacted;
    }
    boolean hurry = hurried.getAsBoolean();
    Duration every = hurry && settings.compaction().compareTo(HURRY) > 0 ? HURRY : settings.compaction();
    if (markedAt != Instant.MIN && now.isBefore(markedAt.plus(every))) {
      return compacted;
    }
    Upkeep.Space space = wait(upkeep.space(), PATIENCE);
    long held = wait(witness.limit(now), PATIENCE);
    long old = hurry ? space.revision() : Math.min(marked, held);
    long target = Math.min(old, wait(published.get(), PATIENCE).orElse(0));
    if (target > compacted) {
      wait(upkeep.compact(target), PATIENCE);
      compacted = target;
      log.atDebug().addKeyValue("revision", target).log("compacted");
    }
    markedAt = now;
    marked = space.revision();
    defragment(space, now);
    return compacted;
  }

  private void defragment(Upkeep.Space space, Instant now) {
    boolean rested = defragmentedAt == Instant.MIN || !now.isBefore(defragmentedAt.plus(DEFRAGMENT_EVERY));
    if (rested && StorageRules.wantsDefragmentation(space, settings)) {
      defragmentedAt = now;
      log.atWarn().addKeyValue("size", space.sizeBytes()).addKeyValue("used", space.usedBytes()).log("defragmenting etcd");
      wait(upkeep.defragment(), DEFRAGMENT_PATIENCE);
    }
  }

  private static <T> T wait(CompletableFuture<T> asked, Duration patience) {
    return asked.orTimeout(patience.toMillis(), TimeUnit.MILLISECONDS).join();
  }
}
