package io.infrafabric.coordinator.claim;

import io.infrafabric.coordinator.record.Records;
import io.infrafabric.coordinator.task.OwnerRules;
import io.infrafabric.coordinator.task.ReadyTask;
import io.infrafabric.kit.store.View;

/** Whether a claim of a ready task would be admitted, of which an index keeps only what tasks of its kind have in common. */
public final class ReadyAdmission {
  private ReadyAdmission() {}

  /** Whether it would be. */
  public static boolean admits(Records records, View view, ReadyTask task, Admission admission) {
    return ClaimRules.admitKind(task.spec(), admission).isEmpty() && meetsConditions(records, view, task, admission);
  }

  /** Whether the conditions of the policy hold; the record of the task is read only where there are any. */
  public static boolean meetsConditions(Records records, View view, ReadyTask task, Admission admission) {
    return admission.policy().conditions().isEmpty()
        || records.task(view, task.id()).filter(stored -> PolicyRules.findings(OwnerRules.spec(stored.task()), admission).isEmpty()).isPresent();
  }
}
