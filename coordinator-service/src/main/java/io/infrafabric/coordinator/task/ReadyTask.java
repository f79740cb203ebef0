package io.infrafabric.coordinator.task;

import io.infrafabric.coordinator.v1.PlanPlace;
import io.infrafabric.coordinator.v1.Priority;
import io.infrafabric.coordinator.v1.Push;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.kit.store.Replica;
import io.infrafabric.kit.time.Times;
import io.infrafabric.names.TaskId;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;

/**
 * What dispatch needs to know of a ready task.
 *
 * @param spec what admission and offers look at, without what is the task's alone
 * @param requirement what it wants of a swarm
 * @param revision of the READY record
 * @param sinceMillis when it became ready
 * @param push for whom it is kept, and until when; empty when it never was
 * @param heardNanos when word of that record's commit came to this process, by {@link System#nanoTime}; {@link Replica#LONG_AGO} when it was there
 *     before
 */
public record ReadyTask(Place place, TaskSpec spec, Requirement requirement, long revision, long sinceMillis, Push push, long heardNanos) {
  /** How much older a task must be to go before one of the next higher priority, unless told otherwise: so that nothing starves. */
  public static final Duration AGEING = Duration.ofMinutes(5);

  /** Longer than any other task waits. */
  private static final Duration FILLERS_LATER = Duration.ofDays(36_500);

  /** Place in the order: lower goes first. */
  public record Place(long rank, TaskId task) implements Comparable<Place> {
    private static final Comparator<Place> ORDER = Comparator.comparingLong(Place::rank).thenComparing(Place::task);

    @Override
    public int compareTo(Place other) {
      return ORDER.compare(this, other);
    }
  }

  /** What there is to know of a task that is ready, but for when it was heard of, with the usual {@link #AGEING}. */
  public static ReadyTask of(Task task) {
    return of(task, AGEING, Replica.LONG_AGO);
  }

  /** What there is to know of a task that is ready. */
  static ReadyTask of(Task task, Duration ageing, long heardNanos) {
    TaskSpec spec = task.getSpec();
    long begin = begin(task).toEpochMilli();
    return new ReadyTask(
        new Place(rank(begin, ageing, spec.getPriority(), task.getPlanPlace()), new TaskId(spec.getTaskId())),
        kept(OwnerRules.spec(task)),
        Requirement.of(task),
        task.getRevision(),
        Times.toInstant(task.getReady().getSince()).toEpochMilli(),
        task.getPush(),
        heardNanos);
  }

  /** What tasks of one kind have in common, so that it can be kept once. */
  private static TaskSpec kept(TaskSpec spec) {
    return TaskSpec.newBuilder()
        .addAllRequiredCapabilities(spec.getRequiredCapabilitiesList())
        .putAllMinSkills(spec.getMinSkillsMap())
        .setPriority(spec.getPriority())
        .setMaxCostMicros(spec.getMaxCostMicros())
        .setMinReputationMillis(spec.getMinReputationMillis())
        .addAllExcludeSwarmIds(spec.getExcludeSwarmIdsList())
        .addAllOwnerSwarmIds(spec.getOwnerSwarmIdsList())
        .setPlanId(spec.getPlanId())
        .setBlockerId(spec.getBlockerId())
        .setPaidBySwarmId(spec.getPaidBySwarmId())
        .build();
  }

  /** The same with an equal specification and requirement. */
  ReadyTask with(TaskSpec equalSpec, Requirement equalRequirement) {
    return new ReadyTask(place, equalSpec, equalRequirement, revision, sinceMillis, push, heardNanos);
  }

  /** Whether it is known when word of its record came. */
  public boolean isHeard() {
    return heardNanos != Replica.LONG_AGO;
  }

  /** Whether it is kept for one swarm now. */
  public boolean isPushed(Instant now) {
    return PushRules.isOpen(push, now);
  }

  /** From when on a task grows old: its creation, or the time before which nobody may have it. */
  private static Instant begin(Task task) {
    Instant created = Times.toInstant(task.getCreatedAt());
    Instant notBefore = task.getSpec().hasNotBefore() ? Times.toInstant(task.getSpec().getNotBefore()) : created;
    return notBefore.isAfter(created) ? notBefore : created;
  }

  /**
   * The time from which a task grows old, brought forward by the ageing for each step of priority, and by half a step on the critical path
   * of a plan. A filler goes after all that is not one, however old it is.
   */
  private static long rank(long beginMillis, Duration ageing, Priority priority, PlanPlace place) {
    long rank = beginMillis - ageing.toMillis() * priority.getNumber() - (place.getCritical() ? ageing.toMillis() / 2 : 0);
    return place.getFiller() ? rank + FILLERS_LATER.toMillis() : rank;
  }

  public TaskId id() {
    return place.task();
  }
}
