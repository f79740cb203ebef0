package io.infrafabric.testkit.chaos;

import io.infrafabric.kit.lifecycle.Threads;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** Reads the protocol of NATS as it passes and drops, doubles and delays single messages; a late one comes after later ones. */
final class NatsVandal implements AutoCloseable {
  private static final Set<String> MESSAGES = Set.of("PUB", "HPUB", "MSG", "HMSG");
  private static final int LONGEST_LINE = 1 << 20;
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
    while (true) {
      byte[] line = line(in);
      if (line.length == 0) {
        return;
      }
      String[] words = new String(line, StandardCharsets.ISO_8859_1).trim().split("\\s+");
      boolean message = MESSAGES.contains(words[0].toUpperCase(Locale.ROOT));
      byte[] frame = message ? frame(line, in, Integer.parseInt(words[words.length - 1])) : line;
      if (message && active) {
        pass(frame, to);
      } else {
        send(frame, to);
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

  /** Up to and with the end of the line; empty at the end of the connection. */
  private static byte[] line(InputStream in) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int next = in.read(); next >= 0; next = in.read()) {
      line.write(next);
      if (next == '\n') {
        return line.toByteArray();
      }
      if (line.size() > LONGEST_LINE) {
        throw new IOException("not the protocol of NATS");
      }
    }
    return new byte[0];
  }

  private static byte[] frame(byte[] line, InputStream in, int body) throws IOException {
    int rest = body + 2;
    byte[] frame = new byte[line.length + rest];
    System.arraycopy(line, 0, frame, 0, line.length);
    if (in.readNBytes(frame, line.length, rest) < rest) {
      throw new EOFException("within a message");
    }
    return frame;
  }

  @Override
  public void close() {
    active = false;
    later.shutdownNow();
  }
}
