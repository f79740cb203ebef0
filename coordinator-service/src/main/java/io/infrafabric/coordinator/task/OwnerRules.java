package io.infrafabric.coordinator.task;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.error.Violations;
import io.infrafabric.names.Ids;
import io.infrafabric.names.Limits;
import java.util.List;

/** Whose a task is: in a domain that has an owner nobody else works (O5). Pure. */
public final class OwnerRules {
  private OwnerRules() {}

  /** The specification with the owners of now, who are others once the task was reassigned. */
  public static TaskSpec spec(Task task) {
    return task.hasOwnership()
        ? task.getSpec().toBuilder().clearOwnerSwarmIds().addAllOwnerSwarmIds(task.getOwnership().getOwnerSwarmIdsList()).build()
        : task.getSpec();
  }

  /** Whether a task belongs to others than this swarm. */
  public static boolean isOthers(TaskSpec spec, String swarm) {
    return spec.getOwnerSwarmIdsCount() > 0 && !spec.getOwnerSwarmIdsList().contains(swarm);
  }

  /**
   * Notes owners that cannot be.
   *
   * @param at where they stand, ending in a dot unless it is empty
   */
  public static void check(Violations wrong, List<String> owners, String at) {
    for (int i = 0; i < owners.size(); i++) {
      if (!Ids.isId(owners.get(i))) {
        wrong.add(Ids.invalid(at + "owner_swarm_ids[" + i + "]", owners.get(i)));
      }
    }
    wrong.check(owners.size() <= Limits.CAPABILITIES, ErrorCode.ERROR_CODE_INVALID_ARGUMENT, at + "owner_swarm_ids", "at most " + Limits.CAPABILITIES);
  }
}
