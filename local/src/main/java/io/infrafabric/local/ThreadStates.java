package io.infrafabric.local;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * What the threads of a process are doing, by Linux's {@code /proc}. A signal is only asked for when {@code kill} returns; a
 * thread that runs at that moment goes on for a little while.
 *
 * @param tasks the folder with one folder for each thread; does not exist on other systems
 */
record ThreadStates(Path tasks) {
  private static final Duration PATIENCE = Duration.ofSeconds(2);
  private static final Duration LOOK = Duration.ofMillis(1);

  static ThreadStates of(long pid) {
    return new ThreadStates(Path.of("/proc", Long.toString(pid), "task"));
  }

  /** Returns when every thread is stopped, or has ended, or nothing can be known. */
  void awaitStopped() {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (anyRuns() && System.nanoTime() < end) {
      LockSupport.parkNanos(LOOK.toNanos());
    }
  }

  private boolean anyRuns() {
    if (!Files.isDirectory(tasks)) {
      return false;
    }
    try (Stream<Path> threads = Files.list(tasks)) {
      return threads.anyMatch(thread -> !isStopped(thread.resolve("stat")));
    } catch (IOException ended) {
      return false;
    }
  }

  /** {@code 123 (a name) T ...}: the name may contain anything, its closing bracket is the last one. */
  private static boolean isStopped(Path stat) {
    try {
      String line = Files.readString(stat);
      char state = line.charAt(line.lastIndexOf(')') + 2);
      return state == 'T' || state == 'Z' || state == 'X';
    } catch (IOException ended) {
      return true;
    }
  }
}
