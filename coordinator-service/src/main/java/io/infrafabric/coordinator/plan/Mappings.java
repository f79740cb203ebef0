package io.infrafabric.coordinator.plan;

import com.google.protobuf.ByteString;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.plan.MappingRules.Mapping;
import io.infrafabric.coordinator.record.Records;
import io.infrafabric.coordinator.storage.Room;
import io.infrafabric.coordinator.task.Tasks;
import io.infrafabric.coordinator.v1.MapTasksResponse;
import io.infrafabric.coordinator.v1.Phase;
import io.infrafabric.coordinator.v1.PhaseRecord;
import io.infrafabric.coordinator.v1.Plan;
import io.infrafabric.coordinator.v1.PlanPlace;
import io.infrafabric.coordinator.v1.PlanRecord;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.error.Refusal;
import io.infrafabric.error.Violations;
import io.infrafabric.kit.store.Replica;
import io.infrafabric.kit.time.Times;
import io.infrafabric.names.PlanId;
import io.infrafabric.names.TaskId;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;

/**
 * Fills a phase with tasks of one kind. The plan's record holds them back until the last is stored and counted, so that half of a
 * mapping is never worked on; a mapping that broke off goes on when it is sent again with its request id, because every child has
 * the same id at every try.
 */
final class Mappings {
  private final Replica replica;
  private final Records records;
  private final Tasks tasks;
  private final Room room;
  private final InstantSource clock;

  Mappings(Replica replica, Records records, Tasks tasks, Room room, InstantSource clock) {
    this.replica = replica;
    this.records = records;
    this.tasks = tasks;
    this.room = room;
    this.clock = clock;
  }

  /** Notes that the phase is being filled; without a plan of that id one with this only phase is made. */
  CompletableFuture<Void> begin(Mapping mapping) {
    Instant now = clock.instant();
    PlanRecord fresh = fresh(mapping, now);
    return dependenciesExist(mapping)
        .thenCompose(
            exist ->
                replica.decide(
                    PlanDecision.of(records, new PlanId(mapping.planId()), there -> there.isEmpty() ? PlanDecision.ifThereIsRoom(room, fresh) : MappingRules.begin(there.get(), mapping))))
        .thenApply(begun -> null);
  }

  private static PlanRecord fresh(Mapping mapping, Instant now) {
    Plan plan = Plan.newBuilder().setPlanId(mapping.planId()).addPhases(Phase.newBuilder().setName(mapping.phase()).setMapped(true)).build();
    PlanRecord unfilled = PlanRecord.newBuilder()
        .setPlanId(mapping.planId())
        .setDigest(PlanRules.digest(plan))
        .setSubmitRequestId(mapping.requestId())
        .setCreatedAt(Times.toProto(now))
        .setWholeAt(Times.toProto(now))
        .addPhases(PhaseRecord.newBuilder().setName(mapping.phase()).setMapped(true))
        .build();
    return MappingRules.begun(unfilled, mapping);
  }

  private CompletableFuture<Void> dependenciesExist(Mapping mapping) {
    Map<String, String> keys =
        mapping.template().getDependsOnList().stream().collect(Collectors.toMap(id -> records.keys().task(new TaskId(id)), id -> id));
    return replica
        .refresh(keys.keySet())
        .thenAccept(
            found -> {
              Violations unknown = new Violations();
              keys.forEach(
                  (key, id) ->
                      unknown.check(found.containsKey(key), ErrorCode.ERROR_CODE_TASK_NOT_FOUND, "template.depends_on", "there is no task " + id));
              unknown.refusal("the mapping cannot be taken").ifPresent(refusal -> {
                throw refusal.asException();
              });
            });
  }

  /** Stores the child at a place of the stream. */
  CompletableFuture<Void> child(Mapping mapping, int index, ByteString payload) {
    TaskSpec spec = mapping.template().toBuilder().setTaskId(mapping.childId(index)).setPayload(payload).build();
    return tasks.storeMember(spec, PlanPlace.newBuilder().setPhase(mapping.phase()).setFair(mapping.fair()).setTwinned(mapping.stragglers().isPresent()).build(), mapping.requestId());
  }

  /** Says that all children are stored. */
  CompletableFuture<MapTasksResponse> end(Mapping mapping, int children) {
    Instant now = clock.instant();
    PlanId plan = new PlanId(mapping.planId());
    String oneMore = records.keys().task(new TaskId(mapping.childId(children)));
    return replica
        .refresh(Set.of(oneMore))
        .thenCompose(
            found -> {
              if (!found.isEmpty()) {
                throw MappingRules.reused(mapping, "with more than " + children + " children").asException();
              }
              return replica.decide(
                  PlanDecision.of(
                      records,
                      plan,
                      there ->
                          there
                              .map(record -> MappingRules.end(record, mapping, children, now))
                              .orElseGet(() -> new PlanDecision.Next.Refuse(PlanDecision.notFound(plan)))));
            })
        .thenApply(whole -> MapTasksResponse.newBuilder().setPlanId(mapping.planId()).setChildren(children).build());
  }

  /** How a mapping fails of which a part is stored: what would pass by itself must be sent again with the same request id. */
  static Refusal broken(Refusal cause, int stored) {
    return Tasks.isPassing(cause)
        ? Refusal.of(
            ErrorCode.ERROR_CODE_OUTCOME_UNKNOWN,
            "the mapping broke off after about " + stored + " children, of which none is claimable: " + cause.message())
        : cause;
  }
}
