package io.infrafabric.examples.census;

/** Writes one JSON object of texts and numbers on one line. */
final class JsonLine {
  private byte[] out = new byte[256];
  private int length;

  JsonLine text(String name, byte[] utf8) {
    name(name);
    put('"');
    for (byte b : utf8) {
      if (b == '"' || b == '\\') {
        put('\\');
        put(b);
      } else if (b >= 0 && b < 0x20) {
        put(Census.ascii("\\u00"));
        put("0123456789abcdef".charAt(b >> 4));
        put("0123456789abcdef".charAt(b & 15));
      } else {
        put(b);
      }
    }
    put('"');
    return this;
  }

  JsonLine number(String name, long value) {
    name(name);
    put(Census.ascii(Long.toString(value)));
    return this;
  }

  byte[] end() {
    put('}');
    put('\n');
    return java.util.Arrays.copyOf(out, length);
  }

  private void name(String name) {
    put(length == 0 ? '{' : ',');
    put('"');
    put(Census.ascii(name));
    put('"');
    put(':');
  }

  private void put(byte[] bytes) {
    for (byte b : bytes) {
      put(b);
    }
  }

  private void put(int b) {
    if (length == out.length) {
      out = java.util.Arrays.copyOf(out, 2 * length);
    }
    out[length++] = (byte) b;
  }
}
