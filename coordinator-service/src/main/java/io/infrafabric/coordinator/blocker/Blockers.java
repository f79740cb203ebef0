package io.infrafabric.coordinator.blocker;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.record.Records;
import io.infrafabric.coordinator.request.RequestRules;
import io.infrafabric.coordinator.task.StoredTask;
import io.infrafabric.coordinator.v1.Blocker;
import io.infrafabric.coordinator.v1.BlockerRecord;
import io.infrafabric.coordinator.v1.BlockerState;
import io.infrafabric.coordinator.v1.GetBlockerRequest;
import io.infrafabric.coordinator.v1.ListBlockersRequest;
import io.infrafabric.coordinator.v1.ListBlockersResponse;
import io.infrafabric.coordinator.v1.RaiseBlockerRequest;
import io.infrafabric.coordinator.v1.ResolveBlockerRequest;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.error.Refusal;
import io.infrafabric.error.RefusedException;
import io.infrafabric.error.Violations;
import io.infrafabric.kit.store.Entry;
import io.infrafabric.kit.store.Replica;
import io.infrafabric.kit.telemetry.StepSpan;
import io.infrafabric.kit.telemetry.Traces;
import io.infrafabric.names.BlockerId;
import io.infrafabric.names.Ids;
import io.infrafabric.names.Limits;
import io.infrafabric.names.SwarmId;
import io.infrafabric.names.TaskId;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** Raises and resolves blockers for callers. */
public final class Blockers {
  private static final int TRIES = 8;

  private final Replica replica;
  private final Records records;
  private final HelpSettings settings;
  private final Traces traces;
  private final InstantSource clock;
  private volatile HelpListener listener = HelpListener.NONE;

  public Blockers(Replica replica, Records records, HelpSettings settings, Traces traces, InstantSource clock) {
    this.replica = replica;
    this.records = records;
    this.settings = settings;
    this.traces = traces;
    this.clock = clock;
  }

  /** Parks the task and stores the blocker; a retry answers what the blocker is by now. */
  public CompletableFuture<Blocker> raise(RaiseBlockerRequest request) {
    RequestRules.requestId(request.getRequestId());
    RequestRules.fence(request.getFence());
    refuse(NeedRules.check(request));
    return raise(request, TRIES);
  }

  private CompletableFuture<Blocker> raise(RaiseBlockerRequest request, int tries) {
    List<TaskId> waitsFor = request.getWaitsForTaskIdsList().stream().distinct().map(TaskId::new).toList();
    var seen =
        WaitRules.look(
            new TaskId(request.getTaskId()),
            waitsFor,
            other -> records.task(replica, other).map(StoredTask::task),
            other -> records.tasksOfOpenPhases(replica, other));
    Set<TaskId> looked = seen instanceof WaitRules.Finding.Clear(Set<TaskId> clear) ? clear : Set.copyOf(waitsFor);
    StepSpan span = traces.served("raise-blocker");
    return replica
        .decide(new RaiseDecision(records, request, looked, span, clock))
        .whenComplete((blocker, failure) -> span.end(failure))
        .exceptionallyCompose(
            failure -> tries > 1 && isContended(failure) ? raise(request, tries - 1) : CompletableFuture.failedFuture(failure));
  }

  private static boolean isContended(Throwable failure) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    return cause instanceof RefusedException refused && refused.refusal().code() == ErrorCode.ERROR_CODE_CONTENDED;
  }

  /** Ends a blocker, by the holder or a named person; one that is resolved already stays as it was. */
  public CompletableFuture<Blocker> resolve(ResolveBlockerRequest request) {
    RequestRules.requestId(request.getRequestId());
    refuse(NeedRules.check(request));
    BlockerId id = new BlockerId(request.getBlockerId());
    TaskId task = new TaskId(request.getTaskId());
    ResolveDecision.By by =
        request.getPrincipal().isEmpty()
            ? new ResolveDecision.By.Holder(new SwarmId(request.getSwarmId()), request.getFence())
            : new ResolveDecision.By.Person(request.getPrincipal());
    return find(id)
        .thenCompose(
            found -> {
              Blocker blocker = found.filter(of -> of.getTaskId().equals(task.value())).orElseThrow(() -> ResolveDecision.notFound(id, task).asException());
              return resolve(blocker, by, request.getRequestId(), request.getResolution(), traces.served("resolve-blocker"));
            });
  }

  /** Ends a blocker whose tasks are done, or whose claim has ended; otherwise leaves it as it is. */
  CompletableFuture<Blocker> finish(Blocker blocker, String resolution) {
    return resolve(blocker, new ResolveDecision.By.Fabric(), "", resolution, traces.internal("finish-blocker"));
  }

  private CompletableFuture<Blocker> resolve(Blocker blocker, ResolveDecision.By by, String requestId, String resolution, StepSpan span) {
    return replica
        .decide(new ResolveDecision(records, blocker, by, requestId, resolution, span, clock))
        .whenComplete((resolved, failure) -> span.end(failure));
  }

  /** Makes the help, or escalates; whether it did. */
  CompletableFuture<Boolean> help(Blocker blocker, HelpDecision.Answer answer) {
    StepSpan span = traces.internal("help-blocker");
    TaskId task = new TaskId(blocker.getTaskId());
    Optional<SwarmId> payer = records.task(replica, task).map(StoredTask::task).filter(Task::hasParked).map(HelpRules::payer);
    return replica
        .decide(new HelpDecision(records, new BlockerId(blocker.getBlockerId()), task, answer, payer, settings, span, clock))
        .whenComplete(
            (done, failure) -> {
              span.end(failure);
              if (failure == null && done) {
                tell(blocker, answer);
              }
            });
  }

  private void tell(Blocker blocker, HelpDecision.Answer answer) {
    if (!answer.helpers().isEmpty()) {
      listener.helped(blocker, records.policy(replica));
    } else if (!answer.unmet().isEmpty()) {
      listener.nobody(blocker, answer.why(), records.policy(replica));
    }
  }

  /** From now on this hears what becomes of searches for help. */
  public void onHelp(HelpListener next) {
    listener = next;
  }

  private CompletableFuture<Optional<Blocker>> find(BlockerId id) {
    Optional<Blocker> known = records.blocker(replica, id).map(BlockerRecord::getBlocker);
    if (known.isPresent()) {
      return CompletableFuture.completedFuture(known);
    }
    return read(id);
  }

  private CompletableFuture<Optional<Blocker>> read(BlockerId id) {
    String key = records.keys().blocker(id);
    return replica
        .refresh(Set.of(key))
        .thenApply(found -> Optional.ofNullable(found.get(key)).map(entry -> Records.parse(entry, BlockerRecord.parser()).getBlocker()));
  }

  /** A blocker as the store has it now; BLOCKER_NOT_FOUND also when it is of another swarm than the one that is asked about. */
  public CompletableFuture<Blocker> get(GetBlockerRequest request) {
    BlockerId id = new BlockerId(request.getBlockerId());
    optionalId("swarm_id", request.getSwarmId());
    return read(id)
        .thenApply(
            found ->
                found
                    .filter(blocker -> request.getSwarmId().isEmpty() || request.getSwarmId().equals(blocker.getSwarmId()))
                    .orElseThrow(() -> notFound(id, request.getSwarmId()).asException()));
  }

  private static Refusal notFound(BlockerId id, String swarm) {
    return Refusal.of(ErrorCode.ERROR_CODE_BLOCKER_NOT_FOUND, "there is no blocker " + id + (swarm.isEmpty() ? "" : " of swarm " + swarm)).with("blocker_id", id);
  }

  /** A page of blockers, from the copy, in the order of their ids. */
  public ListBlockersResponse list(ListBlockersRequest request) {
    RequestRules.pageToken(request.getPageToken());
    optionalId("task_id", request.getTaskId());
    optionalId("swarm_id", request.getSwarmId());
    refuse(
        new Violations()
            .check(!request.getStatesList().contains(BlockerState.UNRECOGNIZED), ErrorCode.ERROR_CODE_INVALID_ARGUMENT, "states", "OPEN, WAITING, ESCALATED, RESOLVED")
            .refusal("no blockers are listed"));
    int size = request.getPageSize() == 0 ? Limits.PAGE_SIZE_DEFAULT : Math.min(Limits.PAGE_SIZE, Math.max(1, request.getPageSize()));
    String after = request.getPageToken().isEmpty() ? records.keys().blockers() : records.keys().blocker(new BlockerId(request.getPageToken()));
    ListBlockersResponse.Builder page = ListBlockersResponse.newBuilder();
    for (Entry entry : replica.scanAfter(records.keys().blockers(), after).values()) {
      Blocker blocker = Records.parse(entry, BlockerRecord.parser()).getBlocker();
      if (!matches(blocker, request)) {
        continue;
      }
      if (page.getBlockersCount() == size) {
        page.setNextPageToken(page.getBlockers(size - 1).getBlockerId());
        break;
      }
      page.addBlockers(blocker);
    }
    return page.build();
  }

  private static boolean matches(Blocker blocker, ListBlockersRequest request) {
    return (request.getTaskId().isEmpty() || request.getTaskId().equals(blocker.getTaskId()))
        && (request.getSwarmId().isEmpty() || request.getSwarmId().equals(blocker.getSwarmId()))
        && !(request.getOpenOnly() && blocker.hasResolvedAt())
        && (request.getStatesCount() == 0 || request.getStatesList().contains(blocker.getState()));
  }

  private static void optionalId(String field, String text) {
    if (!text.isEmpty()) {
      Ids.require(field, text);
    }
  }

  private static void refuse(Optional<Refusal> refusal) {
    refusal.ifPresent(
        r -> {
          throw r.asException();
        });
  }
}
