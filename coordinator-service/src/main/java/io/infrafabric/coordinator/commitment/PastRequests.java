package io.infrafabric.coordinator.commitment;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;

/**
 * Requests that are over: a try of one of them that comes late must not do once more what it did. The newest are kept, each as eight bytes. Pure.
 */
final class PastRequests {
  /** How many are kept. */
  static final int MOST = 32;

  private PastRequests() {}

  /** Whether the request is among those that are kept. */
  static boolean contain(List<Long> past, String requestId) {
    return !past.isEmpty() && past.contains(mark(requestId));
  }

  /** Those that are kept once this request is over too, which makes it the newest. */
  static List<Long> with(List<Long> past, String requestId) {
    if (requestId.isEmpty()) {
      return past;
    }
    List<Long> next = new ArrayList<>(past);
    long mark = mark(requestId);
    next.remove(Long.valueOf(mark));
    next.add(mark);
    return next.subList(Math.max(0, next.size() - MOST), next.size());
  }

  private static long mark(String requestId) {
    try {
      return ByteBuffer.wrap(MessageDigest.getInstance("SHA-256").digest(requestId.getBytes(StandardCharsets.UTF_8))).getLong();
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible); // every Java has it
    }
  }
}
