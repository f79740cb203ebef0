package io.infrafabric.testkit.history;

import io.infrafabric.coordinator.v1.TaskEventType;
import io.infrafabric.testkit.history.Violation.Invariant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Messages are sent after the commit that they tell of, and tell what it was; in the end every change was told. Pure. */
public final class MessageRules {
  private MessageRules() {}

  /**
   * No message tells of what is not, or is not yet.
   *
   * @param upTo the last revision of the history: what is told of later ones is not judged
   */
  public static List<Violation> judgeTruth(Deeds deeds, List<Told> messages, long upTo) {
    List<Violation> violations = new ArrayList<>();
    for (Told told : messages) {
      if (told.revision() > upTo) {
        continue;
      }
      Optional<TaskEventType> step = deeds.step(told.task(), told.revision());
      boolean offer = told.event() == TaskEventType.TASK_EVENT_TYPE_UNSPECIFIED;
      if (step.isEmpty() || (!offer && step.get() != told.event())) {
        violations.add(
            new Violation(Invariant.DOORBELL, told.task(), told.revision(), (offer ? "an offer" : told.event()) + " was told, and was " + step.map(Enum::name).orElse("nothing")));
      } else if (told.revision() > told.storeRevision()) {
        violations.add(new Violation(Invariant.DOORBELL, told.task(), told.revision(), "told before it was committed, at revision " + told.storeRevision()));
      }
    }
    return violations;
  }

  /** Every change was told, or a later state of the same task where not every change could be. */
  public static List<Violation> judgeCompleteness(Deeds deeds, List<Told> messages) {
    Map<String, Set<Long>> told = new HashMap<>();
    Map<String, Long> reconciled = new HashMap<>();
    for (Told message : messages) {
      if (message.event() != TaskEventType.TASK_EVENT_TYPE_UNSPECIFIED) {
        told.computeIfAbsent(message.task(), task -> new HashSet<>()).add(message.revision());
        if (message.reconciled()) {
          reconciled.merge(message.task(), message.revision(), Math::max);
        }
      }
    }
    List<Violation> violations = new ArrayList<>();
    for (String task : deeds.tasks()) {
      for (long revision : deeds.steps(task)) {
        if (revision > reconciled.getOrDefault(task, 0L) && !told.getOrDefault(task, Set.of()).contains(revision)) {
          violations.add(new Violation(Invariant.DOORBELL, task, revision, deeds.step(task, revision).orElseThrow() + " was never told"));
        }
      }
    }
    return violations;
  }
}
