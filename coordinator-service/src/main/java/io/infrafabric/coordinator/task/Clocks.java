package io.infrafabric.coordinator.task;

import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.names.TaskId;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListSet;

/** When which task must be looked at because of one of its clocks ({@link ClockRules}). Filled on the replica's thread, read by any. */
public final class Clocks {
  private static final int ROUND = 1_000;

  private final ConcurrentSkipListSet<Alarm> alarms = new ConcurrentSkipListSet<>();

  /** Which of the clocks. */
  public enum Clock {
    DEADLINE,
    PROGRESS
  }

  /** A clock that has run down at a time. */
  public record Alarm(Instant at, TaskId task, Clock clock) implements Comparable<Alarm> {
    private static final Comparator<Alarm> ORDER =
        Comparator.comparing(Alarm::at).thenComparing(Alarm::task).thenComparing(Alarm::clock);

    @Override
    public int compareTo(Alarm other) {
      return ORDER.compare(this, other);
    }
  }

  /** Sets the clocks of a version of a task; what is returned takes them back. */
  Runnable set(TaskId id, Task task) {
    Optional<Alarm> deadline = ClockRules.deadline(task).map(at -> new Alarm(at, id, Clock.DEADLINE));
    Optional<Alarm> progress = ClockRules.progressDeadline(task).map(at -> new Alarm(at, id, Clock.PROGRESS));
    deadline.ifPresent(alarms::add);
    progress.ifPresent(alarms::add);
    return deadline.isEmpty() && progress.isEmpty()
        ? () -> {}
        : () -> {
          deadline.ifPresent(alarms::remove);
          progress.ifPresent(alarms::remove);
        };
  }

  /** The clocks that have run down, longest ago first; some of them when there are many. */
  public List<Alarm> due(Instant now) {
    return alarms.stream().takeWhile(alarm -> !alarm.at().isAfter(now)).limit(ROUND).toList();
  }

  /** How many clocks run. */
  public int size() {
    return alarms.size();
  }
}
