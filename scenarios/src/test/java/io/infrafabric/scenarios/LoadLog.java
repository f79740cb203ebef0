package io.infrafabric.scenarios;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.Claim;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;

/** What the clients of a load were told: the fabric is held to every word of it. */
final class LoadLog {
  private final Set<String> submitted = ConcurrentHashMap.newKeySet();
  private final Map<String, Completion> completed = new ConcurrentHashMap<>();
  private final Queue<Claim> lost = new ConcurrentLinkedQueue<>();
  private final Queue<Instant> claims = new ConcurrentLinkedQueue<>();
  private final Queue<Instant> offers = new ConcurrentLinkedQueue<>();
  private final Queue<Trouble> troubles = new ConcurrentLinkedQueue<>();
  private final Queue<String> surprises = new ConcurrentLinkedQueue<>();

  /** A completion that was acknowledged. */
  record Completion(String task, String swarm, long fence, long costMicros) {}

  /**
   * An answer that was none: the call was sent again with the same request id.
   *
   * @param fromNanos when it was sent, as {@link System#nanoTime} says
   * @param untilNanos when it was answered
   */
  record Trouble(String call, ErrorCode code, Instant at, long fromNanos, long untilNanos) {
    Duration took() {
      return Duration.ofNanos(untilNanos - fromNanos);
    }
  }

  void submitted(String task) {
    submitted.add(task);
  }

  void offered() {
    offers.add(Instant.now());
  }

  void claimed() {
    claims.add(Instant.now());
  }

  void completed(Claim claim, long costMicros) {
    completed.put(claim.getTaskId(), new Completion(claim.getTaskId(), claim.getSwarmId(), claim.getFence(), costMicros));
  }

  /** The fabric said that this claim is another's or nobody's by now. */
  void lost(Claim claim) {
    lost.add(claim);
  }

  void trouble(Trouble trouble) {
    troubles.add(trouble);
  }

  /** Something that no client should ever hear. */
  void surprise(String what) {
    surprises.add(what);
  }

  Set<String> submitted() {
    return Set.copyOf(submitted);
  }

  Map<String, Completion> completed() {
    return Map.copyOf(completed);
  }

  int completions() {
    return completed.size();
  }

  List<Claim> lost() {
    return List.copyOf(lost);
  }

  List<Trouble> troubles() {
    return List.copyOf(troubles);
  }

  List<Trouble> troublesSince(Instant start) {
    return troubles.stream().filter(trouble -> trouble.at().isAfter(start)).toList();
  }

  List<String> surprises() {
    return List.copyOf(surprises);
  }

  /** The figures, for messages. */
  @Override
  public String toString() {
    return "submitted %d, claims %d, completed %d, lost %d, offers %d, calls sent again %d (slowest answer %s), surprises %d %s"
        .formatted(
            submitted.size(),
            claims.size(),
            completed.size(),
            lost.size(),
            offers.size(),
            troubles.size(),
            troubles.stream().map(Trouble::took).max(Duration::compareTo).orElse(Duration.ZERO),
            surprises.size(),
            surprises.stream().limit(3).toList());
  }

  long claimsSince(Instant start) {
    return claims.stream().filter(start::isBefore).count();
  }

  long offersSince(Instant start) {
    return offers.stream().filter(start::isBefore).count();
  }
}
