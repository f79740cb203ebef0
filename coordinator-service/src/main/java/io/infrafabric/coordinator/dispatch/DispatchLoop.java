package io.infrafabric.coordinator.dispatch;

import io.infrafabric.coordinator.claim.Askers;
import io.infrafabric.coordinator.plan.FairShare;
import io.infrafabric.coordinator.record.Records;
import io.infrafabric.coordinator.task.ReadyTask;
import io.infrafabric.coordinator.task.TaskIndex;
import io.infrafabric.kit.lifecycle.Lifecycle;
import io.infrafabric.kit.lifecycle.Periodic;
import io.infrafabric.kit.store.Replica;
import io.infrafabric.names.SwarmId;
import java.time.Duration;
import java.time.InstantSource;
import java.util.function.BooleanSupplier;

/** Has the elected coordinator's dispatcher make a pass now and again, and as soon as there is something to ring for. */
public final class DispatchLoop implements TaskIndex.Listener {
  private final Replica replica;
  private final Records records;
  private final TaskIndex index;
  private final DispatchSettings settings;
  private final Askers askers;
  private final BooleanSupplier elected;
  private final InstantSource clock;
  private volatile Runnable wakeUp = () -> {};
  /** Of the thread that makes the passes. */
  private boolean rings;

  public DispatchLoop(
      Replica replica, Records records, TaskIndex index, DispatchSettings settings, Askers askers, BooleanSupplier elected, InstantSource clock) {
    this.replica = replica;
    this.records = records;
    this.index = index;
    this.settings = settings;
    this.askers = askers;
    this.elected = elected;
    this.clock = clock;
  }

  /** Begins; to be called before the index is fed. */
  public void start(Lifecycle lifecycle, FairShare shares, Ranking ranking, Offers offers) {
    Dispatcher dispatcher = new Dispatcher(replica, records, index, shares, ranking, offers, settings, askers, System::nanoTime, () -> wakeUp.run());
    Periodic loop =
        lifecycle.add(
            "dispatch",
            Periodic.start(
                "dispatch",
                Duration.ofMillis(100),
                Duration.ofMillis(3),
                () -> pass(dispatcher)));
    wakeUp = loop::wakeUp;
    replica.onChange(records.keys().sessions(), (key, before, after) -> wakeUp.run());
    index.addListener(this);
  }

  private void pass(Dispatcher dispatcher) {
    boolean rangBefore = rings;
    rings = elected.getAsBoolean();
    if (rings && !rangBefore) {
      dispatcher.elected();
    }
    if (rings) {
      dispatcher.runOnce(clock.instant());
    }
  }

  @Override
  public void onReady(ReadyTask task) {
    wakeUp.run();
  }

  @Override
  public void onClaimEnded(SwarmId swarm) {
    askers.freed(swarm);
    wakeUp.run();
  }
}
