package io.infrafabric.kit.nats;

import java.time.Duration;
import java.util.List;

/**
 * What a stream must be. The oldest messages go first when a limit is reached.
 *
 * @param maxAge how long a message is kept
 * @param maxPerSubject messages kept of one subject; -1 is no limit
 * @param maxBytes size of the whole stream; -1 is no limit
 * @param replicas servers of a cluster that keep it
 * @param duplicateWindow how long message ids are remembered
 * @param inMemory whether the server keeps it in memory alone: for what may be lost with the server
 */
public record StreamSpec(
    String name,
    List<String> subjects,
    Duration maxAge,
    long maxPerSubject,
    long maxBytes,
    int replicas,
    Duration duplicateWindow,
    boolean inMemory) {

  public StreamSpec {
    subjects = List.copyOf(subjects);
  }

  /** A stream on one server that keeps messages of the subjects for that long, of at most 1 GiB. */
  public static StreamSpec of(String name, Duration maxAge, String... subjects) {
    Duration window = Duration.ofMinutes(2);
    return new StreamSpec(
        name, List.of(subjects), maxAge, -1, 1L << 30, 1, maxAge.compareTo(window) < 0 ? maxAge : window, false);
  }

  /** The same, keeping at most so many messages of a subject. */
  public StreamSpec maxPerSubject(long messages) {
    return new StreamSpec(name, subjects, maxAge, messages, maxBytes, replicas, duplicateWindow, inMemory);
  }

  /** The same, of at most so many bytes. */
  public StreamSpec maxBytes(long bytes) {
    return new StreamSpec(name, subjects, maxAge, maxPerSubject, bytes, replicas, duplicateWindow, inMemory);
  }

  /** The same on so many servers. */
  public StreamSpec replicas(int servers) {
    return new StreamSpec(name, subjects, maxAge, maxPerSubject, maxBytes, servers, duplicateWindow, inMemory);
  }

  /** The same in the server's memory. */
  public StreamSpec memory() {
    return new StreamSpec(name, subjects, maxAge, maxPerSubject, maxBytes, replicas, duplicateWindow, true);
  }
}
