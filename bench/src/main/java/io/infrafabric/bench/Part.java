package io.infrafabric.bench;

import java.util.List;

/** One benchmark, on servers of its own that it starts and stops. */
@FunctionalInterface
public interface Part {
  /** Measures and tells. */
  Outcome run(Talk talk) throws Exception;

  /**
   * What came of it.
   *
   * @param members of the JSON object of the whole run, such as {@code "push":{...}}
   * @param whole false when work was left undone or nothing could be measured
   */
  record Outcome(List<String> members, boolean whole) {}
}
