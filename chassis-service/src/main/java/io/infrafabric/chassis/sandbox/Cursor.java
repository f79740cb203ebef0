package io.infrafabric.chassis.sandbox;

import java.nio.charset.StandardCharsets;

/** Reads the WebAssembly binary format within bounds (WebAssembly Core Specification 2.0, section 5). */
final class Cursor {
  /** The bytes are not what the format says. */
  static final class Malformed extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Malformed(String message) {
      super(message, null, false, false);
    }
  }

  private final byte[] bytes;
  private final int end;
  private int at;

  Cursor(byte[] bytes) {
    this(bytes, 0, bytes.length);
  }

  private Cursor(byte[] bytes, int at, int end) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  boolean atEnd() {
    return at == end;
  }

  int remaining() {
    return end - at;
  }

  int u8() {
    if (at >= end) {
      throw new Malformed("it ends in the middle of a section");
    }
    return bytes[at++] & 0xff;
  }

  /** Four bytes, little-endian. */
  int i32() {
    return u8() | u8() << 8 | u8() << 16 | u8() << 24;
  }

  /** An unsigned LEB128 of at most 32 bits. */
  long u32() {
    long value = 0;
    for (int shift = 0; shift < 35; shift += 7) {
      int b = u8();
      value |= (long) (b & 0x7f) << shift;
      if (b < 0x80) {
        if (value > 0xffff_ffffL) {
          break;
        }
        return value;
      }
    }
    throw new Malformed("a number has more than 32 bits");
  }

  /** A count or size that must not be above the largest that is admitted. */
  int atMost(int largest, String what) {
    long value = u32();
    if (value > largest) {
      throw new Malformed("%s: %d, at most %d are admitted".formatted(what, value, largest));
    }
    return (int) value;
  }

  String name(int longest) {
    int length = atMost(longest, "bytes of a name");
    if (length > remaining()) {
      throw new Malformed("a name is longer than its section");
    }
    String name = new String(bytes, at, length, StandardCharsets.UTF_8);
    at += length;
    return name;
  }

  /** The next bytes as a part of their own. */
  Cursor part(long length) {
    if (length > remaining()) {
      throw new Malformed("a section or body is longer than what follows");
    }
    Cursor part = new Cursor(bytes, at, at + (int) length);
    at += (int) length;
    return part;
  }
}
