package io.infrafabric.testkit.chaos;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Set;

/**
 * A piece of the protocol of NATS: a line, and with a message its body. Of either direction.
 *
 * @param bytes as they came; none at the end of the connection
 */
record NatsFrame(byte[] bytes, boolean isMessage) {
  private static final Set<String> MESSAGES = Set.of("PUB", "HPUB", "MSG", "HMSG");
  private static final int LONGEST_LINE = 1 << 20;

  /** The next one. */
  static NatsFrame read(InputStream in) throws IOException {
    byte[] line = line(in);
    String[] words = new String(line, StandardCharsets.ISO_8859_1).trim().split("\\s+");
    boolean message = MESSAGES.contains(words[0].toUpperCase(Locale.ROOT));
    return new NatsFrame(message ? withBody(line, in, Integer.parseInt(words[words.length - 1])) : line, message);
  }

  boolean isEnd() {
    return bytes.length == 0;
  }

  /** Up to and with the end of the line; empty at the end of the connection. */
  private static byte[] line(InputStream in) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int next = in.read(); next >= 0; next = in.read()) {
      line.write(next);
      if (next == '\n') {
        return line.toByteArray();
      }
      if (line.size() > LONGEST_LINE) {
        throw new IOException("not the protocol of NATS");
      }
    }
    return new byte[0];
  }

  private static byte[] withBody(byte[] line, InputStream in, int body) throws IOException {
    int rest = body + 2;
    byte[] frame = new byte[line.length + rest];
    System.arraycopy(line, 0, frame, 0, line.length);
    if (in.readNBytes(frame, line.length, rest) < rest) {
      throw new EOFException("within a message");
    }
    return frame;
  }
}
