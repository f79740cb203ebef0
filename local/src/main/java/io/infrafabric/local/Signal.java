package io.infrafabric.local;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;

/** The signals that Java has no call for, sent with the shell's own {@code kill}. */
enum Signal {
  STOP,
  CONT;

  /**
   * Sends this signal to one process and returns when it was sent; a process that ended is left
   * alone.
   */
  void send(ProcessHandle process) {
    if (!process.isAlive()) {
      return;
    }
    try {
      new ProcessBuilder("sh", "-c", "kill -" + name() + " " + process.pid())
          .redirectErrorStream(true)
          .redirectOutput(Redirect.DISCARD)
          .start()
          .waitFor();
    } catch (IOException e) {
      throw new LocalRunException("cannot send SIG%s to %d".formatted(name(), process.pid()), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
