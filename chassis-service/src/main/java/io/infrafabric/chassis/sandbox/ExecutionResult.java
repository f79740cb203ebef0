package io.infrafabric.chassis.sandbox;

/** How a run ended. Texts are the fabric's own or the module's log, never a message of the engine. */
public sealed interface ExecutionResult {
  /** What it used. */
  Measures measures();

  /** What the module wrote to standard error, as UTF-8. */
  String log();

  /** It ended by itself with exit code 0. */
  record Succeeded(String log, Measures measures) implements ExecutionResult {}

  /**
   * It ended by itself, badly.
   *
   * @param exitCode of {@link Failure#EXIT_CODE}, otherwise 0
   */
  record Failed(Failure failure, int exitCode, String log, Measures measures) implements ExecutionResult {
    /** One sentence for people. */
    public String message() {
      return failure == Failure.EXIT_CODE ? "the module ended with exit code " + exitCode : failure.message;
    }
  }

  /** It was ended at a limit. */
  record LimitExceeded(Limit limit, String log, Measures measures) implements ExecutionResult {}

  /** How a module can fail. */
  enum Failure {
    EXIT_CODE("the module ended with an exit code"),
    TRAP("the module trapped"),
    STACK_EXHAUSTED("the module exhausted its stack"),
    HOST_MEMORY_EXHAUSTED("the host ran out of memory"),
    ENGINE("the engine could not run the module");

    private final String message;

    Failure(String message) {
      this.message = message;
    }
  }

  /** Where a run can be ended. */
  enum Limit {
    WALL_CLOCK("wall clock"),
    CPU("CPU time"),
    MEMORY("memory"),
    RESULT("result size"),
    LOG("log size");

    private final String words;

    Limit(String words) {
      this.words = words;
    }

    /** The limit's name for people. */
    public String words() {
      return words;
    }
  }
}
