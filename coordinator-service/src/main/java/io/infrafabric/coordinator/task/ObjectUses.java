package io.infrafabric.coordinator.task;

import io.infrafabric.coordinator.v1.Task;
import java.util.LinkedHashSet;
import java.util.Set;

/** What objects a task names. Pure. */
public final class ObjectUses {
  private ObjectUses() {}

  /** The digests of its payload and result, where they are objects. */
  public static Set<String> of(Task task) {
    Set<String> digests = new LinkedHashSet<>();
    if (task.getSpec().hasPayloadObject()) {
      digests.add(task.getSpec().getPayloadObject().getSha256());
    }
    if (task.getCompleted().hasResultObject()) {
      digests.add(task.getCompleted().getResultObject().getSha256());
    }
    return digests;
  }
}
