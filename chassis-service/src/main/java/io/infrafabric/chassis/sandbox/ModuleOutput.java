package io.infrafabric.chassis.sandbox;

/** Takes what a module writes to its standard output, as it comes. */
public interface ModuleOutput {
  /**
   * Takes the next piece, at most 64 KiB; called on the thread of the run.
   *
   * @throws io.infrafabric.error.RefusedException it cannot be taken: the run ends, and it is not the module's failure
   */
  void write(byte[] piece);
}
