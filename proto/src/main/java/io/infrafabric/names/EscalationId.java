package io.infrafabric.names;

/** Id of an escalation. The grammar is checked on construction ({@link Ids}). */
public record EscalationId(String value) implements Comparable<EscalationId> {
  /**
   * @throws io.infrafabric.error.RefusedException INVALID_ID when the text is no id
   */
  public EscalationId {
    Ids.require("escalation_id", value);
  }

  @Override
  public int compareTo(EscalationId other) {
    return value.compareTo(other.value);
  }

  @Override
  public String toString() {
    return value;
  }
}
