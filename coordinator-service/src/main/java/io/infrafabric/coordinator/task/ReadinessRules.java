package io.infrafabric.coordinator.task;

import io.infrafabric.coordinator.v1.Ready;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.Waiting;
import io.infrafabric.kit.time.Times;
import java.time.Instant;
import java.util.List;

/** When a task may be claimed. Pure. */
public final class ReadinessRules {
  private ReadinessRules() {}

  /** READY when nothing is open, its time has come and no plan holds it, WAITING with the reasons otherwise. */
  static Task.Builder place(Task.Builder task, List<String> openDependencies, Instant now) {
    boolean early = task.getSpec().hasNotBefore() && Times.toInstant(task.getSpec().getNotBefore()).isAfter(now);
    boolean inPlan = task.hasPlanPlace();
    boolean unapproved = task.getSpec().getNeedsApproval() && !task.hasApproval();
    if (openDependencies.isEmpty() && !early && !inPlan && !unapproved) {
      return task.setReady(Ready.newBuilder().setSince(Times.toProto(now)));
    }
    Waiting.Builder waiting = Waiting.newBuilder().addAllOpenDependencies(openDependencies).setAwaitsApproval(unapproved);
    if (early) {
      waiting.setNotBefore(task.getSpec().getNotBefore());
    }
    return task.setWaiting(waiting);
  }

  /** True when nothing but dependencies can still hold it back. */
  public static boolean mayGo(Waiting waiting, Instant now) {
    return !waiting.getAwaitsApproval() && timeHasCome(waiting, now);
  }

  /** True when the wait's time has come; its dependencies are another matter. */
  public static boolean timeHasCome(Waiting waiting, Instant now) {
    return !waiting.hasNotBefore() || !Times.toInstant(waiting.getNotBefore()).isAfter(now);
  }
}
