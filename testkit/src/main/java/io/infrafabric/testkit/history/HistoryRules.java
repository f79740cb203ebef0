package io.infrafabric.testkit.history;

import io.infrafabric.names.Keys;
import io.infrafabric.testkit.history.Violation.Invariant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Judges a history of task records (keys under {@code tasks/}). Pure. */
public final class HistoryRules {
  private HistoryRules() {}

  /** What must hold at every moment: I1, I3, I4, I5 and I6. */
  public static List<Violation> judge(List<Version> history) {
    List<Violation> violations = new ArrayList<>();
    follow(history, violations);
    return violations;
  }

  /**
   * What must hold once everything is quiet, too: I2, for the tasks whose submission was acknowledged.
   *
   * @param acknowledged task ids
   */
  public static List<Violation> judgeQuiet(List<Version> history, Set<String> acknowledged) {
    List<Violation> violations = new ArrayList<>();
    Map<String, TaskLife> lives = new HashMap<>();
    follow(history, violations).forEach((key, life) -> lives.put(Keys.idOf(key), life));
    for (String task : acknowledged) {
      Optional<TaskLife> life = Optional.ofNullable(lives.get(task));
      if (life.isEmpty()) {
        violations.add(new Violation(Invariant.I2_NO_LOSS, task, 0, "it was acknowledged and is nowhere"));
      } else {
        life.get().loss().ifPresent(violations::add);
      }
    }
    return violations;
  }

  private static Map<String, TaskLife> follow(List<Version> history, List<Violation> violations) {
    Map<String, TaskLife> lives = new LinkedHashMap<>();
    for (Version version : history) {
      lives.computeIfAbsent(version.key(), TaskLife::new).next(version, violations::add);
    }
    return lives;
  }
}
