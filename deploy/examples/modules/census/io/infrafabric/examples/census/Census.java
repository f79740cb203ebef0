package io.infrafabric.examples.census;

/**
 * A swarm's logic as a WASI preview 1 command: counts one source file.
 *
 * <p>Standard input is the file's path, a line feed, and the file's bytes. Standard output is one line of JSON: {@code
 * {"path":"a/B.java","language":"java","bytes":12,"lines":1,"sha256":"..."}}. A line is ended by a line feed or by the end
 * of a file that does not end with one. The path is UTF-8 and comes back as it was given. Exit code 2 says that the input
 * has no path line.
 */
public final class Census {
  private static final int LONGEST_PATH = 4096;
  private static final int NO_PATH_LINE = 2;

  private Census() {}

  /** The command; it has no arguments. */
  public static void main(String[] args) {
    byte[] path = path();
    if (path == null) {
      Wasi.write(Wasi.STANDARD_ERROR, ascii("census: the input must begin with a path of 1 to 4096 bytes and a line feed\n"));
      Wasi.exit(NO_PATH_LINE);
      return;
    }
    Content content = new Content();
    byte[] chunk = new byte[Wasi.CHUNK_BYTES];
    for (int n = Wasi.read(chunk); n > 0; n = Wasi.read(chunk)) {
      content.add(chunk, n);
    }
    Wasi.write(Wasi.STANDARD_OUTPUT, line(path, content));
  }

  private static byte[] path() {
    byte[] path = new byte[LONGEST_PATH];
    byte[] one = new byte[1];
    for (int length = 0; Wasi.read(one) == 1; length++) {
      if (one[0] == '\n') {
        return length == 0 ? null : java.util.Arrays.copyOf(path, length);
      }
      if (length == LONGEST_PATH) {
        return null;
      }
      path[length] = one[0];
    }
    return null;
  }

  private static byte[] line(byte[] path, Content content) {
    return new JsonLine()
        .text("path", path)
        .text("language", ascii(Language.of(path)))
        .number("bytes", content.bytes())
        .number("lines", content.lines())
        .text("sha256", ascii(content.sha256()))
        .end();
  }

  static byte[] ascii(String text) {
    byte[] bytes = new byte[text.length()];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) text.charAt(i);
    }
    return bytes;
  }
}
