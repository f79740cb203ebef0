package io.infrafabric.testkit.nats;

import io.infrafabric.kit.nats.BusMessage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A stream that keeps everything until it is told to let go, and stores a message id once. */
final class MemoryStream {
  private final String name;
  private final List<String> subjects;
  private final List<BusMessage> messages = new ArrayList<>();
  private final Map<String, BusMessage> byId = new HashMap<>();
  private long letGo;

  record Appended(BusMessage message, boolean duplicate) {}

  MemoryStream(String name, List<String> subjects) {
    this.name = name;
    this.subjects = subjects;
  }

  String name() {
    return name;
  }

  boolean takes(String subject) {
    return subjects.stream().anyMatch(pattern -> SubjectPattern.matches(pattern, subject));
  }

  /** Keeps the message; one without an id always. */
  synchronized Appended append(String id, BusMessage message) {
    BusMessage known = id.isEmpty() ? null : byId.get(id);
    if (known != null) {
      return new Appended(known, true);
    }
    BusMessage kept =
        new BusMessage(message.subject(), message.headers(), message.body(), 1, messages.size() + 1L, Optional.empty());
    messages.add(kept);
    byId.put(id, kept);
    return new Appended(kept, false);
  }

  synchronized List<BusMessage> messages() {
    return List.copyOf(messages);
  }

  /** The first message of a subject after a place. */
  synchronized Optional<BusMessage> next(String subject, long afterSequence) {
    return messages.stream()
        .skip(Math.max(0, afterSequence))
        .filter(message -> message.subject().equals(subject) && message.sequence() > letGo)
        .findFirst();
  }

  /** The message at a place. */
  synchronized Optional<BusMessage> at(long sequence) {
    return sequence > letGo && sequence <= messages.size() ? Optional.of(messages.get((int) sequence - 1)) : Optional.empty();
  }

  synchronized long last() {
    return messages.size();
  }

  /** Lets everything go that is kept now. */
  synchronized void letGo() {
    letGo = messages.size();
  }

  /** Is made anew: places are counted from the beginning. */
  synchronized void begin() {
    messages.clear();
    byId.clear();
    letGo = 0;
  }
}
