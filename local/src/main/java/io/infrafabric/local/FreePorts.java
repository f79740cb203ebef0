package io.infrafabric.local;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Loopback ports that nobody listens on, each handed out once per JVM, and to one JVM of this user at a time: whoever was given a port
 * locks the byte of that number in a file of the temporary folder until it ends.
 *
 * <p>They lie below the range from which Linux (32768) and macOS (49152) take the ports of outgoing
 * connections, so a server that is down for a while finds its port free again.
 */
public final class FreePorts {
  private static final int FIRST = 20_000;
  private static final int LAST = 32_000;
  private static final int ATTEMPTS = 1_000;
  private static final Set<Integer> TAKEN = ConcurrentHashMap.newKeySet();
  private static final FileChannel LOCKS = locks();

  private FreePorts() {}

  /** Returns a port on 127.0.0.1 that was free a moment ago and was not returned before. */
  public static int next() {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      int port = ThreadLocalRandom.current().nextInt(FIRST, LAST);
      if (TAKEN.add(port) && isFree(port) && isLocked(port)) {
        return port;
      }
    }
    throw new LocalRunException(
        "no free port on 127.0.0.1 between %d and %d".formatted(FIRST, LAST));
  }

  private static boolean isFree(int port) {
    try (var socket = new ServerSocket()) {
      socket.bind(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port));
      return true;
    } catch (IOException inUse) {
      return false;
    }
  }

  /** Locks the port against other JVMs; false when another has it, whose server may be down for a while. */
  private static boolean isLocked(int port) {
    try {
      return LOCKS.tryLock(port, 1, false) != null;
    } catch (IOException e) {
      throw new LocalRunException("cannot lock port " + port, e);
    }
  }

  private static FileChannel locks() {
    Path file =
        Path.of(System.getProperty("java.io.tmpdir"))
            .resolve("infrafabric-ports-" + System.getProperty("user.name"));
    try {
      return FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    } catch (IOException e) {
      throw new LocalRunException("cannot open " + file, e);
    }
  }
}
