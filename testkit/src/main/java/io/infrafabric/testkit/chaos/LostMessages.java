package io.infrafabric.testkit.chaos;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.util.concurrent.atomic.AtomicLong;

/** Stands before NATS: the connections live, and of the messages none gets through, in either direction, once it has begun. */
public final class LostMessages implements AutoCloseable {
  private final AtomicLong lost = new AtomicLong();
  private final TcpProxy proxy;
  private volatile boolean losing;

  private LostMessages(String server) {
    proxy = TcpProxy.to(URI.create(server).getPort(), this::pump, this::pump);
  }

  /** Passes on everything to this server of loopback, until told to begin. */
  public static LostMessages before(String server) {
    return new LostMessages(server);
  }

  /** What clients connect to instead of the server. */
  public String address() {
    return "nats://127.0.0.1:" + proxy.port();
  }

  /** From now on every message is lost. */
  public void begin() {
    losing = true;
  }

  /** How many were lost. */
  public long lost() {
    return lost.get();
  }

  private void pump(InputStream from, OutputStream to) throws IOException {
    InputStream in = new BufferedInputStream(from);
    for (NatsFrame frame = NatsFrame.read(in); !frame.isEnd(); frame = NatsFrame.read(in)) {
      if (losing && frame.isMessage()) {
        lost.incrementAndGet();
      } else {
        to.write(frame.bytes());
        to.flush();
      }
    }
  }

  @Override
  public void close() {
    proxy.close();
  }
}
