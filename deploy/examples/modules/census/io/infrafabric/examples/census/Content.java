package io.infrafabric.examples.census;

/** The figures of a file, fed piece by piece. */
final class Content {
  private final Sha256 digest = new Sha256();
  private long bytes;
  private long lineFeeds;
  private byte last = '\n';

  void add(byte[] chunk, int length) {
    digest.update(chunk, length);
    for (int i = 0; i < length; i++) {
      if (chunk[i] == '\n') {
        lineFeeds++;
      }
    }
    bytes += length;
    last = chunk[length - 1];
  }

  long bytes() {
    return bytes;
  }

  long lines() {
    return last == '\n' ? lineFeeds : lineFeeds + 1;
  }

  String sha256() {
    return digest.hex();
  }
}
