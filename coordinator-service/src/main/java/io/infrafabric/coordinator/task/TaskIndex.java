package io.infrafabric.coordinator.task;

import io.infrafabric.coordinator.commitment.HelpMoney;
import io.infrafabric.coordinator.v1.Claimed;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskState;
import io.infrafabric.kit.store.Entry;
import io.infrafabric.kit.store.Replica;
import io.infrafabric.kit.store.ReplicaListener;
import io.infrafabric.kit.time.Times;
import io.infrafabric.names.Keys;
import io.infrafabric.names.SwarmId;
import io.infrafabric.names.TaskId;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.LongSupplier;

/**
 * The tasks by what is to be done with them: the ready ones in order, the waiting ones by what they wait for, the claimed ones
 * by their holder. Fed by the replica on its thread, read by any.
 */
public final class TaskIndex implements ReplicaListener {
  private final Duration ageing;
  private final ReadyTasks ready = new ReadyTasks();
  private final ConcurrentHashMap<TaskId, ReadyTask> pushed = new ConcurrentHashMap<>();
  private final ConcurrentHashMap<String, Set<TaskId>> waitingFor = new ConcurrentHashMap<>();
  private final NavigableSet<TaskId> awaitingApproval = new ConcurrentSkipListSet<>();
  private final NavigableSet<TaskId> quarantined = new ConcurrentSkipListSet<>();
  private final ConcurrentHashMap<TaskId, Instant> timed = new ConcurrentHashMap<>();
  private final ConcurrentHashMap<SwarmId, Map<TaskId, Held>> held = new ConcurrentHashMap<>();
  private final StoppedTasks stopped = new StoppedTasks();
  private final Clocks clocks = new Clocks();
  private final Map<String, Runnable> undo = new HashMap<>();
  private final AtomicLongArray counts = new AtomicLongArray(TaskState.values().length);
  private final List<Listener> listeners = new CopyOnWriteArrayList<>();
  private volatile TaskMembers members = task -> () -> {};
  private volatile LongSupplier hearing = () -> Replica.LONG_AGO;

  /** With the usual ageing. */
  public TaskIndex() {
    this(ReadyTask.AGEING);
  }

  /**
   * @param ageing how much older a task must be to go before one of the next higher priority; the same in every coordinator
   */
  public TaskIndex(Duration ageing) {
    this.ageing = ageing;
  }

  /**
   * A claim as the index knows it.
   *
   * @param payer who pays for it, if not its holder
   */
  public record Held(long fence, long sessionRevision, String requestId, Optional<SwarmId> payer) {}

  /** Hears that something may be done now. Called on the replica's thread. */
  public interface Listener {
    /** A task has become claimable. */
    default void onReady(ReadyTask task) {}

    /** A task may have become ready to be made ready. */
    default void onMayBeReady(TaskId task) {}

    /** A task is parked, or something about its blockers has changed. */
    default void onParked(TaskId task) {}

    /** A task has ended, or is quarantined. */
    default void onEnded(Task task) {}

    /** A swarm works on a task, again or anew. */
    default void onClaimBegun(SwarmId swarm) {}

    /** A claim has ended or is parked, so that its holder has room; or it has changed, and then it begins at once again. */
    default void onClaimEnded(SwarmId swarm) {}
  }

  /** Who keeps count of the tasks that name a plan; to be set before the index is fed. */
  public void setMembers(TaskMembers members) {
    this.members = members;
    // The last one first: so that no lane gets a new head for each of very many.
    members.onCancelled(planId -> ready.of(planId).reversed().forEach(this::leaveReady));
  }

  /** What tells when word of what the index is being fed came: {@link Replica#heardNanos}; to be set before the index is fed. */
  public void setHearing(LongSupplier heardNanos) {
    this.hearing = heardNanos;
  }

  public void addListener(Listener listener) {
    listeners.add(listener);
  }

  @Override
  public void onChange(String key, Optional<Entry> before, Optional<Entry> after) {
    Runnable leave = undo.remove(key);
    if (leave != null) {
      leave.run();
    }
    after.ifPresent(entry -> enter(key, StoredTask.of(entry).task()));
  }

  private void enter(String key, Task task) {
    TaskId id = new TaskId(Keys.idOf(key));
    int state = TaskStates.of(task).ordinal();
    counts.incrementAndGet(state);
    Runnable uncount = uncount(id, task, state);
    switch (task.getStateCase()) {
      case READY -> {
        if (!members.isWanted(task.getSpec().getPlanId())) {
          undo.put(key, uncount); // it is being cancelled: nobody is to find it
          return;
        }
        ReadyTask entry = ready.add(ReadyTask.of(task, ageing, hearing.getAsLong()));
        if (PushRules.isStanding(entry.push())) {
          pushed.put(id, entry);
        }
        undo.put(key, () -> {
          uncount.run();
          leaveReady(entry);
        });
        listeners.forEach(listener -> listener.onReady(entry));
      }
      case WAITING -> enterWaiting(key, id, task, uncount);
      case CLAIMED -> {
        Claimed claim = task.getClaimed();
        SwarmId swarm = new SwarmId(claim.getSwarmId());
        held.computeIfAbsent(swarm, s -> new ConcurrentHashMap<>())
            .put(id, new Held(claim.getFence(), claim.getSessionRevision(), claim.getRequestId(), HelpMoney.payer(task.getSpec())));
        undo.put(key, () -> {
          uncount.run();
          release(swarm, id);
        });
        listeners.forEach(listener -> listener.onClaimBegun(swarm));
      }
      case COMPLETED -> {
        undo.put(key, uncount);
        for (TaskId dependent : waitingFor.getOrDefault(id.value(), Set.of())) {
          listeners.forEach(listener -> listener.onMayBeReady(dependent));
        }
        listeners.forEach(listener -> listener.onEnded(task));
      }
      case QUARANTINED -> {
        quarantined.add(id);
        undo.put(key, () -> {
          uncount.run();
          quarantined.remove(id);
        });
        listeners.forEach(listener -> listener.onEnded(task));
      }
      case FAILED, CANCELLED -> {
        undo.put(key, uncount);
        listeners.forEach(listener -> listener.onEnded(task));
      }
      case PARKED -> {
        undo.put(key, stopped.enter(id, task, uncount));
        listeners.forEach(listener -> listener.onParked(id));
      }
      case STATE_NOT_SET -> undo.put(key, uncount);
    }
  }

  private Runnable uncount(TaskId id, Task task, int state) {
    Runnable unset = clocks.set(id, task);
    Runnable leave = task.getSpec().getPlanId().isEmpty() ? () -> {} : members.enter(task);
    return () -> {
      counts.decrementAndGet(state);
      unset.run();
      leave.run();
    };
  }

  private void leaveReady(ReadyTask entry) {
    ready.remove(entry);
    pushed.remove(entry.id(), entry);
  }

  private void enterWaiting(String key, TaskId id, Task task, Runnable uncount) {
    List<String> dependencies = task.getSpec().getDependsOnList();
    dependencies.forEach(dependency -> waitingFor.computeIfAbsent(dependency, d -> new ConcurrentSkipListSet<>()).add(id));
    if (task.getWaiting().hasNotBefore()) {
      timed.put(id, Times.toInstant(task.getWaiting().getNotBefore()));
    }
    if (task.getWaiting().getAwaitsApproval()) {
      awaitingApproval.add(id);
    }
    undo.put(
        key,
        () -> {
          uncount.run();
          timed.remove(id);
          awaitingApproval.remove(id);
          dependencies.forEach(
              dependency ->
                  waitingFor.computeIfPresent(
                      dependency,
                      (d, tasks) -> {
                        tasks.remove(id);
                        return tasks.isEmpty() ? null : tasks;
                      }));
        });
    listeners.forEach(listener -> listener.onMayBeReady(id));
  }

  private void release(SwarmId swarm, TaskId id) {
    held.computeIfPresent(
        swarm,
        (s, tasks) -> {
          tasks.remove(id);
          return tasks.isEmpty() ? null : tasks;
        });
    listeners.forEach(listener -> listener.onClaimEnded(swarm));
  }

  /** A walk over the ready tasks, first to be done first. */
  public ReadyWalk walk() {
    return ready.walk();
  }

  /** A walk over the ready tasks after a place that do not want what another walk has left out. */
  public ReadyWalk walk(ReadyTask.Place after, ReadyWalk other) {
    return ready.walk(after, other);
  }

  /** The ready tasks that are or were kept for one swarm, in no order; a live view. */
  public Collection<ReadyTask> pushed() {
    return pushed.values();
  }

  /** What the ready tasks want, each once; a live view. */
  public Set<Requirement> requirements() {
    return ready.requirements();
  }

  /** The ready tasks that want exactly this, first to be done first; a live view. */
  public Iterable<ReadyTask> readyOf(Requirement requirement) {
    return ready.of(requirement);
  }

  /** How many ready tasks go before one; walks over them. */
  public int readyBefore(Task task) {
    return ready.before(ReadyTask.of(task, ageing, Replica.LONG_AGO).place());
  }

  /** Whether the task is still ready as it was. */
  public boolean isReady(ReadyTask task) {
    return ready.contains(task);
  }

  /** The waiting tasks whose time has come. */
  public List<TaskId> due(Instant now) {
    return timed.entrySet().stream().filter(entry -> !entry.getValue().isAfter(now)).map(Map.Entry::getKey).toList();
  }

  /** The tasks that wait for a named person, by id; a live view. */
  public NavigableSet<TaskId> awaitingApproval() {
    return awaitingApproval;
  }

  /** The tasks that have used up their attempts, by id; a live view. */
  public NavigableSet<TaskId> quarantined() {
    return quarantined;
  }

  /** Whether a waiting task depends on this one. */
  public boolean isAwaited(TaskId task) {
    return waitingFor.containsKey(task.value());
  }

  /** The clocks of the tasks that have not ended. */
  public Clocks clocks() {
    return clocks;
  }

  /** Swarms that hold claims. */
  public Set<SwarmId> holders() {
    return held.keySet();
  }

  /** The claims of a swarm by task; a live view. */
  public Map<TaskId, Held> heldBy(SwarmId swarm) {
    return held.getOrDefault(swarm, Map.of());
  }

  /** The tasks that breakers of their holders have stopped. */
  public StoppedTasks stopped() {
    return stopped;
  }

  /** How many tasks are in a state. */
  public long count(TaskState state) {
    return counts.get(state.ordinal());
  }
}
