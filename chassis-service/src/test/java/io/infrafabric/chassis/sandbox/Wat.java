package io.infrafabric.chassis.sandbox;

import com.dylibso.chicory.wabt.Wat2Wasm;

/** Assembles modules for tests. */
public final class Wat {
  private static final String IMPORTS =
      """
      (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
      (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
      (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
      (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
      (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
      (import "wasi_snapshot_preview1" "path_open"
        (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
      """;

  private Wat() {}

  /** Any module. */
  public static byte[] module(String fields) {
    return Wat2Wasm.parse("(module " + fields + ")");
  }

  /** A command with one page of memory and WASI imported. */
  public static byte[] command(String body) {
    return commandWith("(memory (export \"memory\") 1)", body);
  }

  /** The same with a memory, globals, tables or functions of its own. */
  public static byte[] commandWith(String fields, String body) {
    return module(IMPORTS + fields + "(func (export \"_start\") " + body + ")");
  }

  /** Instructions that write four bytes at an address to a descriptor. */
  static String writeFour(int descriptor, String address) {
    return """
        (i32.store (i32.const 1024) %s) (i32.store (i32.const 1028) (i32.const 4))
        (drop (call $write (i32.const %d) (i32.const 1024) (i32.const 1) (i32.const 1032)))
        """
        .formatted(address, descriptor);
  }

  /** Instructions that write an i32 as the result. */
  static String answer(String value) {
    return "(i32.store (i32.const 1040) %s) ".formatted(value) + writeFour(1, "(i32.const 1040)");
  }
}
