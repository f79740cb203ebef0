package io.infrafabric.names;

/** Id of a swarm, and of its account; other accounts have ids of the same kind, and none that is a swarm's. The grammar is checked on construction ({@link Ids}). */
public record SwarmId(String value) implements Comparable<SwarmId> {
  /**
   * @throws io.infrafabric.error.RefusedException INVALID_ID when the text is no id
   */
  public SwarmId {
    Ids.require("swarm_id", value);
  }

  @Override
  public int compareTo(SwarmId other) {
    return value.compareTo(other.value);
  }

  @Override
  public String toString() {
    return value;
  }
}
