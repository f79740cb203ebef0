package io.infrafabric.kit.store;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One thread that does what it is sent, in order, and then runs a step once for all that had come in. */
final class Mailbox implements Executor {
  private static final Logger log = LoggerFactory.getLogger(Mailbox.class);
  private static final int DRAIN = 4_096;

  private final LinkedBlockingQueue<Runnable> mail = new LinkedBlockingQueue<>();
  private final Runnable afterwards;
  private final Thread thread;
  private volatile boolean closed;

  Mailbox(String name, Runnable afterwards) {
    this.afterwards = afterwards;
    this.thread = Thread.ofPlatform().name(name).daemon(true).unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  @Override
  public void execute(Runnable letter) {
    mail.add(letter);
  }

  boolean isCurrentThread() {
    return Thread.currentThread() == thread;
  }

  private void run() {
    List<Runnable> letters = new ArrayList<>();
    while (!closed || !mail.isEmpty()) {
      try {
        letters.add(mail.take());
        mail.drainTo(letters, DRAIN);
      } catch (InterruptedException stop) {
        closed = true;
      }
      letters.forEach(this::open);
      letters.clear();
      open(afterwards);
    }
  }

  private void open(Runnable letter) {
    try {
      letter.run();
    } catch (RuntimeException | Error bug) {
      log.atError().setCause(bug).log("a step of the replica failed");
    }
  }

  void close(Duration patience) {
    closed = true;
    mail.add(() -> {});
    if (isCurrentThread()) {
      return;
    }
    try {
      thread.join(patience);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
