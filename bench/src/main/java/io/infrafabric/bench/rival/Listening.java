package io.infrafabric.bench.rival;

import io.infrafabric.local.ChildProcess;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.Socket;
import java.time.Duration;
import java.time.Instant;

/** Waits until a child listens. */
final class Listening {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Duration POLL = Duration.ofMillis(20);

  private Listening() {}

  /** Stops the server and fails when it does not get there. */
  static void await(ChildProcess process, int port, AutoCloseable server) throws IOException {
    Instant deadline = Instant.now().plus(PATIENCE);
    while (!accepts(port)) {
      if (process.awaitExit(POLL) || Instant.now().isAfter(deadline)) {
        try {
          server.close();
        } catch (Exception e) {
          throw new IOException("cannot stop " + process.name(), e);
        }
        throw new IOException("%s did not start; its log is %s".formatted(process.name(), process.log()));
      }
    }
  }

  private static boolean accepts(int port) {
    try (Socket socket = new Socket(Proxy.NO_PROXY)) {
      socket.connect(new InetSocketAddress("127.0.0.1", port), 1_000);
      return true;
    } catch (IOException notYet) {
      return false;
    }
  }
}
