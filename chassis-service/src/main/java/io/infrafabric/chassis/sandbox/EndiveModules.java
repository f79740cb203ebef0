package io.infrafabric.chassis.sandbox;

import io.infrafabric.chassis.sandbox.ExecutionResult.Limit;
import io.infrafabric.error.Refusal;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import run.endive.compiler.InterpreterFallback;
import run.endive.compiler.MachineFactoryCompiler;
import run.endive.wasm.Parser;
import run.endive.wasm.WasmModule;

/** The compiled modules, by SHA-256; the one that was used longest ago goes first. One is compiled at a time. */
final class EndiveModules {
  private static final int KEPT = 64;
  private static final Duration COMPILE_TIME = Duration.ofSeconds(20);

  private final Map<String, EndiveModule> compiled =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, EndiveModule> eldest) {
          return size() > KEPT;
        }
      };

  /** The module of these admitted bytes. */
  synchronized EndiveModule of(byte[] bytes) {
    String sha256 = sha256(bytes);
    EndiveModule known = compiled.get(sha256);
    if (known == null) {
      known = compileInTime(bytes, sha256);
      compiled.put(sha256, known);
    }
    return known;
  }

  synchronized void clear() {
    compiled.clear();
  }

  private static EndiveModule compileInTime(byte[] bytes, String sha256) {
    AtomicReference<EndiveModule> module = new AtomicReference<>();
    AtomicReference<Refusal> refusal = new AtomicReference<>();
    Watchdog watchdog = new Watchdog("sandbox-compiler", () -> compile(bytes, sha256, module, refusal), () -> {});
    if (awaitEnd(watchdog).isPresent()) {
      throw Admission.rejected("it takes more than %d s to compile".formatted(COMPILE_TIME.toSeconds())).asException();
    }
    if (module.get() == null) {
      throw refusal.get().asException();
    }
    return module.get();
  }

  private static Optional<Limit> awaitEnd(Watchdog watchdog) {
    try {
      return watchdog.await(COMPILE_TIME, COMPILE_TIME);
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw Admission.rejected("its compilation was interrupted").asException();
    }
  }

  /** Anything can come out of a parser or compiler that is fed by strangers; none of it is shown to them. */
  private static void compile(
      byte[] bytes, String sha256, AtomicReference<EndiveModule> module, AtomicReference<Refusal> refusal) {
    refusal.set(Admission.rejected("it is not valid WebAssembly, or has a function too large for the compiler"));
    try {
      WasmModule parsed = Parser.parse(bytes);
      Optional<Refusal> instructions = InstructionRules.check(parsed);
      if (instructions.isPresent()) {
        refusal.set(instructions.get());
        return;
      }
      module.set(
          new EndiveModule(
              sha256,
              parsed,
              MachineFactoryCompiler.builder(parsed).withInterpreterFallback(InterpreterFallback.FAIL).compile()));
    } catch (Throwable any) {
      module.set(null);
    }
  }

  private static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException absent) {
      throw new IllegalStateException("every JDK has SHA-256", absent);
    }
  }
}
