package io.infrafabric.chassis.sandbox;

/** What loads modules so that they can be run. Safe for use by many threads. */
public interface Engine extends AutoCloseable {
  /**
   * Admits and compiles a module; one that was loaded lately is not compiled again.
   *
   * @param module the bytes of a WASI preview 1 command
   * @throws io.infrafabric.error.RefusedException MODULE_REJECTED, with what is wrong
   */
  LoadedModule load(byte[] module, ExecutionLimits limits);

  /** Threads that did not stop when they were told to, and hold a slot until they end by themselves. */
  int stuckThreads();

  /** Stops what runs and refuses to load more. */
  @Override
  void close();
}
