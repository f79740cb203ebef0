package io.infrafabric.coordinator.plan;

import io.infrafabric.coordinator.duty.Deference;
import io.infrafabric.coordinator.record.Records;
import io.infrafabric.coordinator.storage.Room;
import io.infrafabric.coordinator.task.StoredTask;
import io.infrafabric.coordinator.task.TaskIndex;
import io.infrafabric.coordinator.task.TaskStates;
import io.infrafabric.coordinator.task.Tasks;
import io.infrafabric.coordinator.v1.CancelTaskRequest;
import io.infrafabric.coordinator.v1.Stragglers;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.kit.lifecycle.Lifecycle;
import io.infrafabric.kit.lifecycle.Periodic;
import io.infrafabric.kit.store.Decision;
import io.infrafabric.kit.store.Replica;
import io.infrafabric.kit.telemetry.StepSpan;
import io.infrafabric.kit.telemetry.Traces;
import io.infrafabric.names.PlanId;
import io.infrafabric.names.SwarmId;
import io.infrafabric.names.TaskId;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Has stragglers of a plan done again, and sees to it that the first of the two decides. The elected replica makes the twins; every replica
 * looks at pairs of which one has ended, the elected one at once and the others at what is left over. Each step is a compare-and-set, so that
 * two at once do no harm.
 */
public final class StragglerDuty implements TaskIndex.Listener {
  /** Twins that are made of one phase in one round. */
  private static final int ROUND = 100;

  private final Replica replica;
  private final Records records;
  private final PlanIndex index;
  private final Tasks tasks;
  private final Room room;
  private final Traces traces;
  private final BooleanSupplier elected;
  private final Deference deference;
  private final InstantSource clock;
  /** Tasks with a twin, of which one has ended, with since when it is known. */
  private final Map<TaskId, Instant> pairs = new ConcurrentHashMap<>();

  private final Set<TaskId> underWay = ConcurrentHashMap.newKeySet();
  private volatile Runnable wakeUp = () -> {};

  public StragglerDuty(
      Replica replica, Records records, PlanIndex index, Tasks tasks, Room room, Traces traces, BooleanSupplier elected, InstantSource clock) {
    this.replica = replica;
    this.records = records;
    this.index = index;
    this.tasks = tasks;
    this.room = room;
    this.traces = traces;
    this.elected = elected;
    this.deference = new Deference(elected);
    this.clock = clock;
  }

  /** Looks now and again, and when a task of a pair has ended; to be called before the index is fed. */
  public void start(Lifecycle lifecycle, TaskIndex tasks) {
    Periodic loop =
        lifecycle.add("stragglers", Periodic.start("stragglers", Duration.ofMillis(500), Duration.ofMillis(5), () -> runOnce(clock.instant())));
    wakeUp = loop::wakeUp;
    tasks.addListener(this);
  }

  @Override
  public void onEnded(Task task) {
    boolean hasTwin = !task.getTwinId().isEmpty();
    if (hasTwin || !task.getTwinOf().isEmpty()) {
      pairs.putIfAbsent(new TaskId(hasTwin ? task.getSpec().getTaskId() : task.getTwinOf()), clock.instant());
      wakeUp.run();
    }
  }

  /** Looks at every pair, and at what runs; answers for how many tasks it began to do something. */
  public int runOnce(Instant now) {
    int begun = 0;
    for (Map.Entry<TaskId, Instant> pair : pairs.entrySet()) {
      if (deference.mayAct(pair.getValue(), now)) {
        begun += see(pair.getKey()) ? 1 : 0;
      }
    }
    if (elected.getAsBoolean()) {
      for (PlanIndex.Running running : index.running()) {
        begun += look(running, now);
      }
    }
    return begun;
  }

  private int look(PlanIndex.Running running, Instant now) {
    Optional<Stragglers> settings = StragglerRules.of(running.phase());
    Optional<Duration> limit = settings.flatMap(found -> StragglerRules.limit(found, running.runs().completed(), running.runs().median()));
    int begun = 0;
    for (TaskId id : limit.map(found -> StragglerRules.due(running.runs().running(), found, now)).orElseGet(List::of)) {
      if (begun == ROUND) {
        break;
      }
      Optional<PlanId> plan = task(id).filter(task -> StragglerRules.mayHaveTwin(task, limit.orElseThrow(), now)).flatMap(task -> Records.planOf(task.getSpec()));
      if (plan.isPresent() && task(StragglerRules.twinId(id.value())).isEmpty()) {
        begun += decide(id, "twin", span -> new TwinDecision(records, id, plan.get(), limit.orElseThrow(), room, span, clock)) ? 1 : 0;
      }
    }
    return begun;
  }

  /** A pair stays until there is nothing more to do; what fails is tried again in the next round. */
  private boolean see(TaskId id) {
    Optional<Task> task = task(id);
    Optional<TaskId> twinId = task.map(Task::getTwinId).filter(found -> !found.isEmpty()).map(TaskId::new);
    Optional<Task> twin = twinId.flatMap(this::task);
    if (twin.isEmpty()) {
      pairs.remove(id);
      return false;
    }
    return switch (StragglerRules.next(task.orElseThrow(), twin.get())) {
      case StragglerRules.Next.Rest() -> {
        pairs.remove(id);
        yield false;
      }
      case StragglerRules.Next.Adopt() -> {
        Optional<SwarmId> holder = TaskStates.claim(task.get()).map(claim -> new SwarmId(claim.getSwarmId()));
        yield decide(id, "adopt", span -> new AdoptDecision(records, id, twinId.orElseThrow(), holder, span, clock));
      }
      case StragglerRules.Next.Cancel() -> {
        String why = "task " + id + ", whose twin it is, is " + TaskStates.word(TaskStates.of(task.get()));
        CancelTaskRequest cancel =
            CancelTaskRequest.newBuilder().setRequestId("superseded:" + id).setTaskId(twinId.orElseThrow().value()).setReason(why).build();
        yield begin(id, () -> tasks.cancel(cancel));
      }
    };
  }

  private boolean decide(TaskId id, String name, Function<StepSpan, Decision<Boolean>> decision) {
    return begin(
        id,
        () -> {
          StepSpan span = traces.internal(name);
          return replica.decide(decision.apply(span)).whenComplete((done, failure) -> span.end(failure));
        });
  }

  private boolean begin(TaskId id, Supplier<CompletableFuture<?>> step) {
    if (!underWay.add(id)) {
      return false;
    }
    step.get().whenComplete((done, failure) -> underWay.remove(id));
    return true;
  }

  private Optional<Task> task(TaskId id) {
    return records.task(replica, id).map(StoredTask::task);
  }
}
