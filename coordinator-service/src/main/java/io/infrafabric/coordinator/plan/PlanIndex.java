package io.infrafabric.coordinator.plan;

import io.infrafabric.coordinator.record.Records;
import io.infrafabric.coordinator.task.TaskMembers;
import io.infrafabric.coordinator.task.TaskStates;
import io.infrafabric.coordinator.v1.Claimed;
import io.infrafabric.coordinator.v1.PhaseRecord;
import io.infrafabric.coordinator.v1.PlanProgress;
import io.infrafabric.coordinator.v1.PlanRecord;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskState;
import io.infrafabric.kit.store.Entry;
import io.infrafabric.kit.store.ReplicaListener;
import io.infrafabric.kit.time.Times;
import io.infrafabric.names.Keys;
import io.infrafabric.names.PlanId;
import io.infrafabric.names.TaskId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/**
 * The plans with how many tasks of each phase are in which state, so that progress costs nothing to tell. Fed by the replica on its
 * thread, read by any. Of a single task it keeps only how long it runs, where stragglers get twins, and its id, where it has no place in its plan.
 */
public final class PlanIndex implements ReplicaListener, TaskMembers {
  private final Map<String, Known> plans = new ConcurrentHashMap<>();
  private final PlanOrders orders = new PlanOrders();
  private final List<Listener> listeners = new CopyOnWriteArrayList<>();
  private volatile Consumer<String> cancelled = planId -> {};

  /** Hears of plans. Called on the replica's thread. */
  public interface Listener {
    /** A task of the plan has changed, or the plan itself. */
    default void onChange(String planId) {}

    /** A task that its phase has held may be ready. */
    default void onMayBeReady(TaskId task) {}
  }

  /** Somebody who is told of a plan. */
  interface Watch extends AutoCloseable {
    @Override
    void close();
  }

  private static final class Known {
    volatile Optional<PlanRecord> record = Optional.empty();
    final Map<String, PhaseCounts> phases = new ConcurrentHashMap<>();
    final Map<String, Runs> runs = new ConcurrentHashMap<>();
    final Set<TaskId> beside = ConcurrentHashMap.newKeySet();
    final List<Consumer<String>> watchers = new CopyOnWriteArrayList<>();

    int tasks() {
      return phases.values().stream().mapToInt(PhaseCounts::all).sum();
    }

    boolean isUnused() {
      return record.isEmpty() && watchers.isEmpty() && beside.isEmpty() && tasks() == 0;
    }

    boolean isCancelled() {
      return record.filter(PlanRecord::hasCancellation).isPresent();
    }
  }

  public void addListener(Listener listener) {
    listeners.add(listener);
  }

  /** Tells of every change of a plan until the result is closed. Called on the replica's thread; must only wake somebody up. */
  Watch watch(String planId, Runnable onChange) {
    Consumer<String> watcher = plan -> onChange.run();
    Known known =
        plans.compute(
            planId,
            (id, there) -> {
              Known watched = there == null ? new Known() : there;
              watched.watchers.add(watcher);
              return watched;
            });
    return () -> known.watchers.remove(watcher);
  }

  @Override
  public void onChange(String key, Optional<Entry> before, Optional<Entry> after) {
    String id = Keys.idOf(key);
    Known known = known(id);
    Optional<PlanRecord> was = known.record;
    boolean wasWhole = was.filter(PlanRecord::hasWholeAt).isPresent();
    boolean wasCancelled = known.isCancelled();
    Set<String> wereOpen = was.map(PhaseRules::open).orElse(Set.of());
    known.record = after.map(entry -> Records.parse(entry, PlanRecord.parser()));
    orders.changed(was, known.record);
    known.record.ifPresent(plan -> opened(plan, wereOpen));
    known.record
        .filter(plan -> plan.hasWholeAt() && !wasWhole)
        .ifPresent(plan -> plan.getFillerIdsList().forEach(task -> listeners.forEach(listener -> listener.onMayBeReady(new TaskId(task)))));
    if (known.isCancelled() && !wasCancelled) {
      cancelled.accept(id);
    }
    changed(id, known);
    forgetUnused(id);
  }

  /** A plan that is not there any more, of which nothing is left. Only on the replica's thread, which is the one that counts. */
  private void forgetUnused(String planId) {
    plans.computeIfPresent(planId, (id, known) -> known.isUnused() ? null : known);
  }

  private void opened(PlanRecord plan, Set<String> wereOpen) {
    Set<String> open = new HashSet<>(PhaseRules.open(plan));
    open.removeAll(wereOpen);
    for (PhaseRecord phase : plan.getPhasesList()) {
      if (open.contains(phase.getName())) {
        PhaseRules.taskIds(plan, phase).forEach(task -> listeners.forEach(listener -> listener.onMayBeReady(task)));
      }
    }
  }

  @Override
  public Runnable enter(Task task) {
    return task.hasPlanPlace() ? enterPhase(task) : TaskStates.isTerminal(task) ? () -> {} : enterBeside(task);
  }

  @Override
  public boolean isWanted(String planId) {
    return Optional.ofNullable(plans.get(planId)).filter(Known::isCancelled).isEmpty();
  }

  @Override
  public void onCancelled(Consumer<String> told) {
    cancelled = told;
  }

  /** A twin, or a task that names the plan and was not put in with it: it counts for nothing, but is cancelled with the plan. */
  private Runnable enterBeside(Task task) {
    String plan = task.getSpec().getPlanId();
    TaskId id = new TaskId(task.getSpec().getTaskId());
    Known known = known(plan);
    known.beside.add(id);
    if (known.isCancelled()) {
      changed(plan, known);
    }
    return () -> {
      known.beside.remove(id);
      forgetUnused(plan);
    };
  }

  private Runnable enterPhase(Task task) {
    String plan = task.getSpec().getPlanId();
    Known known = known(plan);
    PhaseCounts counts = known.phases.computeIfAbsent(task.getPlanPlace().getPhase(), phase -> new PhaseCounts());
    TaskState state = TaskStates.of(task);
    counts.add(state, 1);
    Optional<String> holder = task.getPlanPlace().getFair() ? holder(task) : Optional.empty();
    holder.ifPresent(swarm -> counts.take(swarm, 1));
    Runnable forget =
        task.getPlanPlace().getTwinned() ? known.runs.computeIfAbsent(task.getPlanPlace().getPhase(), phase -> new Runs()).enter(task) : () -> {};
    changed(plan, known);
    return () -> {
      counts.add(state, -1);
      forget.run();
      holder.ifPresent(swarm -> counts.take(swarm, -1));
      changed(plan, known);
    };
  }

  /** Who has the task, or has completed it. */
  private static Optional<String> holder(Task task) {
    return task.hasCompleted()
        ? Optional.of(task.getCompleted().getClaim().getSwarmId())
        : TaskStates.claim(task).map(Claimed::getSwarmId);
  }

  private void changed(String id, Known known) {
    known.watchers.forEach(watcher -> watcher.accept(id));
    listeners.forEach(listener -> listener.onChange(id));
  }

  private Known known(String planId) {
    return plans.computeIfAbsent(planId, id -> new Known());
  }

  /** The plan as the copy has it. */
  Optional<PlanRecord> plan(String planId) {
    return Optional.ofNullable(plans.get(planId)).flatMap(known -> known.record);
  }

  /** Tasks of a plan that have not ended and were not put in with it; a live view. */
  Set<TaskId> beside(String planId) {
    return Optional.ofNullable(plans.get(planId)).<Set<TaskId>>map(known -> Collections.unmodifiableSet(known.beside)).orElse(Set.of());
  }

  /** The plans there are, in order. */
  PlanOrders orders() {
    return orders;
  }

  /** Plans that were over by this time, and none of whose tasks is left in etcd. */
  public List<PlanId> leftBehind(Instant overBy) {
    List<PlanId> left = new ArrayList<>();
    plans.forEach(
        (id, known) -> {
          PlanRecord record = known.record.orElse(PlanRecord.getDefaultInstance());
          if (record.hasOverAt() && !record.hasArchivedAt() && !Times.toInstant(record.getOverAt()).isAfter(overBy) && known.tasks() == 0) {
            left.add(new PlanId(id));
          }
        });
    return left;
  }

  /** A phase of which a task runs that has no twin. */
  record Running(PhaseRecord phase, Runs runs) {}

  /** The phases in which a straggler may be found. */
  List<Running> running() {
    List<Running> running = new ArrayList<>();
    for (Known known : plans.values()) {
      known.runs.forEach(
          (name, runs) -> {
            if (runs.areRunning()) {
              known.record.flatMap(plan -> PhaseRules.named(plan, name)).ifPresent(phase -> running.add(new Running(phase, runs)));
            }
          });
    }
    return running;
  }

  /** How many tasks of a phase are in which state. */
  PhaseCounts counts(String planId, String phase) {
    return Optional.ofNullable(plans.get(planId)).map(known -> known.phases.get(phase)).orElseGet(PhaseCounts::new);
  }

  /** How far a plan is. */
  PlanProgress progress(PlanRecord plan) {
    Map<String, PhaseCounts> phases = new HashMap<>();
    plan.getPhasesList().forEach(phase -> phases.put(phase.getName(), counts(plan.getPlanId(), phase.getName())));
    return ProgressRules.progress(plan, phases);
  }
}
