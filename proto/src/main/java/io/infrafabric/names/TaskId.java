package io.infrafabric.names;

/** Id of a task. The grammar is checked on construction ({@link Ids}). */
public record TaskId(String value) implements Comparable<TaskId> {
  /**
   * @throws io.infrafabric.error.RefusedException INVALID_ID when the text is no id
   */
  public TaskId {
    Ids.require("task_id", value);
  }

  @Override
  public int compareTo(TaskId other) {
    return value.compareTo(other.value);
  }

  @Override
  public String toString() {
    return value;
  }
}
