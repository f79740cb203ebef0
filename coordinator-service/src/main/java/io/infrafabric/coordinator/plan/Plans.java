package io.infrafabric.coordinator.plan;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.common.v1.TraceContext;
import io.infrafabric.coordinator.archive.Archived;
import io.infrafabric.coordinator.record.Records;
import io.infrafabric.coordinator.storage.Room;
import io.infrafabric.coordinator.task.SpecRules;
import io.infrafabric.coordinator.task.StoredTask;
import io.infrafabric.coordinator.task.Tasks;
import io.infrafabric.coordinator.v1.CancelPlanRequest;
import io.infrafabric.coordinator.v1.CancelPlanResponse;
import io.infrafabric.coordinator.v1.GetPlanResponse;
import io.infrafabric.coordinator.v1.Phase;
import io.infrafabric.coordinator.v1.PhaseRecord;
import io.infrafabric.coordinator.v1.Plan;
import io.infrafabric.coordinator.v1.PlanCancellation;
import io.infrafabric.coordinator.v1.PlanPlace;
import io.infrafabric.coordinator.v1.PlanProgress;
import io.infrafabric.coordinator.v1.PlanRecord;
import io.infrafabric.coordinator.v1.ReducePlanRequest;
import io.infrafabric.coordinator.v1.ReducePlanResponse;
import io.infrafabric.coordinator.v1.Sharing;
import io.infrafabric.coordinator.v1.SubmitPlanResponse;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.error.Refusal;
import io.infrafabric.error.Violations;
import io.infrafabric.kit.store.Entry;
import io.infrafabric.kit.store.Replica;
import io.infrafabric.kit.telemetry.StepSpan;
import io.infrafabric.kit.telemetry.Traces;
import io.infrafabric.kit.time.Times;
import io.infrafabric.names.Limits;
import io.infrafabric.names.PlanId;
import io.infrafabric.names.TaskId;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Puts plans in and tells how far they are. */
public final class Plans {
  private final Replica replica;
  private final Records records;
  private final PlanIndex index;
  private final Tasks tasks;
  private final Room room;
  private final Traces traces;
  private final InstantSource clock;
  private final Mappings mappings;
  private final Reductions reductions;
  private final PlanWire wire;

  public Plans(Replica replica, Records records, PlanIndex index, Tasks tasks, Archived archived, ResultObjects objects, Room room, Traces traces, InstantSource clock) {
    this.replica = replica;
    this.records = records;
    this.index = index;
    this.tasks = tasks;
    this.room = room;
    this.traces = traces;
    this.clock = clock;
    this.mappings = new Mappings(replica, records, tasks, room, clock);
    this.reductions = new Reductions(replica, records, index, archived, objects);
    this.wire = new PlanWire(replica, records);
  }

  Mappings mappings() {
    return mappings;
  }

  /** Makes one result of those of a plan; takes a while and waits for the store, so not on the replica's thread. */
  ReducePlanResponse reduce(ReducePlanRequest request, BooleanSupplier gone) {
    Reductions.check(request);
    return reductions.reduce(record(new PlanId(request.getPlanId())).join(), request, gone);
  }

  /**
   * Stores a plan: first its record, then its tasks, which the record holds back, and then the word that it is whole. What
   * breaks off in between is claimable by nobody and goes on when the same plan comes again.
   */
  public CompletableFuture<SubmitPlanResponse> submit(Plan given, String requestId) {
    refuse(PlanRules.check(given));
    Plan plan = PlanRules.complete(given, requestId);
    PlanGraph graph = new PlanGraph(plan);
    refuse(PlanRules.cycle(graph));
    List<String> critical = graph.criticalPath();
    PlanRecord untraced = record(plan, critical, requestId);
    refuse(tooLarge(untraced));
    StepSpan span = traces.served("submit-plan");
    PlanRecord fresh = untraced.toBuilder().setTrace(span.in(TraceContext.getDefaultInstance())).build();
    List<TaskSpec> specs = PlanRules.specs(plan);
    // The fillers first: a task may wait for one.
    List<Integer> order =
        Stream.concat(IntStream.range(specs.size() - plan.getFillersCount(), specs.size()).boxed(), graph.taskOrder().stream()).toList();
    return fits(plan, fresh, specs)
        .thenCompose(fit -> replica.decide(PlanDecision.create(records, fresh, room)))
        .thenCompose(
            there ->
                there.hasWholeAt() || there.hasCancellation()
                    ? CompletableFuture.completedFuture(there)
                    : tasks.storeMembers(specs, places(plan, critical), order, requestId).thenCompose(stored -> whole(there)))
        .whenComplete((done, failure) -> span.end(failure))
        .thenApply(there -> SubmitPlanResponse.newBuilder().setPlan(wire.toProto(there)).setCreated(there.getSubmitRequestId().equals(requestId)).build());
  }

  private CompletableFuture<PlanRecord> whole(PlanRecord plan) {
    Instant now = clock.instant();
    return replica.decide(
        PlanDecision.of(
            records,
            new PlanId(plan.getPlanId()),
            there ->
                there
                    .map(found -> PlanRules.whole(found, now))
                    .orElseGet(() -> new PlanDecision.Next.Refuse(PlanDecision.notFound(new PlanId(plan.getPlanId()))))));
  }

  /** Notes that nothing more of a plan is wanted; {@link CancelDuty} sees to its tasks. */
  CompletableFuture<CancelPlanResponse> cancel(CancelPlanRequest request) {
    PlanId id = new PlanId(request.getPlanId());
    StepSpan span = traces.served("cancel-plan");
    PlanCancellation wish =
        PlanCancellation.newBuilder().setRequestId(request.getRequestId()).setReason(request.getReason()).setAt(Times.toProto(clock.instant())).build();
    return replica
        .decide(
            PlanDecision.of(
                records,
                id,
                there -> {
                  there.ifPresent(plan -> span.in(plan.getTrace()));
                  return there.map(plan -> CancellationRules.cancel(plan, wish)).orElseGet(() -> new PlanDecision.Next.Refuse(PlanDecision.notFound(id)));
                }))
        .whenComplete((done, failure) -> span.end(failure))
        .thenApply(
            record -> {
              PlanProgress progress = index.progress(record);
              return CancelPlanResponse.newBuilder().setPlan(wire.toProto(record)).setProgress(progress).setState(PlanStates.of(record, progress)).build();
            });
  }

  private PlanRecord record(Plan plan, List<String> critical, String requestId) {
    PlanRecord.Builder record =
        PlanRecord.newBuilder()
            .setPlanId(plan.getPlanId())
            .setDigest(PlanRules.digest(plan))
            .setSubmitRequestId(requestId)
            .setCreatedAt(Times.toProto(clock.instant()))
            .addAllCriticalPath(critical)
            .addAllFillerIds(plan.getFillersList().stream().map(TaskSpec::getTaskId).toList())
            .addAllDomains(plan.getDomainsList());
    for (Phase phase : plan.getPhasesList()) {
      PhaseRecord.Builder next =
          PhaseRecord.newBuilder()
              .setName(phase.getName())
              .addAllAfter(phase.getAfterList())
              .setMapped(phase.getMapped())
              .addAllTaskIds(phase.getTasksList().stream().map(TaskSpec::getTaskId).toList());
      if (phase.hasStragglers()) {
        next.setStragglers(phase.getStragglers());
      }
      record.addPhases(next);
    }
    return record.build();
  }

  private static Map<String, PlanPlace> places(Plan plan, List<String> critical) {
    Set<String> onPath = new HashSet<>(critical);
    Map<String, PlanPlace> places = new HashMap<>();
    for (Phase phase : plan.getPhasesList()) {
      for (TaskSpec spec : phase.getTasksList()) {
        places.put(
            spec.getTaskId(),
            PlanPlace.newBuilder()
                .setPhase(phase.getName())
                .setCritical(onPath.contains(spec.getTaskId()))
                .setFair(phase.getSharing() == Sharing.SHARING_FAIR)
                .setTwinned(phase.hasStragglers())
                .build());
      }
    }
    plan.getFillersList().forEach(spec -> places.put(spec.getTaskId(), PlanPlace.newBuilder().setFiller(true).build()));
    return places;
  }

  private static Optional<Refusal> tooLarge(PlanRecord record) {
    return new Violations()
        .check(
            record.getSerializedSize() <= Limits.PAYLOAD_BYTES,
            ErrorCode.ERROR_CODE_PAYLOAD_TOO_LARGE,
            "plan",
            "its ids take " + record.getSerializedSize() + " bytes, at most " + Limits.PAYLOAD_BYTES + ": use shorter ones")
        .refusal("the plan cannot be taken");
  }

  /** Refuses, before anything is written, what the store has with other content and what depends on tasks that are nowhere. */
  private CompletableFuture<Void> fits(Plan plan, PlanRecord fresh, List<TaskSpec> specs) {
    Map<String, String> outside = PlanRules.outside(plan);
    String planKey = records.keys().plan(new PlanId(plan.getPlanId()));
    Set<String> keys = new HashSet<>();
    keys.add(planKey);
    specs.forEach(spec -> keys.add(records.keys().task(new TaskId(spec.getTaskId()))));
    for (String id : outside.keySet()) {
      keys.add(records.keys().task(new TaskId(id)));
      keys.add(records.keys().archived(new TaskId(id)));
    }
    return replica
        .refresh(keys)
        .thenAccept(
            found -> {
              Optional<PlanRecord> there = Optional.ofNullable(found.get(planKey)).map(entry -> Records.parse(entry, PlanRecord.parser()));
              if (there.isPresent()) {
                if (!there.get().getDigest().equals(fresh.getDigest())) {
                  throw PlanDecision.otherContent(there.get()).asException();
                }
                return;
              }
              refuse(unknown(outside, found));
              refuse(taken(specs, found));
            });
  }

  private Optional<Refusal> unknown(Map<String, String> outside, Map<String, Entry> found) {
    Violations unknown = new Violations();
    outside.forEach(
        (id, at) ->
            unknown.check(
                found.containsKey(records.keys().task(new TaskId(id))) || found.containsKey(records.keys().archived(new TaskId(id))),
                ErrorCode.ERROR_CODE_TASK_NOT_FOUND,
                at,
                "there is no task " + id));
    return unknown.refusal("the plan cannot be taken");
  }

  /** A plan that is not there yet has no tasks. */
  private Optional<Refusal> taken(List<TaskSpec> specs, Map<String, Entry> found) {
    for (TaskSpec spec : specs) {
      Entry entry = found.get(records.keys().task(new TaskId(spec.getTaskId())));
      if (entry != null) {
        String digest = StoredTask.of(entry).task().getSpecDigest();
        return Optional.of(
            Refusal.of(
                    ErrorCode.ERROR_CODE_ALREADY_EXISTS,
                    "task " + spec.getTaskId() + " exists already and is " + (digest.equals(SpecRules.digest(spec)) ? "not of this plan" : "of digest " + digest))
                .with("task_id", spec.getTaskId())
                .with("spec_digest", digest));
      }
    }
    return Optional.empty();
  }

  /** A plan as the store has it now, and how far it is. */
  public CompletableFuture<GetPlanResponse> get(PlanId id) {
    return record(id)
        .thenApply(
            record -> {
              PlanProgress progress = index.progress(record);
              return GetPlanResponse.newBuilder().setPlan(wire.toProto(record)).setProgress(progress).setState(PlanStates.of(record, progress)).build();
            });
  }

  private CompletableFuture<PlanRecord> record(PlanId id) {
    String key = records.keys().plan(id);
    return replica
        .refresh(Set.of(key))
        .thenApply(
            found ->
                Optional.ofNullable(found.get(key))
                    .map(entry -> Records.parse(entry, PlanRecord.parser()))
                    .orElseThrow(() -> PlanDecision.notFound(id).asException()));
  }

  private static void refuse(Optional<Refusal> refusal) {
    refusal.ifPresent(
        found -> {
          throw found.asException();
        });
  }
}
