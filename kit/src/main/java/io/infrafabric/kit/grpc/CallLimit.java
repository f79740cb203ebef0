package io.infrafabric.kit.grpc;

import com.netflix.concurrency.limits.Limit;
import com.netflix.concurrency.limits.limit.AIMDLimit;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;

/**
 * How many calls may be under way: more while calls are quick, fewer once they are slow or given up (additive increase, multiplicative
 * decrease; Netflix concurrency-limits). The more important a call, the later it is refused.
 */
final class CallLimit {
  private static final double BACK_OFF = 0.9;

  private final Limit limit;
  private final LongSupplier nanos;
  private final AtomicInteger underWay = new AtomicInteger();

  CallLimit(OverloadSettings settings, LongSupplier nanos) {
    this.limit =
        AIMDLimit.newBuilder()
            .initialLimit(Math.min(settings.mostCalls(), settings.leastCalls() * 2))
            .minLimit(settings.leastCalls())
            .maxLimit(settings.mostCalls())
            .backoffRatio(BACK_OFF)
            .timeout(settings.tooLong().toNanos(), TimeUnit.NANOSECONDS)
            .build();
    this.nanos = nanos;
  }

  /** How a call ended, as far as the limit is concerned. */
  enum End {
    /** Answered, whatever the answer. */
    ANSWERED,
    /** Not in time, or its caller did not wait. */
    TOO_LATE,
    /** Says nothing about how busy it is here. */
    BESIDE_THE_POINT
  }

  /** A call that is under way; to be ended once. */
  final class Call {
    private final long begun = nanos.getAsLong();
    private final int others;
    private final AtomicBoolean ended = new AtomicBoolean();

    private Call(int others) {
      this.others = others;
    }

    /** Ends it; only the first end counts. */
    void end(End end) {
      if (!ended.compareAndSet(false, true)) {
        return;
      }
      underWay.decrementAndGet();
      if (end != End.BESIDE_THE_POINT) {
        limit.onSample(begun, nanos.getAsLong() - begun, others, end == End.TOO_LATE);
      }
    }
  }

  /** Takes a call, or not. */
  Optional<Call> take(Importance importance) {
    int room = importance.room(limit.getLimit());
    int before = underWay.getAndUpdate(calls -> calls < room ? calls + 1 : calls);
    return before < room ? Optional.of(new Call(before + 1)) : Optional.empty();
  }

  int limit() {
    return limit.getLimit();
  }

  int underWay() {
    return underWay.get();
  }
}
