package io.infrafabric.bench;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Waits until a fabric has done what it does after a round: facts that are relayed, costs that are booked. */
public final class Calm {
  private static final Duration LOOK = Duration.ofMillis(500);
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /** Of one core. */
  private static final double IDLE = 0.2;

  private Calm() {}

  /** Returns when the processes use little CPU, or after half a minute. */
  public static void await(CpuMeter cpu) throws InterruptedException {
    await(cpu, PATIENCE);
  }

  /** The same with another patience; false when it was used up. */
  public static boolean await(CpuMeter cpu, Duration patience) throws InterruptedException {
    CountDownLatch never = new CountDownLatch(1);
    CpuMeter.Reading before = cpu.read();
    for (long i = 0; i < patience.dividedBy(LOOK); i++) {
      never.await(LOOK.toMillis(), TimeUnit.MILLISECONDS);
      CpuMeter.Reading now = cpu.read();
      if (now.total().minus(before.total()).toNanos() < IDLE * LOOK.toNanos()) {
        return true;
      }
      before = now;
    }
    return false;
  }
}
