package io.infrafabric.error;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.common.v1.ErrorTraits;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A call that is not done, as a value: why, about which id, and what to do next.
 *
 * @param code one cause, one code
 * @param message what happened, to which id
 * @param metadata ids and figures by name, for programs
 * @param fields the fields that are wrong, each with what it must be
 * @param retryAfter when to send it again, if that helps
 */
public record Refusal(
    ErrorCode code, String message, Map<String, String> metadata, List<Field> fields, Optional<Duration> retryAfter) {

  /** A field that is wrong. */
  public record Field(String path, String description) {}

  public Refusal {
    metadata = Collections.unmodifiableMap(new TreeMap<>(metadata));
    fields = List.copyOf(fields);
  }

  /** A refusal without details. */
  public static Refusal of(ErrorCode code, String message) {
    return new Refusal(code, message, Map.of(), List.of(), Optional.empty());
  }

  /** The same with one more id or figure. */
  public Refusal with(String name, Object value) {
    Map<String, String> more = new TreeMap<>(metadata);
    more.put(name, String.valueOf(value));
    return new Refusal(code, message, more, fields, retryAfter);
  }

  /** The same with one more wrong field. */
  public Refusal withField(String path, String description) {
    List<Field> more = new ArrayList<>(fields);
    more.add(new Field(path, description));
    return new Refusal(code, message, metadata, more, retryAfter);
  }

  /** The same, to be sent again after the delay. */
  public Refusal retryAfter(Duration delay) {
    return new Refusal(code, message, metadata, fields, Optional.of(delay));
  }

  /** What the code means on gRPC, on NATS and at the shell. */
  public ErrorTraits traits() {
    return ErrorCatalog.traits(code);
  }

  /** The code without its prefix, as it stands in {@code ErrorInfo.reason}. */
  public String reason() {
    return ErrorCatalog.reason(code);
  }

  /** For places that can only throw. */
  public RefusedException asException() {
    return new RefusedException(this);
  }
}
