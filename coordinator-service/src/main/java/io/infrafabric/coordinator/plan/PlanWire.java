package io.infrafabric.coordinator.plan;

import io.infrafabric.coordinator.record.Records;
import io.infrafabric.coordinator.task.StoredTask;
import io.infrafabric.coordinator.v1.Phase;
import io.infrafabric.coordinator.v1.PhaseRecord;
import io.infrafabric.coordinator.v1.Plan;
import io.infrafabric.coordinator.v1.PlanRecord;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.kit.store.Replica;
import io.infrafabric.names.TaskId;

/** Plans as callers see them. */
final class PlanWire {
  private final Replica replica;
  private final Records records;

  PlanWire(Replica replica, Records records) {
    this.replica = replica;
    this.records = records;
  }

  /** With its tasks, but without their payloads. */
  Plan toProto(PlanRecord record) {
    Plan.Builder plan =
        Plan.newBuilder()
            .setPlanId(record.getPlanId())
            .setCreatedAt(record.getCreatedAt())
            .addAllCriticalPath(record.getCriticalPathList())
            .addAllDomains(record.getDomainsList())
            .setWhole(record.hasWholeAt());
    for (PhaseRecord phase : record.getPhasesList()) {
      Phase.Builder next =
          Phase.newBuilder()
              .setName(phase.getName())
              .addAllAfter(phase.getAfterList())
              .setIndependent(phase.getAfterCount() == 0)
              .setMapped(phase.getMapped())
              .setChildren(phase.getMapping().getChildren());
      phase.getTaskIdsList().forEach(id -> next.addTasks(spec(record, id)));
      if (phase.hasStragglers()) {
        next.setStragglers(phase.getStragglers());
      }
      if (phase.hasCompletedAt()) {
        next.setCompletedAt(phase.getCompletedAt());
      }
      plan.addPhases(next);
    }
    if (record.hasOverAt()) {
      plan.setOverAt(record.getOverAt());
    }
    if (record.hasCancellation()) {
      plan.setCancellation(record.getCancellation());
    }
    record.getFillerIdsList().forEach(id -> plan.addFillers(spec(record, id)));
    return plan.build();
  }

  /** By its id alone where the copy does not have the task yet, or not any more. */
  private TaskSpec spec(PlanRecord plan, String id) {
    return records
        .task(replica, new TaskId(id))
        .map(StoredTask::task)
        .map(Task::getSpec)
        .map(spec -> spec.toBuilder().clearPayload().build())
        .orElseGet(() -> TaskSpec.newBuilder().setTaskId(id).setPlanId(plan.getPlanId()).build());
  }
}
