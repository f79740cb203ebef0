package io.infrafabric.examples.census;

import org.teavm.interop.Address;
import org.teavm.interop.Import;

/** Standard input, output and exit of WASI preview 1. TeaVM's own {@code System.in} does not read there. */
final class Wasi {
  static final int CHUNK_BYTES = 64 * 1024;
  static final int STANDARD_OUTPUT = 1;
  static final int STANDARD_ERROR = 2;

  private static final int STANDARD_INPUT = 0;
  private static final int FAILED = 74;

  /** One {@code iovec}: address and length. No allocation lies between filling it and the call, so nothing moves. */
  private static final int[] VECTOR = new int[2];

  private static final int[] COUNT = new int[1];

  private Wasi() {}

  /** Fills the array from standard input; fewer bytes than it holds mean its end. */
  static int read(byte[] into) {
    int filled = 0;
    while (filled < into.length) {
      VECTOR[0] = Address.ofData(into).add(filled).toInt();
      VECTOR[1] = into.length - filled;
      if (fdRead(STANDARD_INPUT, Address.ofData(VECTOR), 1, Address.ofData(COUNT)) != 0) {
        exit(FAILED);
      }
      if (COUNT[0] == 0) {
        break;
      }
      filled += COUNT[0];
    }
    return filled;
  }

  static void write(int descriptor, byte[] bytes) {
    int written = 0;
    while (written < bytes.length) {
      VECTOR[0] = Address.ofData(bytes).add(written).toInt();
      VECTOR[1] = bytes.length - written;
      if (fdWrite(descriptor, Address.ofData(VECTOR), 1, Address.ofData(COUNT)) != 0) {
        exit(FAILED);
      }
      written += COUNT[0];
    }
  }

  @Import(module = "wasi_snapshot_preview1", name = "proc_exit")
  static native void exit(int code);

  @Import(module = "wasi_snapshot_preview1", name = "fd_read")
  private static native int fdRead(int descriptor, Address vectors, int vectorCount, Address count);

  @Import(module = "wasi_snapshot_preview1", name = "fd_write")
  private static native int fdWrite(int descriptor, Address vectors, int vectorCount, Address count);
}
