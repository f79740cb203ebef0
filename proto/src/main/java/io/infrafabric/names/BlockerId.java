package io.infrafabric.names;

/** Id of a blocker. The grammar is checked on construction ({@link Ids}). */
public record BlockerId(String value) implements Comparable<BlockerId> {
  /**
   * @throws io.infrafabric.error.RefusedException INVALID_ID when the text is no id
   */
  public BlockerId {
    Ids.require("blocker_id", value);
  }

  @Override
  public int compareTo(BlockerId other) {
    return value.compareTo(other.value);
  }

  @Override
  public String toString() {
    return value;
  }
}
