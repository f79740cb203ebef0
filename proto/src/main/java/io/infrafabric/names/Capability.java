package io.infrafabric.names;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;

/** What a swarm can do: {@code category:skill} or {@code domain:category:skill}. */
public record Capability(String value) implements Comparable<Capability> {
  private static final int TOKEN = 40;

  /**
   * @throws io.infrafabric.error.RefusedException INVALID_CAPABILITY when the text has another form
   */
  public Capability {
    if (!isCapability(value)) {
      throw invalid("capability", value).asException();
    }
  }

  /** True when the text has the form of a capability. */
  public static boolean isCapability(String text) {
    if (text == null) {
      return false;
    }
    int first = text.indexOf(':');
    int last = text.lastIndexOf(':');
    return first >= 0
        && isToken(text, 0, first)
        && (first == last || isToken(text, first + 1, last))
        && isToken(text, last + 1, text.length());
  }

  private static boolean isToken(String text, int from, int to) {
    return to > from && to - from <= TOKEN && Ids.isToken(text, from, to);
  }

  /** The refusal of a text of another form. */
  public static Refusal invalid(String field, String text) {
    return Refusal.of(
            ErrorCode.ERROR_CODE_INVALID_CAPABILITY,
            "%s: \"%s\" is not a capability".formatted(field, text == null ? "" : text.replaceAll("[^ -~]", "?")))
        .withField(field, "a capability is category:skill or domain:category:skill of [a-z0-9-]{1,40}");
  }

  /** The last token but one. */
  public String category() {
    int last = value.lastIndexOf(':');
    return value.substring(value.lastIndexOf(':', last - 1) + 1, last);
  }

  /** The last token. */
  public String skill() {
    return value.substring(value.lastIndexOf(':') + 1);
  }

  @Override
  public int compareTo(Capability other) {
    return value.compareTo(other.value);
  }

  @Override
  public String toString() {
    return value;
  }
}
