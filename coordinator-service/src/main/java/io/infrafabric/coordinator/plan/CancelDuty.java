package io.infrafabric.coordinator.plan;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.record.Records;
import io.infrafabric.coordinator.task.StoredTask;
import io.infrafabric.coordinator.task.TaskStates;
import io.infrafabric.coordinator.task.Tasks;
import io.infrafabric.coordinator.v1.CancelTaskRequest;
import io.infrafabric.coordinator.v1.PlanRecord;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskState;
import io.infrafabric.error.Refusal;
import io.infrafabric.kit.grpc.Errors;
import io.infrafabric.kit.lifecycle.Lifecycle;
import io.infrafabric.kit.lifecycle.Periodic;
import io.infrafabric.kit.store.Replica;
import io.infrafabric.names.PlanId;
import io.infrafabric.names.TaskId;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;

/**
 * Cancels the tasks of cancelled plans, some at a time, and notes in the end that such a plan is over. What is to be done stands in the plan's
 * record: whoever is elected goes on with what a coordinator that died has left, and so do the others when nothing moves any more. Each step is a
 * compare-and-set, so that two at once do no harm.
 */
public final class CancelDuty implements PlanIndex.Listener {
  private static final Duration DEFERENCE = Duration.ofSeconds(2);

  /** Tasks that are being cancelled at once: two groups of writes, so that a plan of very many leaves room for everybody else. */
  static final int AT_ONCE = 256;

  private final Replica replica;
  private final Records records;
  private final PlanIndex index;
  private final Tasks tasks;
  private final BooleanSupplier elected;
  private final InstantSource clock;
  /** Cancelled plans that are not over, or of which something is left, with when something of them moved last. */
  private final Map<String, Instant> suspects = new ConcurrentHashMap<>();

  private final Map<String, Sweep> sweeps = new ConcurrentHashMap<>();
  private final Set<TaskId> beside = ConcurrentHashMap.newKeySet();
  private final AtomicInteger underWay = new AtomicInteger();
  private volatile Runnable wakeUp = () -> {};

  /** A walk and what of it is under way; begun anew when a step did not come to an outcome. */
  private static final class Sweep {
    final PlanRecord plan;
    final CancelWalk walk;
    final AtomicInteger underWay = new AtomicInteger();
    volatile boolean troubled;

    Sweep(PlanRecord plan, CancelWalk walk) {
      this.plan = plan;
      this.walk = walk;
    }
  }

  public CancelDuty(Replica replica, Records records, PlanIndex index, Tasks tasks, BooleanSupplier elected, InstantSource clock) {
    this.replica = replica;
    this.records = records;
    this.index = index;
    this.tasks = tasks;
    this.elected = elected;
    this.clock = clock;
    index.addListener(this);
  }

  /** Looks now and again, and when a cancelled plan has changed. */
  public void start(Lifecycle lifecycle) {
    Periodic loop =
        lifecycle.add("plan-cancellations", Periodic.start("plan-cancellations", Duration.ofMillis(200), Duration.ofMillis(5), () -> runOnce(clock.instant())));
    wakeUp = loop::wakeUp;
  }

  @Override
  public void onChange(String planId) {
    if (isLeft(planId)) {
      suspects.put(planId, clock.instant());
      wakeUp.run();
    }
  }

  /** Whether something is to be done about a plan, as far as the copy knows. */
  private boolean isLeft(String planId) {
    Optional<PlanRecord> plan = index.plan(planId).filter(PlanRecord::hasCancellation);
    return plan.isPresent() && (!plan.get().hasOverAt() || !index.beside(planId).isEmpty());
  }

  /** Goes on with every cancelled plan; answers how many steps it began. */
  public int runOnce(Instant now) {
    int begun = 0;
    for (Map.Entry<String, Instant> suspect : suspects.entrySet()) {
      String planId = suspect.getKey();
      if (!isLeft(planId)) {
        suspects.remove(planId, suspect.getValue());
        sweeps.remove(planId);
      } else if (elected.getAsBoolean() || !suspect.getValue().plus(DEFERENCE).isAfter(now)) {
        PlanRecord plan = index.plan(planId).orElseThrow();
        begun += cancelBeside(plan);
        begun += plan.hasOverAt() ? 0 : sweep(plan);
      }
    }
    return begun;
  }

  private int sweep(PlanRecord plan) {
    Sweep sweep = sweeps.computeIfAbsent(plan.getPlanId(), id -> new Sweep(plan, new CancelWalk(plan, this::isHeld)));
    int begun = 0;
    while (!sweep.troubled && underWay.get() < AT_ONCE) {
      Optional<CancelWalk.Member> next = sweep.walk.next(sweep.underWay.get() == 0);
      if (next.isEmpty()) {
        break;
      }
      begun += step(sweep, next.get()) ? 1 : 0;
    }
    if (sweep.underWay.get() > 0) {
      return begun;
    }
    if (sweep.troubled) {
      sweeps.remove(plan.getPlanId(), sweep);
    } else if (sweep.walk.isAtTheEnd()) {
      sweep.underWay.incrementAndGet();
      finish(sweep);
      begun++;
    }
    return begun;
  }

  private boolean isHeld(TaskId id) {
    return task(id).flatMap(TaskStates::claim).isPresent();
  }

  private Optional<Task> task(TaskId id) {
    return records.task(replica, id).map(StoredTask::task);
  }

  /** Whether the task has to be cancelled; what is final by the copy is so for good. */
  private boolean step(Sweep sweep, CancelWalk.Member member) {
    Optional<TaskState> known = task(member.id()).filter(found -> found.hasCompleted() || found.hasFailed() || found.hasCancelled()).map(TaskStates::of);
    if (known.isPresent()) {
      sweep.walk.ended(member, known.get());
      return false;
    }
    sweep.underWay.incrementAndGet();
    cancel(member.id(), sweep.plan)
        .whenComplete(
            (end, failure) -> {
              if (failure == null) {
                end.ifPresent(state -> sweep.walk.ended(member, state));
              } else {
                sweep.troubled = true;
              }
              if (sweep.underWay.decrementAndGet() == 0) {
                wakeUp.run();
              }
            });
    return true;
  }

  /** Cancels a task; answers how it has ended, or that it is nowhere, by the store itself. */
  private CompletableFuture<Optional<TaskState>> cancel(TaskId id, PlanRecord plan) {
    CancelTaskRequest request =
        CancelTaskRequest.newBuilder()
            .setRequestId(plan.getCancellation().getRequestId())
            .setTaskId(id.value())
            .setReason(CancellationRules.reason(plan))
            .build();
    underWay.incrementAndGet();
    return tasks
        .cancel(request)
        .handle(
            (cancelled, failure) -> {
              if (underWay.getAndDecrement() == AT_ONCE / 2) {
                wakeUp.run();
              }
              return failure == null ? Optional.of(TaskState.TASK_STATE_CANCELLED) : end(failure);
            });
  }

  private static Optional<TaskState> end(Throwable failure) {
    Refusal refusal = Errors.toRefusal(failure);
    return switch (refusal.code()) {
      case ERROR_CODE_TASK_ENDED -> Optional.of(TaskState.valueOf("TASK_STATE_" + refusal.metadata().get("state")));
      case ERROR_CODE_TASK_NOT_FOUND -> Optional.empty();
      default -> throw refusal.asException();
    };
  }

  private void finish(Sweep sweep) {
    Instant now = clock.instant();
    replica
        .decide(PlanDecision.update(records, new PlanId(sweep.plan.getPlanId()), there -> CancellationRules.over(there, sweep.walk.ends(), now)))
        .whenComplete((over, failure) -> sweeps.remove(sweep.plan.getPlanId(), sweep));
  }

  /** Twins, and tasks that were not put in with the plan but name it. */
  private int cancelBeside(PlanRecord plan) {
    int begun = 0;
    for (TaskId id : index.beside(plan.getPlanId())) {
      if (underWay.get() >= AT_ONCE) {
        break;
      }
      if (beside.add(id)) {
        begun++;
        cancel(id, plan).whenComplete((end, failure) -> beside.remove(id));
      }
    }
    return begun;
  }
}
