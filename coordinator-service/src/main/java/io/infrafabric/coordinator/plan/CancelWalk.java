package io.infrafabric.coordinator.plan;

import io.infrafabric.coordinator.v1.PhaseEnd;
import io.infrafabric.coordinator.v1.PhaseRecord;
import io.infrafabric.coordinator.v1.PlanRecord;
import io.infrafabric.coordinator.v1.TaskState;
import io.infrafabric.names.Limits;
import io.infrafabric.names.TaskId;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * One walk over all tasks that a cancelled plan may have: first those that are held, so that nobody works in vain for longer than he must,
 * then every one, and how it has ended. One thread walks; outcomes may come from any.
 */
final class CancelWalk {
  /** So many children of a mapping are under way in a stream at once, and no more can be missing before one that is stored. */
  static final int GAP = GrpcMapTasks.WINDOW;

  private final Deque<Iterator<Member>> parts = new ArrayDeque<>();
  private final Map<String, Tally> tallies = new ConcurrentHashMap<>();

  /**
   * A task of the plan, which may not be there.
   *
   * @param phase that counts how it ends; empty when none does
   * @param place among the tasks of its phase, counted from 0
   */
  record Member(TaskId id, String phase, int place) {}

  /** How the tasks of a phase have ended, and the last one that there was. */
  private static final class Tally {
    final AtomicInteger completed = new AtomicInteger();
    final AtomicInteger failed = new AtomicInteger();
    final AtomicInteger cancelled = new AtomicInteger();
    final AtomicInteger last = new AtomicInteger(-1);
  }

  /**
   * @param isHeld whether a task is claimed or parked, as far as it is known
   */
  CancelWalk(PlanRecord plan, Predicate<TaskId> isHeld) {
    Stream<TaskId> ofPhases = plan.getPhasesList().stream().filter(PhaseRules::isFilled).flatMap(phase -> PhaseRules.taskIds(plan, phase));
    parts.add(ofPhases.filter(isHeld).map(CancelWalk::uncounted).iterator()); // met again where they are counted
    parts.add(plan.getFillerIdsList().stream().map(TaskId::new).map(CancelWalk::uncounted).iterator());
    for (PhaseRecord phase : plan.getPhasesList()) {
      Tally tally = new Tally();
      tallies.put(phase.getName(), tally);
      parts.add(PhaseRules.isFilled(phase) ? members(plan, phase).iterator() : stored(plan, phase, tally));
    }
  }

  private static Member uncounted(TaskId id) {
    return new Member(id, "", 0);
  }

  private static Stream<Member> members(PlanRecord plan, PhaseRecord phase) {
    AtomicInteger place = new AtomicInteger();
    return PhaseRules.taskIds(plan, phase).map(id -> new Member(id, phase.getName(), place.getAndIncrement()));
  }

  /** The children of a mapping that has not ended: all there can be after the last one that there is. */
  private static Iterator<Member> stored(PlanRecord plan, PhaseRecord phase, Tally tally) {
    Iterator<String> ids = MappingRules.childIds(plan.getPlanId(), phase.getName(), Limits.CHILDREN_PER_MAPPING).iterator();
    return new Iterator<>() {
      private int next;

      @Override
      public boolean hasNext() {
        return next <= tally.last.get() + GAP && ids.hasNext();
      }

      @Override
      public Member next() {
        if (!hasNext()) {
          throw new NoSuchElementException();
        }
        return new Member(new TaskId(ids.next()), phase.getName(), next++);
      }
    };
  }

  /**
   * The next task.
   *
   * @param idle whether every task before has its outcome; otherwise one of those may tell of more, and the walk waits where it would go on to the next part
   * @return empty at the end, and where it waits
   */
  Optional<Member> next(boolean idle) {
    while (!parts.isEmpty()) {
      if (parts.peek().hasNext()) {
        return Optional.of(parts.peek().next());
      }
      if (!idle) {
        return Optional.empty();
      }
      parts.poll();
    }
    return Optional.empty();
  }

  /** Whether every task was walked over. */
  boolean isAtTheEnd() {
    return parts.isEmpty();
  }

  /** Notes how a task has ended. */
  void ended(Member member, TaskState state) {
    Tally tally = tallies.get(member.phase());
    if (tally == null) {
      return;
    }
    tally.last.accumulateAndGet(member.place(), Math::max);
    switch (state) {
      case TASK_STATE_COMPLETED -> tally.completed.incrementAndGet();
      case TASK_STATE_CANCELLED -> {
        tally.cancelled.incrementAndGet();
        tally.failed.incrementAndGet();
      }
      case TASK_STATE_FAILED, TASK_STATE_QUARANTINED -> tally.failed.incrementAndGet();
      case TASK_STATE_UNSPECIFIED, TASK_STATE_WAITING, TASK_STATE_READY, TASK_STATE_CLAIMED, TASK_STATE_PARKED, UNRECOGNIZED ->
          throw new IllegalStateException("not an end: " + state + " of " + member.id());
    }
  }

  /** How the tasks have ended, by phase. */
  Map<String, PhaseEnd> ends() {
    Map<String, PhaseEnd> ends = new HashMap<>();
    tallies.forEach(
        (phase, tally) ->
            ends.put(phase, PhaseEnd.newBuilder().setCompleted(tally.completed.get()).setFailed(tally.failed.get()).setCancelled(tally.cancelled.get()).build()));
    return ends;
  }
}
