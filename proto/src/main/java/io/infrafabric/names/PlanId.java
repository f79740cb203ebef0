package io.infrafabric.names;

/** Id of a plan. The grammar is checked on construction ({@link Ids}). */
public record PlanId(String value) implements Comparable<PlanId> {
  /**
   * @throws io.infrafabric.error.RefusedException INVALID_ID when the text is no id
   */
  public PlanId {
    Ids.require("plan_id", value);
  }

  @Override
  public int compareTo(PlanId other) {
    return value.compareTo(other.value);
  }

  @Override
  public String toString() {
    return value;
  }
}
