package io.infrafabric.coordinator.claim;

import io.infrafabric.coordinator.duty.Deference;
import io.infrafabric.coordinator.record.Records;
import io.infrafabric.coordinator.task.Clocks;
import io.infrafabric.coordinator.task.StoredTask;
import io.infrafabric.coordinator.task.TaskIndex;
import io.infrafabric.coordinator.task.Tasks;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.kit.lifecycle.Lifecycle;
import io.infrafabric.kit.lifecycle.Periodic;
import io.infrafabric.kit.store.Replica;
import io.infrafabric.kit.time.Times;
import io.infrafabric.names.SwarmId;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;

/**
 * Acts on clocks that have run down: cancels tasks whose deadline has passed, takes claims back whose holder is silent. Every
 * replica looks, the elected one at once and the others only at what is left over; the transaction looks at the clock again.
 */
public final class ClockWatch {
  private final Replica replica;
  private final Records records;
  private final TaskIndex index;
  private final Claims claims;
  private final Tasks tasks;
  private final Deference deference;
  private final Set<Clocks.Alarm> underWay = ConcurrentHashMap.newKeySet();

  public ClockWatch(Replica replica, Records records, TaskIndex index, Claims claims, Tasks tasks, BooleanSupplier elected) {
    this.replica = replica;
    this.records = records;
    this.index = index;
    this.claims = claims;
    this.tasks = tasks;
    this.deference = new Deference(elected);
  }

  /** Begins to look. */
  public void start(Lifecycle lifecycle, InstantSource clock) {
    lifecycle.add("clocks", Periodic.start("clocks", Duration.ofMillis(200), () -> runOnce(clock.instant())));
  }

  /** Looks at every clock; answers on how many it began to act. */
  public int runOnce(Instant now) {
    int acted = 0;
    for (Clocks.Alarm alarm : index.clocks().due(deference.actsOnWhatIsDueBy(now))) {
      Optional<Task> task = records.task(replica, alarm.task()).map(StoredTask::task);
      boolean runs = task.isPresent() && (alarm.clock() == Clocks.Clock.DEADLINE || task.get().hasClaimed());
      if (runs && underWay.add(alarm)) {
        acted++;
        act(alarm, task.get()).whenComplete((done, failure) -> underWay.remove(alarm));
      }
    }
    return acted;
  }

  private CompletableFuture<?> act(Clocks.Alarm alarm, Task task) {
    return switch (alarm.clock()) {
      case DEADLINE -> tasks.expire(alarm.task(), alarm.at());
      case PROGRESS ->
          claims.stall(
              new EndDecision.Report("", alarm.task(), new SwarmId(task.getClaimed().getSwarmId()), task.getClaimed().getFence()),
              Times.toDuration(task.getSpec().getProgressTimeout()));
    };
  }
}
