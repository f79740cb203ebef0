package io.infrafabric.coordinator.dispatch;

import io.infrafabric.kit.telemetry.RecentTimes;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;

/**
 * Counts the offers that this coordinator rings, and times the first one of each task: from the commit until the stream of offers has acknowledged
 * it, and until its doorbell was heard. Offers are told apart by their message ids. Bounded: of too many under way the oldest are not timed.
 */
public final class PushTimes {
  private static final int UNDER_WAY = 10_000;

  private final LongAdder rung = new LongAdder();
  private final LongAdder acknowledged = new LongAdder();
  private final LongAdder failed = new LongAdder();
  private final LongAdder waited = new LongAdder();
  private final LongAdder untimed = new LongAdder();
  private final RecentTimes untilAcknowledged;
  private final RecentTimes untilHeard;
  /** Since when, by message id; until its doorbell was heard. */
  private final Map<String, Long> underWay =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Long> eldest) {
          return size() > UNDER_WAY;
        }
      };

  /**
   * What was rung since the start.
   *
   * @param waited first offers that are not timed because nobody had room
   * @param untimed first offers that are not timed because nobody knows since when
   */
  public record Counts(long rung, long acknowledged, long failed, long waited, long untimed) {}

  public PushTimes() {
    this(new RecentTimes(), new RecentTimes());
  }

  PushTimes(RecentTimes untilAcknowledged, RecentTimes untilHeard) {
    this.untilAcknowledged = untilAcknowledged;
    this.untilHeard = untilHeard;
  }

  /** An offer is about to be sent. */
  void rings(String messageId, PushTiming timing) {
    rung.increment();
    switch (timing) {
      case PushTiming.From(long sinceNanos) -> {
        synchronized (underWay) {
          underWay.put(messageId, sinceNanos);
        }
      }
      case PushTiming.Waited() -> waited.increment();
      case PushTiming.Unheard() -> untimed.increment();
      case PushTiming.Again() -> {}
    }
  }

  /** The stream has acknowledged an offer. */
  void acknowledged(PushTiming timing) {
    acknowledged.increment();
    if (timing instanceof PushTiming.From(long sinceNanos)) {
      untilAcknowledged.add(sinceNanos);
    }
  }

  /** The stream has not acknowledged an offer; its doorbell may ring all the same. */
  void failed() {
    failed.increment();
  }

  /** A doorbell has rung that any coordinator may have sent. */
  void heard(String messageId) {
    Long sinceNanos;
    synchronized (underWay) {
      sinceNanos = underWay.remove(messageId);
    }
    if (sinceNanos != null) {
      untilHeard.add(sinceNanos);
    }
  }

  public Counts counts() {
    return new Counts(rung.sum(), acknowledged.sum(), failed.sum(), waited.sum(), untimed.sum());
  }

  /** From the commit until the acknowledgement. */
  public Optional<RecentTimes.Summary> untilAcknowledged() {
    return untilAcknowledged.summary();
  }

  /** From the commit until the doorbell. */
  public Optional<RecentTimes.Summary> untilHeard() {
    return untilHeard.summary();
  }
}
