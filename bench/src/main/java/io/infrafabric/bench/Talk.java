package io.infrafabric.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Where the figures are told as they come: on stdout, or on stderr when stdout is for one JSON object at the end. */
public final class Talk {
  private final boolean json;
  private final List<String> aims = new ArrayList<>();

  /** @param json whether stdout is for the object alone */
  public Talk(boolean json) {
    this.json = json;
  }

  /** One line of figures. */
  public void line(String format, Object... values) {
    (json ? System.err : System.out).println(String.format(Locale.ROOT, format, values));
  }

  /** What is being done, for who waits. */
  public void progress(String message) {
    System.err.println(message);
  }

  /** Tells whether a figure reached its aim. */
  public void aim(String what, boolean met) {
    line("    aim %s: %s", met ? "met   " : "MISSED", what);
    aims.add("{\"aim\":\"%s\",\"met\":%s}".formatted(what, met));
  }

  /** Ends with the object: what the run was made on, the aims, and the members of every part, such as {@code "push":{...}}. */
  public void end(List<String> members) {
    if (json) {
      List<String> all = new ArrayList<>();
      all.add("\"machine\":" + Machine.json());
      all.addAll(members);
      all.add("\"aims\":[" + String.join(",", aims) + "]");
      System.out.println("{" + String.join(",", all) + "}");
    }
  }
}
