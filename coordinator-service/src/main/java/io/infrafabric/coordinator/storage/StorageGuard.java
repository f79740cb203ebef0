package io.infrafabric.coordinator.storage;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.StoreLevel;
import io.infrafabric.coordinator.v1.StoreStatus;
import io.infrafabric.error.Refusal;
import io.infrafabric.kit.store.Upkeep;
import io.infrafabric.kit.time.Times;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Asks etcd for its size and says what it still takes. Every coordinator asks for itself: no message can be lost. */
public final class StorageGuard implements Room {
  private static final Logger log = LoggerFactory.getLogger(StorageGuard.class);
  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final Duration RETRY = Duration.ofSeconds(5);

  /** By when etcd tells of what it has taken: it counts what it has written to its file, which it does ten times a second, and later when it is busy. */
  private static final Duration LAG = Duration.ofSeconds(1);

  private final Upkeep upkeep;
  private final StorageSettings settings;
  private volatile StoreStatus status;
  /** Bytes put in since etcd was asked last. */
  private final AtomicLong taken = new AtomicLong();

  /** Those between two earlier looks, of which etcd may not have told at the last one. */
  private final Deque<Taken> recent = new ArrayDeque<>();

  private volatile long untold;

  private record Taken(Instant before, long bytes) {}

  public StorageGuard(Upkeep upkeep, StorageSettings settings) {
    this.upkeep = upkeep;
    this.settings = settings;
    this.status = StoreStatus.newBuilder().setLevel(StoreLevel.STORE_LEVEL_OPEN).setQuotaBytes(settings.quotaBytes()).build();
  }

  /** Asks etcd once. The last answer stands while it does not answer: then it takes no writes anyway. */
  public StoreStatus runOnce(Instant now) {
    recent.removeIf(some -> !some.before().isAfter(now.minus(LAG)));
    recent.add(new Taken(now, taken.getAndSet(0)));
    untold = recent.stream().mapToLong(Taken::bytes).sum();
    Upkeep.Space space = upkeep.space().orTimeout(PATIENCE.toMillis(), TimeUnit.MILLISECONDS).join();
    StoreLevel before = status.getLevel();
    StoreLevel level = StorageRules.level(before, space, settings);
    status =
        StoreStatus.newBuilder()
            .setLevel(level)
            .setSizeBytes(space.sizeBytes())
            .setUsedBytes(space.usedBytes())
            .setQuotaBytes(settings.quotaBytes())
            .setAskedAt(Times.toProto(now))
            .setAlarm(space.alarm())
            .build();
    if (level != before) {
      log.atWarn().addKeyValue("level", level).addKeyValue("used", space.usedBytes()).addKeyValue("size", space.sizeBytes()).log("etcd's room has changed");
    }
    return status;
  }

  /** What etcd said last. */
  public StoreStatus status() {
    return status;
  }

  /** True while something is refused. */
  public boolean isShort() {
    return status.getLevel() != StoreLevel.STORE_LEVEL_OPEN;
  }

  @Override
  public Optional<Refusal> forSubmit() {
    return isShort() || wouldReach(settings.submitPercent()) ? Optional.of(full("no tasks are taken", settings.submitPercent())) : Optional.empty();
  }

  /** With what was taken since: a burst must not fill in a second what was kept for reports. */
  private boolean wouldReach(int percent) {
    StoreStatus told = status;
    return (told.getUsedBytes() + untold + taken.get()) * 100 / settings.quotaBytes() >= percent;
  }

  @Override
  public void took(long bytes) {
    taken.addAndGet(bytes);
  }

  @Override
  public Optional<Refusal> forClaim() {
    return status.getLevel() == StoreLevel.STORE_LEVEL_NO_CLAIMS || wouldReach(settings.claimPercent())
        ? Optional.of(full("no claims are given", settings.claimPercent()))
        : Optional.empty();
  }

  private Refusal full(String what, int limitPercent) {
    StoreStatus now = status;
    long more = untold + taken.get();
    return Refusal.of(
            ErrorCode.ERROR_CODE_STORE_FULL,
            "etcd uses %d of %d bytes (file %d)%s: from %d %% on %s"
                .formatted(now.getUsedBytes(), now.getQuotaBytes(), now.getSizeBytes(), more > 0 ? ", and " + more + " are on their way" : "", limitPercent, what))
        .with("used_bytes", now.getUsedBytes())
        .with("size_bytes", now.getSizeBytes())
        .with("quota_bytes", now.getQuotaBytes())
        .with("limit_percent", limitPercent)
        .retryAfter(RETRY);
  }
}
