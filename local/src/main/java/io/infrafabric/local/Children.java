package io.infrafabric.local;

import java.util.ArrayList;
import java.util.List;

/**
 * The children that must not outlive this JVM; one shutdown hook stops them, the youngest first.
 */
final class Children {
  private static final List<ChildProcess> LIVE = new ArrayList<>();
  private static boolean ending;

  static {
    Runtime.getRuntime()
        .addShutdownHook(Thread.ofPlatform().name("local-children").unstarted(Children::stopAll));
  }

  private Children() {}

  static void add(ChildProcess child) {
    synchronized (LIVE) {
      if (!ending) {
        LIVE.add(child);
        return;
      }
    }
    child.kill();
    throw new LocalRunException(child.name() + " is not started any more: the program ends");
  }

  static void remove(ChildProcess child) {
    synchronized (LIVE) {
      LIVE.remove(child);
    }
  }

  private static void stopAll() {
    List<ChildProcess> youngestFirst;
    synchronized (LIVE) {
      ending = true;
      youngestFirst = List.copyOf(LIVE).reversed();
    }
    youngestFirst.forEach(child -> child.stop(ChildProcess.GRACE));
  }
}
