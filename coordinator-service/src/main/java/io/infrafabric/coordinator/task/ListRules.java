package io.infrafabric.coordinator.task;

import com.google.protobuf.Duration;
import com.google.protobuf.util.Durations;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.request.RequestRules;
import io.infrafabric.coordinator.v1.ListTasksRequest;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskState;
import io.infrafabric.error.Refusal;
import io.infrafabric.error.Violations;
import io.infrafabric.names.Capability;
import io.infrafabric.names.Ids;
import io.infrafabric.names.Limits;
import java.util.Optional;

/** Which tasks a list has, and what of them. Pure. */
final class ListRules {
  private static final Duration DAY = Durations.fromDays(1);

  private ListRules() {}

  /** Everything that is wrong with a request, at once; filters that no task can match are wrong. */
  static Optional<Refusal> check(ListTasksRequest request) {
    RequestRules.pageToken(request.getPageToken());
    Violations wrong = new Violations();
    for (int i = 0; i < request.getStatesCount(); i++) {
      TaskState state = request.getStates(i);
      wrong.check(
          state != TaskState.UNRECOGNIZED && state != TaskState.TASK_STATE_UNSPECIFIED,
          ErrorCode.ERROR_CODE_INVALID_ARGUMENT,
          "states[" + i + "]",
          "one of WAITING, READY, CLAIMED, PARKED, COMPLETED, FAILED, CANCELLED, QUARANTINED");
    }
    if (!request.getPlanId().isEmpty() && !Ids.isId(request.getPlanId())) {
      wrong.add(Ids.invalid("plan_id", request.getPlanId()));
    }
    wrong.check(
        request.getTaskClass().isEmpty() || Ids.isId(request.getTaskClass()), ErrorCode.ERROR_CODE_INVALID_ID, "task_class", "lower-case letters, digits and inner hyphens");
    for (int i = 0; i < request.getCapabilitiesCount(); i++) {
      if (!Capability.isCapability(request.getCapabilities(i))) {
        wrong.add(Capability.invalid("capabilities[" + i + "]", request.getCapabilities(i)));
      }
    }
    wrong.check(
        !request.hasUnclaimedFor() || isUpToADay(request.getUnclaimedFor()),
        ErrorCode.ERROR_CODE_INVALID_ARGUMENT,
        "unclaimed_for",
        "0 to a day");
    return wrong.refusal("the tasks cannot be listed");
  }

  private static boolean isUpToADay(Duration time) {
    return Durations.isValid(time) && !Durations.isNegative(time) && Durations.compare(time, DAY) <= 0;
  }

  /** Whether the task is asked for. */
  static boolean matches(Task task, ListTasksRequest request) {
    return (request.getStatesCount() == 0 || request.getStatesList().contains(TaskStates.of(task)))
        && (request.getPlanId().isEmpty() || request.getPlanId().equals(task.getSpec().getPlanId()))
        && (request.getTaskClass().isEmpty() || request.getTaskClass().equals(task.getSpec().getTaskClass()))
        && (request.getCapabilitiesCount() == 0 || task.getSpec().getRequiredCapabilitiesList().containsAll(request.getCapabilitiesList()))
        && (!request.hasUnclaimedFor() || task.hasReady())
        && task.getSpec().getLabelsMap().entrySet().containsAll(request.getLabelsMap().entrySet());
  }

  /**
   * Whether a page has no room for another task.
   *
   * @param bytes of the tasks that are in it
   */
  static boolean isFull(int tasks, long bytes, ListTasksRequest request) {
    int size = request.getPageSize() == 0 ? Limits.PAGE_SIZE_DEFAULT : Math.min(Limits.PAGE_SIZE, Math.max(1, request.getPageSize()));
    return tasks == size || bytes >= Limits.PAGE_BYTES;
  }

  /** The task without payload and checkpoint, and without its result unless that is asked for. */
  static Task shown(Task task, ListTasksRequest request) {
    Task.Builder shown = task.toBuilder();
    shown.getSpecBuilder().clearPayload();
    if (task.hasCompleted() && !request.getWithResults()) {
      shown.getCompletedBuilder().clearResult();
    }
    if (task.hasCheckpoint()) {
      shown.getCheckpointBuilder().clearData();
    }
    return shown.build();
  }
}
