package io.infrafabric.coordinator.dispatch;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.common.v1.TraceContext;
import io.infrafabric.coordinator.claim.Admission;
import io.infrafabric.coordinator.claim.ClaimRules;
import io.infrafabric.coordinator.explain.SwarmRules;
import io.infrafabric.coordinator.record.Records;
import io.infrafabric.coordinator.task.OwnerRules;
import io.infrafabric.coordinator.task.PushRules;
import io.infrafabric.coordinator.task.StoredTask;
import io.infrafabric.coordinator.task.TaskStates;
import io.infrafabric.coordinator.v1.LastChange;
import io.infrafabric.coordinator.v1.Obstacle;
import io.infrafabric.coordinator.v1.Offer;
import io.infrafabric.coordinator.v1.OfferTaskRequest;
import io.infrafabric.coordinator.v1.Push;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskEventType;
import io.infrafabric.error.Refusal;
import io.infrafabric.kit.store.Decision;
import io.infrafabric.kit.store.Step;
import io.infrafabric.kit.store.Txn;
import io.infrafabric.kit.store.View;
import io.infrafabric.kit.telemetry.StepSpan;
import io.infrafabric.kit.time.Times;
import io.infrafabric.names.SwarmId;
import io.infrafabric.names.TaskId;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Keeps a ready task for one swarm for a while, if that swarm may have it now; answers the offer. The dispatcher sees the change and rings. The
 * record remembers the request, so that a retry, wherever it comes in, is told what the first did.
 */
final class OfferDecision implements Decision<Offer> {
  private final Records records;
  private final TaskId id;
  private final SwarmId swarm;
  private final OfferTaskRequest request;
  private final Duration hold;
  private final StepSpan span;
  private final InstantSource clock;

  /**
   * @param hold for how long it is kept
   */
  OfferDecision(Records records, OfferTaskRequest request, Duration hold, StepSpan span, InstantSource clock) {
    this.records = records;
    this.id = new TaskId(request.getTaskId());
    this.swarm = new SwarmId(request.getSwarmId());
    this.request = request;
    this.hold = hold;
    this.span = span;
    this.clock = clock;
  }

  @Override
  public Set<String> reads() {
    return Set.of(
        records.keys().session(swarm), records.keys().standing(swarm), records.keys().commitments(swarm), records.keys().policyInForce());
  }

  @Override
  public Set<String> writes() {
    return Set.of(records.keys().task(id));
  }

  @Override
  public Step<Offer> decide(View view) {
    Optional<StoredTask> stored = records.task(view, id);
    if (stored.isEmpty()) {
      return Step.refuse(Refusal.of(ErrorCode.ERROR_CODE_TASK_NOT_FOUND, "there is no task " + id).with("task_id", id));
    }
    Task task = stored.get().task();
    Optional<Push> before = PushRules.ofRequest(task, request.getRequestId());
    if (before.isPresent()) {
      return PushRules.isSame(before.get(), request) ? Step.answer(wire(task, before.get())) : Step.refuseCertainly(reused(before.get()));
    }
    Instant now = clock.instant();
    return refused(view, task, now).<Step<Offer>>map(Step::refuse).orElseGet(() -> offer(view, stored.get(), now));
  }

  private Refusal reused(Push before) {
    return Refusal.of(
            ErrorCode.ERROR_CODE_REQUEST_ID_REUSED,
            "request " + request.getRequestId() + " has offered task " + id + " to swarm " + before.getSwarmId() + " before, and not in just this way")
        .with("task_id", id);
  }

  private Optional<Refusal> refused(View view, Task task, Instant now) {
    Admission admission = records.admission(view, swarm);
    if (admission.standing().isEmpty()) {
      return Optional.of(Refusal.of(ErrorCode.ERROR_CODE_SWARM_NOT_FOUND, "swarm " + swarm + " is not registered").with("swarm_id", swarm));
    }
    if (TaskStates.isTerminal(task)) {
      return Optional.of(ClaimRules.ended(task));
    }
    if (!task.hasReady()) {
      String state = TaskStates.word(TaskStates.of(task));
      return Optional.of(Refusal.of(ErrorCode.ERROR_CODE_TASK_NOT_READY, "task " + id + " is " + state).with("task_id", id).with("state", state));
    }
    if (admission.session().isEmpty()) {
      return Optional.of(Refusal.of(ErrorCode.ERROR_CODE_SESSION_NOT_FOUND, "swarm " + swarm + " has no live session").with("swarm_id", swarm));
    }
    return PushRules.keptFromOthers(task, swarm, now)
        .filter(kept -> !request.getReplace())
        .map(kept -> kept.withField("replace", "true, to end that offer for this one"))
        .or(() -> ClaimRules.admit(OwnerRules.spec(task), admission)
            .map(refusal -> refusal.with("task_id", id).with("swarm_id", swarm).with("reasons", reasons(task, admission))));
  }

  /** All that the swarm lacks, where the refusal says the first thing. */
  private static String reasons(Task task, Admission admission) {
    return SwarmRules.of(OwnerRules.spec(task), admission, 0).stream().map(Obstacle::getDetail).collect(Collectors.joining("; "));
  }

  private Step<Offer> offer(View view, StoredTask stored, Instant now) {
    TraceContext trace = span.in(stored.task().getTrace());
    span.task(id.value()).swarm(swarm.value());
    Push.Builder push =
        Push.newBuilder()
            .setSwarmId(swarm.value())
            .setUntil(Times.toProto(now.plus(hold)))
            .setRequestId(request.getRequestId())
            .setReplace(request.getReplace());
    if (request.hasHold()) {
      push.setHold(request.getHold());
    }
    boolean replaced = PushRules.isKeptFrom(stored.task().getPush(), swarm, now);
    Task next = PushRules.offered(stored.task(), push.build());
    LastChange change =
        LastChange.newBuilder()
            .setRequestId(request.getRequestId())
            .setEvent(TaskEventType.TASK_EVENT_TYPE_OFFERED)
            .setAt(Times.toProto(now))
            .setTrace(trace)
            .setSwarmId(swarm.value())
            .setReason(
                "kept for swarm " + swarm + " until " + now.plus(hold) + (replaced ? ", instead of swarm " + stored.task().getPush().getSwarmId() : ""))
            .build();
    Txn txn =
        Txn.builder()
            .put(view, records.keys().task(id), stored.next(next, change))
            .unchanged(view, records.keys().session(swarm))
            .unchanged(view, records.keys().standing(swarm))
            .build();
    return Step.commit(txn, revision -> wire(next, push.setRevision(revision).build()));
  }

  private static Offer wire(Task task, Push push) {
    return Offer.newBuilder()
        .setTaskId(task.getSpec().getTaskId())
        .setSwarmId(push.getSwarmId())
        .addAllRequiredCapabilities(task.getSpec().getRequiredCapabilitiesList())
        .setPriority(task.getSpec().getPriority())
        .setMaxCostMicros(task.getSpec().getMaxCostMicros())
        .setRevision(push.getRevision())
        .setExpiresAt(push.getUntil())
        .setTrace(task.getTrace())
        .build();
  }
}
