package io.infrafabric.scenarios;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.HexFormat;

/** WASM modules for the chassis. */
final class Modules {
  /**
   * Sleeps for an hour, without using the processor:
   *
   * <pre>
   * (module
   *   (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
   *   (memory (export "memory") 1)
   *   (func (export "_start")
   *     (i64.store (i32.const 24) (i64.const 3600000000000))
   *     (drop (call $poll (i32.const 0) (i32.const 100) (i32.const 1) (i32.const 200)))))
   * </pre>
   */
  private static final String SLEEPING =
      "0061736d01000000010c0260047f7f7f7f017f60000002260116776173695f736e617073686f745f70726576696577310b70"
      + "6f6c6c5f6f6e656f66660000030201010503010001071302066d656d6f72790200065f737461727400010a1e011c00411842"
      + "80c0e285e3e800370300410041e400410141c80110001a0b";

  /**
   * Goes round for ever, with all of a processor:
   *
   * <pre>
   * (module
   *   (memory (export "memory") 1)
   *   (func (export "_start") (loop $forever (br $forever))))
   * </pre>
   */
  private static final String BUSY =
      "0061736d01000000010401600000030201000503010001071302066d656d6f72790200065f737461727400000a09010700" + "03400c000b0b";

  private Modules() {}

  static ByteString busy() {
    return ByteString.copyFrom(HexFormat.of().parseHex(BUSY));
  }

  static ByteString sleeping() {
    return ByteString.copyFrom(HexFormat.of().parseHex(SLEEPING));
  }

  /** The census of the examples: a path, a line feed and a file in, a line of JSON out. */
  static ByteString census() {
    try (InputStream module = Modules.class.getResourceAsStream("/modules/census.wasm")) {
      return ByteString.readFrom(module);
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }
}
