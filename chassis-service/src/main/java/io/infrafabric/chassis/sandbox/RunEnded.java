package io.infrafabric.chassis.sandbox;

import io.infrafabric.chassis.sandbox.ExecutionResult.Limit;
import io.infrafabric.error.RefusedException;

/** Unwinds a run from inside a host function. No module can catch it: exceptions are not admitted. */
abstract sealed class RunEnded extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private RunEnded() {
    super(null, null, false, false);
  }

  /** The module asked for its end. */
  static final class ByModule extends RunEnded {
    private static final long serialVersionUID = 1L;
    private final int exitCode;

    ByModule(int exitCode) {
      this.exitCode = exitCode;
    }

    int exitCode() {
      return exitCode;
    }
  }

  /** It wrote more than it may. */
  static final class AtLimit extends RunEnded {
    private static final long serialVersionUID = 1L;
    private final Limit limit;

    AtLimit(Limit limit) {
      this.limit = limit;
    }

    Limit limit() {
      return limit;
    }
  }

  /** What it wrote could not be taken, for a reason that is not the module's. */
  static final class Undelivered extends RunEnded {
    private static final long serialVersionUID = 1L;
    private final transient RefusedException why;

    Undelivered(RefusedException why) {
      this.why = why;
    }

    RefusedException why() {
      return why;
    }
  }

  /** The watchdog told the thread to stop. */
  static final class Stopped extends RunEnded {
    private static final long serialVersionUID = 1L;
  }

  /** To be called wherever a host function or a bulk operation goes on for long. */
  static void ifInterrupted() {
    if (Thread.currentThread().isInterrupted()) {
      throw new Stopped();
    }
  }
}
