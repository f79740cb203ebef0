package io.infrafabric.chassis.sandbox;

import io.infrafabric.chassis.sandbox.ExecutionResult.Failure;
import io.infrafabric.chassis.sandbox.ExecutionResult.Limit;
import io.infrafabric.error.RefusedException;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.function.Supplier;
import run.endive.runtime.Instance;
import run.endive.runtime.TrapException;
import run.endive.runtime.WasmRuntimeException;

/** The inside of one run: everything that belongs to it alone. Made and run by the thread of the run, read afterwards. */
final class EndiveRun {
  private final EndiveModule module;
  private final ExecutionLimits limits;
  private final ByteArrayOutputStream log = new ByteArrayOutputStream(256);
  private final EndiveWasi wasi;
  private volatile EndiveMemory memory;

  EndiveRun(EndiveModule module, ExecutionLimits limits, byte[] payload, ModuleOutput output) {
    this.module = module;
    this.limits = limits;
    this.wasi =
        new EndiveWasi(
            payload, new CappedOutput(limits.resultBytes(), Limit.RESULT, output), new CappedOutput(limits.logBytes(), Limit.LOG, log::writeBytes));
  }

  /** Runs the module to its end, whatever that is. */
  Ending execute() {
    try {
      Instance.builder(module.parsed())
          .withImportValues(wasi.imports(module.parsed()))
          .withMachineFactory(module.compiled())
          .withMemoryFactory(declared -> memory = new EndiveMemory(declared, limits.memoryPages()))
          .withTableFactory(EndiveTable::create)
          .build();
      return new Ending.Exited(0);
    } catch (Throwable anything) {
      return ending(anything);
    }
  }

  /** Linear memory so far, in bytes. */
  long memoryBytes() {
    EndiveMemory made = memory;
    return made == null ? 0 : (long) made.pages() * ExecutionLimits.PAGE_BYTES;
  }

  /** What it has written to standard error. Only after its end. */
  Supplier<String> log() {
    return () -> log.toString(StandardCharsets.UTF_8);
  }

  private Ending ending(Throwable thrown) {
    return switch (thrown) {
      case RunEnded.ByModule exit -> exit.exitCode() == 0 ? new Ending.Exited(0) : failed(Failure.EXIT_CODE, exit.exitCode());
      case RunEnded.AtLimit end -> new Ending.AtLimit(end.limit());
      case RunEnded.Undelivered _ when interrupted() -> new Ending.Stopped();
      case RunEnded.Undelivered end -> new Ending.Undelivered(end.why());
      case RunEnded.Stopped _ -> new Ending.Stopped();
      case OutOfMemoryError _ -> failed(Failure.HOST_MEMORY_EXHAUSTED, 0);
      case Throwable other when stackExhausted(other) -> failed(Failure.STACK_EXHAUSTED, 0);
      case Throwable other when interrupted() -> new Ending.Stopped();
      case TrapException _, WasmRuntimeException _, ArithmeticException _ -> failed(Failure.TRAP, 0);
      case run.endive.wasm.WasmEngineException _, IndexOutOfBoundsException _ -> failed(Failure.TRAP, 0);
      default -> failed(Failure.ENGINE, 0);
    };
  }

  /** A module that fails after it was refused memory failed for want of memory. */
  private Ending failed(Failure failure, int exitCode) {
    EndiveMemory made = memory;
    if (made != null && made.growthRefused()) {
      return new Ending.AtLimit(Limit.MEMORY);
    }
    return failure == Failure.EXIT_CODE ? new Ending.Exited(exitCode) : new Ending.Broken(failure);
  }

  private static boolean interrupted() {
    return Thread.currentThread().isInterrupted();
  }

  private static boolean stackExhausted(Throwable thrown) {
    for (Throwable each = thrown; each != null; each = each.getCause()) {
      if (each instanceof StackOverflowError) {
        return true;
      }
    }
    return false;
  }

  /** How the inside of a run ended. */
  sealed interface Ending {
    record Exited(int code) implements Ending {}

    record Broken(Failure failure) implements Ending {}

    record AtLimit(Limit limit) implements Ending {}

    /** Its output could not be taken. */
    record Undelivered(RefusedException why) implements Ending {}

    /** It was told to and did. */
    record Stopped() implements Ending {}
  }
}
