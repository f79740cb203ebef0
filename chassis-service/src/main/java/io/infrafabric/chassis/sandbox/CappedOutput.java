package io.infrafabric.chassis.sandbox;

import io.infrafabric.chassis.sandbox.ExecutionResult.Limit;
import io.infrafabric.error.RefusedException;

/** Passes on what a module writes, up to a cap; the write that passes it ends the run. Of one thread. */
final class CappedOutput {
  private final int cap;
  private final Limit limit;
  private final ModuleOutput to;
  private long written;

  CappedOutput(int cap, Limit limit, ModuleOutput to) {
    this.cap = cap;
    this.limit = limit;
    this.to = to;
  }

  /** Room for that many bytes more. */
  void claim(long bytes) {
    if (bytes > cap - written) {
      throw new RunEnded.AtLimit(limit);
    }
  }

  void write(byte[] piece) {
    claim(piece.length);
    written += piece.length;
    try {
      to.write(piece);
    } catch (RefusedException refused) {
      throw new RunEnded.Undelivered(refused);
    }
  }
}
