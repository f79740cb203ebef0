package io.infrafabric.coordinator.dispatch;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.archive.Archived;
import io.infrafabric.coordinator.record.Records;
import io.infrafabric.coordinator.request.RequestRules;
import io.infrafabric.coordinator.v1.Offer;
import io.infrafabric.coordinator.v1.OfferTaskRequest;
import io.infrafabric.error.Violations;
import io.infrafabric.kit.store.Replica;
import io.infrafabric.kit.telemetry.StepSpan;
import io.infrafabric.kit.telemetry.Traces;
import io.infrafabric.kit.time.Times;
import io.infrafabric.names.TaskId;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;

/** Offers one task to one swarm, for orchestrators who know whom they want. */
public final class Pushes {
  /** The longest time that a task is kept for one swarm: as long as doorbells are kept. */
  static final Duration LONGEST = Duration.ofMinutes(5);

  private final Replica replica;
  private final Records records;
  private final Archived archived;
  private final Duration usual;
  private final Traces traces;
  private final InstantSource clock;

  /**
   * @param usual for how long a task is kept when the request does not say
   */
  public Pushes(Replica replica, Records records, Archived archived, Duration usual, Traces traces, InstantSource clock) {
    this.replica = replica;
    this.records = records;
    this.archived = archived;
    this.usual = usual;
    this.traces = traces;
    this.clock = clock;
  }

  /** Offers the task; a retry is told what the first try did, also when the task has been claimed since. */
  public CompletableFuture<Offer> offer(OfferTaskRequest request) {
    RequestRules.requestId(request.getRequestId());
    TaskId task = new TaskId(request.getTaskId());
    Duration hold = request.hasHold() ? Times.toDuration(request.getHold()) : usual.compareTo(LONGEST) > 0 ? LONGEST : usual;
    new Violations()
        .check(hold.isPositive() && hold.compareTo(LONGEST) <= 0, ErrorCode.ERROR_CODE_INVALID_ARGUMENT, "hold", "more than 0 and at most " + LONGEST)
        .refusal("the task is not offered")
        .ifPresent(
            refusal -> {
              throw refusal.asException();
            });
    StepSpan span = traces.served("offer-task");
    return replica
        .decide(new OfferDecision(records, request, hold, span, clock))
        .whenComplete((offered, failure) -> span.end(failure))
        .exceptionallyCompose(failure -> archived.orEnded(task, failure));
  }
}
