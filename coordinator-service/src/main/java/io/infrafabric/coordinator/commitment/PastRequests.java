package io.infrafabric.coordinator.commitment;

import io.infrafabric.coordinator.v1.CommitmentsRecord;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;

/**
 * The requests whose claims have left a swarm's book: a try of one of them that comes late must not claim once more. The newest
 * are kept, each as eight bytes; a request of an ended session is refused for that alone. Pure.
 */
final class PastRequests {
  /** How many are kept. */
  static final int MOST = 32;

  private PastRequests() {}

  /** Whether the claim of this request has left the book. */
  static boolean contain(CommitmentsRecord record, String requestId) {
    return record.getPastRequestsCount() > 0 && record.getPastRequestsList().contains(mark(requestId));
  }

  /** Remembers a request whose claim leaves the book now, and forgets the oldest beyond those that are kept. */
  static void add(CommitmentsRecord.Builder next, String requestId) {
    if (requestId.isEmpty()) {
      return;
    }
    next.addPastRequests(mark(requestId));
    int count = next.getPastRequestsCount();
    if (count > MOST) {
      List<Long> newest = List.copyOf(next.getPastRequestsList().subList(count - MOST, count));
      next.clearPastRequests().addAllPastRequests(newest);
    }
  }

  private static long mark(String requestId) {
    try {
      return ByteBuffer.wrap(MessageDigest.getInstance("SHA-256").digest(requestId.getBytes(StandardCharsets.UTF_8))).getLong();
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible); // every Java has it
    }
  }
}
