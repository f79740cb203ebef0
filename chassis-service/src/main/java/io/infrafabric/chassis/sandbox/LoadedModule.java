package io.infrafabric.chassis.sandbox;

/** A module that was admitted and compiled. Safe for use by many threads. */
public interface LoadedModule {
  /** Of its bytes, 64 hex digits. */
  String sha256();

  /**
   * Runs it once, in an instance of its own, and waits for the end; at a limit the answer comes within 250 ms.
   *
   * @param payload its standard input
   * @param output is given its standard output as it comes; at a limit, also a last time after the answer
   * @throws io.infrafabric.error.RefusedException OVERLOADED when no thread became free within the wall clock limit, or what the output
   *     was refused with
   * @throws InterruptedException when the caller was interrupted; the run is stopped
   */
  ExecutionResult run(byte[] payload, ModuleOutput output) throws InterruptedException;
}
