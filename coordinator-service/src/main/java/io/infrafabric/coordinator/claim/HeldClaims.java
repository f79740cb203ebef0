package io.infrafabric.coordinator.claim;

import io.infrafabric.common.v1.TraceContext;
import io.infrafabric.coordinator.record.Records;
import io.infrafabric.coordinator.request.RequestRules;
import io.infrafabric.coordinator.task.StoredTask;
import io.infrafabric.coordinator.task.TaskStates;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.Claimed;
import io.infrafabric.coordinator.v1.HeldClaim;
import io.infrafabric.coordinator.v1.ListClaimsRequest;
import io.infrafabric.coordinator.v1.ListClaimsResponse;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.kit.store.Entry;
import io.infrafabric.kit.store.Replica;
import io.infrafabric.names.Limits;
import io.infrafabric.names.SwarmId;
import io.infrafabric.names.TaskId;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;

/** What a swarm holds, as the store has it: whoever goes on with claims needs the fences that count now. */
final class HeldClaims {
  /** Bytes after which a page ends: on NATS, in JSON, an answer may have one MiB. */
  private static final int PAGE_BYTES = 512 * 1024;

  /** Tasks read at once; the largest of them together are still a small answer of etcd. */
  private static final int READ = 8;

  private final Replica replica;
  private final Records records;

  HeldClaims(Replica replica, Records records) {
    this.replica = replica;
    this.records = records;
  }

  /** Pages through them by task. */
  CompletableFuture<ListClaimsResponse> list(ListClaimsRequest request) {
    RequestRules.pageToken(request.getPageToken());
    SwarmId swarm = new SwarmId(request.getSwarmId());
    int size = request.getPageSize() == 0 ? Limits.PAGE_SIZE_DEFAULT : Math.min(Limits.PAGE_SIZE, Math.max(1, request.getPageSize()));
    return Inheritance.open(replica, records, swarm)
        .thenCompose(
            tasks -> {
              List<TaskId> left = tasks.stream().filter(task -> task.value().compareTo(request.getPageToken()) > 0).toList();
              return fill(ListClaimsResponse.newBuilder(), left, swarm, size);
            });
  }

  private CompletableFuture<ListClaimsResponse> fill(ListClaimsResponse.Builder page, List<TaskId> left, SwarmId swarm, int size) {
    if (left.isEmpty()) {
      return CompletableFuture.completedFuture(page.build());
    }
    List<TaskId> some = left.subList(0, Math.min(READ, left.size()));
    return replica
        .refresh(some.stream().map(records.keys()::task).collect(Collectors.toSet()))
        .thenCompose(
            found -> {
              for (int i = 0; i < some.size(); i++) {
                if (page.getClaimsCount() == size || page.buildPartial().getSerializedSize() >= PAGE_BYTES) {
                  return CompletableFuture.completedFuture(page.setNextPageToken(page.getClaims(page.getClaimsCount() - 1).getClaim().getTaskId()).build());
                }
                held(found, some.get(i), swarm).ifPresent(page::addClaims);
              }
              return fill(page, left.subList(some.size(), left.size()), swarm, size);
            });
  }

  private Optional<HeldClaim> held(Map<String, Entry> found, TaskId id, SwarmId swarm) {
    return Optional.ofNullable(found.get(records.keys().task(id)))
        .map(entry -> StoredTask.of(entry).task())
        .flatMap(task -> InheritRules.claim(task, swarm).map(claim -> held(task, claim)));
  }

  private static HeldClaim held(Task task, Claimed claim) {
    HeldClaim.Builder held =
        HeldClaim.newBuilder()
            .setClaim(claim(task, claim, task.getTrace()))
            .setAgent(claim.getAgent())
            .setSince(claim.getSince())
            .setPercent(claim.getPercent())
            .setNote(claim.getNote())
            .setState(TaskStates.of(task))
            .addAllBlockerIds(task.getParked().getBlockerIdsList())
            .setPhase(task.getPlanPlace().getPhase())
            .setInherited(claim.getInherited());
    if (claim.hasProgressAt()) {
      held.setProgressAt(claim.getProgressAt());
    }
    return held.build();
  }

  /** A claim as it is given to its holder. */
  static Claim claim(Task task, Claimed claim, TraceContext trace) {
    Claim.Builder given =
        Claim.newBuilder()
            .setClaimId(claim.getClaimId())
            .setTaskId(task.getSpec().getTaskId())
            .setSwarmId(claim.getSwarmId())
            .setFence(claim.getFence())
            .setAttempt(task.getAttempt())
            .setSpec(task.getSpec())
            .setTrace(trace);
    if (task.hasCheckpoint()) {
      given.setCheckpoint(task.getCheckpoint());
    }
    return given.build();
  }
}
