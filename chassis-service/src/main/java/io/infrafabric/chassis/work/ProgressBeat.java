package io.infrafabric.chassis.work;

import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.error.RefusedException;
import io.infrafabric.kit.lifecycle.Periodic;
import io.infrafabric.kit.time.Times;
import io.infrafabric.names.Ids;
import java.time.Duration;
import java.time.InstantSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reports progress every third of the task's progress time-out, where it has one: a module cannot do so itself. */
final class ProgressBeat implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ProgressBeat.class);
  private static final Duration SHORTEST = Duration.ofMillis(100);

  private final Periodic loop;

  private ProgressBeat(Periodic loop) {
    this.loop = loop;
  }

  /** Begins, and does nothing for a task without a time-out. */
  static ProgressBeat of(Claim claim, Coordinator coordinator, InstantSource clock) {
    if (!claim.getSpec().hasProgressTimeout()) {
      return new ProgressBeat(null);
    }
    Duration third = Times.toDuration(claim.getSpec().getProgressTimeout()).dividedBy(3);
    Duration every = third.compareTo(SHORTEST) < 0 ? SHORTEST : third;
    return new ProgressBeat(Periodic.start("progress-" + claim.getTaskId(), every, () -> report(claim, coordinator, clock)));
  }

  @Override
  public void close() {
    if (loop != null) {
      loop.close();
    }
  }

  private static void report(Claim claim, Coordinator coordinator, InstantSource clock) {
    try {
      coordinator.progress(Ids.ulid(clock.millis()), claim);
    } catch (RefusedException refused) {
      log.atDebug().addKeyValue("task", claim.getTaskId()).addKeyValue("cause", refused.getMessage()).log("progress not reported");
    }
  }
}
