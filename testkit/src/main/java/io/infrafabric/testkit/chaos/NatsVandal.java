package io.infrafabric.testkit.chaos;

import io.infrafabric.kit.lifecycle.Threads;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Random;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** Reads the protocol of NATS as it passes and drops, doubles and delays single messages; a late one comes after later ones. */
final class NatsVandal implements AutoCloseable {
  private static final double EACH = 0.08;
  private static final int LATEST_MILLIS = 400;

  private final Random random;
  private final ScheduledExecutorService later = Threads.timer("nats-vandal");
  private final AtomicLong harmed = new AtomicLong();
  private volatile boolean active;

  NatsVandal(long seed) {
    this.random = new Random(seed);
  }

  /** Begins, or stops. */
  void set(boolean on) {
    active = on;
  }

  /** Messages that were dropped, doubled or delayed. */
  long harmed() {
    return harmed.get();
  }

  /** A direction of a connection; see {@link TcpProxy.Pump}. */
  void pump(InputStream from, OutputStream to) throws IOException {
    InputStream in = new BufferedInputStream(from);
    for (NatsFrame frame = NatsFrame.read(in); !frame.isEnd(); frame = NatsFrame.read(in)) {
      if (frame.isMessage() && active) {
        pass(frame.bytes(), to);
      } else {
        send(frame.bytes(), to);
      }
    }
  }

  private void pass(byte[] frame, OutputStream to) throws IOException {
    double dice;
    int millis;
    synchronized (random) {
      dice = random.nextDouble();
      millis = 1 + random.nextInt(LATEST_MILLIS);
    }
    if (dice >= 3 * EACH) {
      send(frame, to);
      return;
    }
    harmed.incrementAndGet();
    if (dice < EACH) {
      return; // dropped
    }
    if (dice < 2 * EACH) {
      send(frame, to);
    }
    later.schedule(() -> sendLate(frame, to), millis, TimeUnit.MILLISECONDS);
  }

  private static void sendLate(byte[] frame, OutputStream to) {
    try {
      send(frame, to);
    } catch (IOException gone) {
      // the connection ended before: it is dropped
    }
  }

  private static void send(byte[] frame, OutputStream to) throws IOException {
    synchronized (to) {
      to.write(frame, 0, frame.length);
      to.flush();
    }
  }

  @Override
  public void close() {
    active = false;
    later.shutdownNow();
  }
}
