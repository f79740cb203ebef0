package io.infrafabric.kit.lifecycle;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a program has opened. Closes it once, last opened first, on {@link #close()} or, for {@link #ofProcess}, when
 * the JVM is told to end.
 */
public final class Lifecycle implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Lifecycle.class);

  private record Part(String name, AutoCloseable closeable) {}

  private final String name;
  private final Deque<Part> parts = new ArrayDeque<>();
  private final AtomicBoolean closing = new AtomicBoolean();
  private final CountDownLatch closed = new CountDownLatch(1);

  /** A lifecycle that ends with {@link #close()} only: for tests and parts of a program. */
  public Lifecycle(String name) {
    this.name = name;
  }

  /** A lifecycle that also ends with the JVM (SIGTERM, SIGINT, {@code System.exit}). */
  public static Lifecycle ofProcess(String name) {
    Lifecycle lifecycle = new Lifecycle(name);
    Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().name("stop-" + name).unstarted(lifecycle::close));
    return lifecycle;
  }

  /**
   * Takes over the closing of a part and returns it.
   *
   * @throws IllegalStateException when the program is stopping; the part is closed then
   */
  public <T extends AutoCloseable> T add(String partName, T part) {
    Part added = new Part(partName, part);
    synchronized (parts) {
      if (!closing.get()) {
        parts.push(added);
        return part;
      }
    }
    closePart(added);
    throw new IllegalStateException(name + " is stopping, " + partName + " was not added");
  }

  /** True from the moment at which stopping begins. */
  public boolean isStopping() {
    return closing.get();
  }

  /**
   * Waits until everything is closed.
   *
   * @throws InterruptedException when the thread is interrupted; nothing is closed by that
   */
  public void awaitStop() throws InterruptedException {
    closed.await();
  }

  /** Closes every part, last added first, and returns when that is done; a part that fails is logged and skipped. */
  @Override
  public void close() {
    if (!closing.compareAndSet(false, true)) {
      awaitUninterruptibly();
      return;
    }
    long start = System.nanoTime();
    for (Part part = next(); part != null; part = next()) {
      closePart(part);
    }
    LOG.atInfo().addKeyValue("program", name).addKeyValue("millis", millisSince(start)).log("stopped");
    closed.countDown();
  }

  private Part next() {
    synchronized (parts) {
      return parts.poll();
    }
  }

  private static void closePart(Part part) {
    long start = System.nanoTime();
    try {
      part.closeable().close();
      LOG.atInfo().addKeyValue("part", part.name()).addKeyValue("millis", millisSince(start)).log("closed");
    } catch (Exception failure) {
      LOG.atWarn().addKeyValue("part", part.name()).setCause(failure).log("could not be closed");
    }
  }

  private void awaitUninterruptibly() {
    boolean interrupted = false;
    while (closed.getCount() > 0) {
      try {
        closed.await();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private static long millisSince(long startNanos) {
    return Duration.ofNanos(System.nanoTime() - startNanos).toMillis();
  }
}
