package io.infrafabric.chassis.sandbox;

import io.infrafabric.chassis.sandbox.ExecutionResult.Limit;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** Keeps what a module writes, up to a cap; the write that passes it ends the run. Of one thread until that has ended. */
final class CappedOutput {
  private final int cap;
  private final Limit limit;
  private final ByteArrayOutputStream kept = new ByteArrayOutputStream(256);

  CappedOutput(int cap, Limit limit) {
    this.cap = cap;
    this.limit = limit;
  }

  /** Room for that many bytes more. */
  void claim(long bytes) {
    if (bytes > cap - kept.size()) {
      throw new RunEnded.AtLimit(limit);
    }
  }

  void write(byte[] bytes) {
    claim(bytes.length);
    kept.writeBytes(bytes);
  }

  byte[] bytes() {
    return kept.toByteArray();
  }

  String text() {
    return kept.toString(StandardCharsets.UTF_8);
  }
}
