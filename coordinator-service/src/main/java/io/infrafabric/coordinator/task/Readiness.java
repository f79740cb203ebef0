package io.infrafabric.coordinator.task;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.duty.Deference;
import io.infrafabric.coordinator.record.Records;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.kit.grpc.Errors;
import io.infrafabric.kit.store.Replica;
import io.infrafabric.names.TaskId;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;

/**
 * Makes waiting tasks ready. Every replica does it, the elected one at once and the others only what is left over after a
 * while: each step is a compare-and-set, so that two at once do no harm and no election is needed for it to go on.
 */
public final class Readiness implements TaskIndex.Listener {
  /** Tasks made ready at once: a phase of very many that opens leaves room for everybody else. */
  private static final int AT_ONCE = 1_000;

  private final Replica replica;
  private final Records records;
  private final TaskIndex index;
  private final Deference deference;
  private final InstantSource clock;
  private final Map<TaskId, Instant> suspects = new ConcurrentHashMap<>();
  private final AtomicInteger underWay = new AtomicInteger();
  private volatile Runnable wakeUp = () -> {};

  public Readiness(Replica replica, Records records, TaskIndex index, BooleanSupplier elected, InstantSource clock) {
    this.replica = replica;
    this.records = records;
    this.index = index;
    this.deference = new Deference(elected);
    this.clock = clock;
    index.addListener(this);
  }

  /** What to call when there is something to look at. */
  public void onWork(Runnable wake) {
    this.wakeUp = wake;
  }

  @Override
  public void onMayBeReady(TaskId task) {
    suspects.putIfAbsent(task, clock.instant());
    wakeUp.run();
  }

  /** Looks at every task that may be ready; answers how many it tried to make so. */
  public int runOnce(Instant now) {
    index.due(now).forEach(task -> suspects.putIfAbsent(task, now));
    int tried = 0;
    for (Map.Entry<TaskId, Instant> suspect : suspects.entrySet()) {
      if (underWay.get() >= AT_ONCE) {
        break;
      }
      if (!deference.mayAct(suspect.getValue(), now)) {
        continue;
      }
      suspects.remove(suspect.getKey(), suspect.getValue());
      if (mayBeReady(suspect.getKey(), now)) {
        tried++;
        makeReady(suspect.getKey());
      }
    }
    return tried;
  }

  private boolean mayBeReady(TaskId task, Instant now) {
    return records.task(replica, task)
        .map(StoredTask::task)
        .filter(stored -> stored.hasWaiting() && ReadinessRules.mayGo(stored.getWaiting(), now))
        .filter(
            stored ->
                stored.getSpec().getDependsOnList().stream()
                    .map(id -> records.task(replica, new TaskId(id)))
                    .allMatch(other -> other.isEmpty() || other.get().task().hasCompleted()))
        .filter(stored -> records.phaseIsOpen(replica, stored) && Records.planOf(stored.getSpec()).filter(plan -> records.isCancelled(replica, plan)).isEmpty())
        .isPresent();
  }

  private void makeReady(TaskId task) {
    Optional<Task> stored = records.task(replica, task).map(StoredTask::task);
    if (stored.isEmpty()) {
      return;
    }
    underWay.incrementAndGet();
    replica
        .decide(new ReadyDecision(records, task, stored.get().getSpec().getDependsOnList(), Records.planOf(stored.get().getSpec()), clock))
        .whenComplete(
            (done, failure) -> {
              if (underWay.getAndDecrement() == AT_ONCE / 2) {
                wakeUp.run();
              }
              // A dependency that is nowhere does not come back: nothing to look for again.
              if (failure != null && !isRefused(failure, ErrorCode.ERROR_CODE_TASK_NOT_FOUND)) {
                suspects.putIfAbsent(task, clock.instant());
              }
            });
  }

  private static boolean isRefused(Throwable failure, ErrorCode code) {
    return Errors.refusalOf(failure).filter(refusal -> refusal.code() == code).isPresent();
  }
}
