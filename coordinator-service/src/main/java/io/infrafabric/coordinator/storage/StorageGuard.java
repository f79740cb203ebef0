package io.infrafabric.coordinator.storage;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.StoreLevel;
import io.infrafabric.coordinator.v1.StoreStatus;
import io.infrafabric.error.Refusal;
import io.infrafabric.kit.store.Upkeep;
import io.infrafabric.kit.time.Times;
import java.time.Duration;
import java.time.Instant;
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

  private final Upkeep upkeep;
  private final StorageSettings settings;
  private volatile StoreStatus status;
  /** Bytes put in since etcd was asked last, and between that and the time before: etcd tells what it has written to its file. */
  private final AtomicLong taken = new AtomicLong();

  private volatile long takenBefore;

  public StorageGuard(Upkeep upkeep, StorageSettings settings) {
    this.upkeep = upkeep;
    this.settings = settings;
    this.status = StoreStatus.newBuilder().setLevel(StoreLevel.STORE_LEVEL_OPEN).setQuotaBytes(settings.quotaBytes()).build();
  }

  /** Asks etcd once. The last answer stands while it does not answer: then it takes no writes anyway. */
  public StoreStatus runOnce(Instant now) {
    long untold = taken.getAndSet(0);
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
    takenBefore = untold;
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
    return isShort() || wouldBeShort() ? Optional.of(full("no tasks are taken", settings.submitPercent())) : Optional.empty();
  }

  /** With what was taken since: a burst must not fill in a second what was kept for reports. */
  private boolean wouldBeShort() {
    StoreStatus told = status;
    return (told.getUsedBytes() + takenBefore + taken.get()) * 100 / settings.quotaBytes() >= settings.submitPercent();
  }

  @Override
  public void took(long bytes) {
    taken.addAndGet(bytes);
  }

  @Override
  public Optional<Refusal> forClaim() {
    return status.getLevel() == StoreLevel.STORE_LEVEL_NO_CLAIMS
        ? Optional.of(full("no claims are given", settings.claimPercent()))
        : Optional.empty();
  }

  private Refusal full(String what, int limitPercent) {
    StoreStatus now = status;
    return Refusal.of(
            ErrorCode.ERROR_CODE_STORE_FULL,
            "etcd uses " + now.getUsedBytes() + " of " + now.getQuotaBytes() + " bytes (file " + now.getSizeBytes() + "): from " + limitPercent + " % on " + what)
        .with("used_bytes", now.getUsedBytes())
        .with("size_bytes", now.getSizeBytes())
        .with("quota_bytes", now.getQuotaBytes())
        .with("limit_percent", limitPercent)
        .retryAfter(RETRY);
  }
}
