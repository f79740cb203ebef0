package io.infrafabric.kit.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class CallLimitTest {
  private static final Duration QUICK = Duration.ofMillis(5);
  private static final Duration SLOW = Duration.ofSeconds(2);

  private final AtomicLong nanos = new AtomicLong();
  private final CallLimit limit = new CallLimit(new OverloadSettings(100, 1_000, Duration.ofMillis(500)), nanos::get);
  private final Deque<CallLimit.Call> open = new ArrayDeque<>();

  private int fill(Importance importance) {
    int taken = 0;
    for (var call = limit.take(importance); call.isPresent(); call = limit.take(importance)) {
      open.add(call.get());
      taken++;
    }
    return taken;
  }

  private void endAll(Duration took, CallLimit.End end) {
    nanos.addAndGet(took.toNanos());
    open.forEach(call -> call.end(end));
    open.clear();
  }

  @Test
  void whatMattersLeast_isRefusedFirst() {
    Map<Importance, Integer> taken = new EnumMap<>(Importance.class);
    for (Importance importance : new Importance[] {Importance.LOW, Importance.NORMAL, Importance.HIGH, Importance.VITAL}) {
      taken.put(importance, fill(importance));
      assertThat(limit.take(Importance.LOW)).isEmpty();
    }
    assertThat(taken.get(Importance.LOW)).isEqualTo(limit.limit() / 2);
    assertThat(taken.values()).allMatch(more -> more > 0);
    assertThat(limit.underWay()).isEqualTo(2 * limit.limit());
  }

  @Test
  void stall_lowersTheLimit_toWhatIsServedAnyway() {
    fill(Importance.HIGH);
    endAll(SLOW, CallLimit.End.ANSWERED);
    assertThat(limit.limit()).isEqualTo(100);
    fill(Importance.HIGH);
    endAll(QUICK, CallLimit.End.TOO_LATE);
    assertThat(limit.limit()).isEqualTo(100);
    assertThat(limit.underWay()).isZero();
  }

  @Test
  void fiveSecondsAfterAStall_theLimitIsWhatItWas() {
    int before = limit.limit();
    fill(Importance.HIGH);
    endAll(SLOW, CallLimit.End.ANSWERED);
    long over = nanos.get();
    while (limit.limit() < before) {
      fill(Importance.HIGH);
      endAll(QUICK, CallLimit.End.ANSWERED);
    }
    assertThat(Duration.ofNanos(nanos.get() - over)).isLessThan(Duration.ofSeconds(5));
  }

  @Test
  void limit_growsOnlyWhenItIsUsed_andToItsMost() {
    for (int i = 0; i < 5_000; i++) {
      limit.take(Importance.HIGH).orElseThrow().end(CallLimit.End.ANSWERED);
    }
    assertThat(limit.limit()).isEqualTo(200);
    for (int i = 0; i < 100; i++) {
      fill(Importance.HIGH);
      endAll(QUICK, CallLimit.End.ANSWERED);
    }
    assertThat(limit.limit()).isEqualTo(1_000);
  }

  @Test
  void secondEndOfACall_doesNotCount() {
    CallLimit.Call call = limit.take(Importance.LOW).orElseThrow();
    call.end(CallLimit.End.BESIDE_THE_POINT);
    call.end(CallLimit.End.TOO_LATE);
    assertThat(limit.underWay()).isZero();
    assertThat(limit.limit()).isEqualTo(200);
  }
}
