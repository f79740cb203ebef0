package io.infrafabric.coordinator.record;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import com.google.protobuf.Parser;
import io.infrafabric.common.v1.TraceContext;
import io.infrafabric.coordinator.claim.Admission;
import io.infrafabric.coordinator.plan.CancellationRules;
import io.infrafabric.coordinator.plan.PhaseRules;
import io.infrafabric.coordinator.task.StoredTask;
import io.infrafabric.coordinator.v1.ArchivedTask;
import io.infrafabric.coordinator.v1.BlockerRecord;
import io.infrafabric.coordinator.v1.CommitmentsRecord;
import io.infrafabric.coordinator.v1.NoteRecord;
import io.infrafabric.coordinator.v1.PlanRecord;
import io.infrafabric.coordinator.v1.SessionRecord;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.coordinator.v1.TaskState;
import io.infrafabric.error.Refusal;
import io.infrafabric.governor.v1.Standing;
import io.infrafabric.kit.store.Entry;
import io.infrafabric.kit.store.Prefix;
import io.infrafabric.kit.store.RecordShape;
import io.infrafabric.kit.store.Replica;
import io.infrafabric.kit.store.UnreadableRefusal;
import io.infrafabric.kit.store.View;
import io.infrafabric.names.BlockerId;
import io.infrafabric.names.Keys;
import io.infrafabric.names.PlanId;
import io.infrafabric.names.SwarmId;
import io.infrafabric.names.TaskId;
import io.infrafabric.policy.ActivePolicy;
import io.infrafabric.policy.PolicyRecords;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Reads records of a view by what they are about.
 *
 * @param policies the governor's policy, read once for each version
 */
public record Records(Keys keys, PolicyRecords policies) {
  /** Records under these keys. */
  public Records(Keys keys) {
    this(keys, new PolicyRecords(keys));
  }

  /** What a coordinator copies. */
  public List<Prefix> prefixes() {
    return List.of(
        new Prefix(keys.tasks(), IntStream.range(0, Keys.TASK_SHARDS).mapToObj(keys::taskShard).toList()),
        Prefix.of(keys.sessions()),
        Prefix.of(keys.notes()),
        Prefix.of(keys.commitments()),
        Prefix.of(keys.blockers()),
        Prefix.of(keys.standings()),
        Prefix.of(keys.policies()),
        Prefix.of(keys.plans()),
        Prefix.of(keys.shares()),
        Prefix.of(keys.quarantine()));
  }

  public Optional<StoredTask> task(View view, TaskId task) {
    return view.get(keys.task(task)).map(StoredTask::of);
  }

  /** What is left of a task that was archived; absent unless it was read for the decision that looks. */
  public Optional<ArchivedTask> archived(View view, TaskId task) {
    return view.get(keys.archived(task)).map(entry -> parse(entry, ArchivedTask.parser()));
  }

  /** Whether a task is completed, be it archived or not. */
  public boolean isCompleted(View view, TaskId task) {
    return task(view, task).map(found -> found.task().hasCompleted()).orElseGet(() -> archived(view, task).filter(line -> line.getState() == TaskState.TASK_STATE_COMPLETED).isPresent());
  }

  /** A plan by its id. */
  public Optional<PlanRecord> plan(View view, PlanId plan) {
    return view.get(keys.plan(plan)).map(entry -> parse(entry, PlanRecord.parser()));
  }

  /** The plan that a task names, whether it has a place in it or not. */
  public static Optional<PlanId> planOf(TaskSpec spec) {
    return spec.getPlanId().isEmpty() ? Optional.empty() : Optional.of(new PlanId(spec.getPlanId()));
  }

  /** Whether the plan was cancelled, in this view: nothing is added to it, and nothing of it becomes ready. */
  public boolean isCancelled(View view, PlanId plan) {
    return view.get(keys.plan(plan)).filter(entry -> CancellationRules.isCancelled(entry.value())).isPresent();
  }

  /** Whether no phase of its plan holds the task back in this view. */
  public boolean phaseIsOpen(View view, Task task) {
    return !task.hasPlanPlace()
        || plan(view, new PlanId(task.getSpec().getPlanId())).filter(plan -> PhaseRules.isOpen(plan, task.getPlanPlace())).isPresent();
  }

  /**
   * A task that names, of the dependencies it waits for, only those that are still open in this view, and the phases that are; the
   * record has the dependencies of its last change and no phases.
   */
  public Task waitingFor(View view, Task task) {
    if (!task.hasWaiting()) {
      return task;
    }
    List<String> open =
        task.getWaiting().getOpenDependenciesList().stream()
            .filter(id -> task(view, new TaskId(id)).filter(other -> other.task().hasCompleted()).isEmpty())
            .toList();
    Task.Builder now = task.toBuilder();
    now.getWaitingBuilder().clearOpenDependencies().addAllOpenDependencies(open);
    if (task.hasPlanPlace()) {
      Optional<PlanRecord> plan = plan(view, new PlanId(task.getSpec().getPlanId()));
      now.getWaitingBuilder()
          .setHeld(plan.filter(found -> !PhaseRules.isHeld(found, task.getPlanPlace())).isEmpty())
          .addAllOpenPhases(plan.map(found -> PhaseRules.openBefore(found, task.getPlanPlace().getPhase())).orElse(List.of()));
    }
    return now.build();
  }

  /** The tasks of the phases of its plan that have to be completed before it. */
  public List<TaskId> tasksOfOpenPhases(View view, Task task) {
    if (!task.hasPlanPlace()) {
      return List.of();
    }
    return plan(view, new PlanId(task.getSpec().getPlanId())).stream()
        .flatMap(
            plan -> {
              List<String> open = PhaseRules.openBefore(plan, task.getPlanPlace().getPhase());
              return plan.getPhasesList().stream().filter(phase -> open.contains(phase.getName())).flatMap(phase -> phase.getTaskIdsList().stream());
            })
        .map(TaskId::new)
        .toList();
  }

  public Optional<BlockerRecord> blocker(View view, BlockerId blocker) {
    return view.get(keys.blocker(blocker)).map(entry -> parse(entry, BlockerRecord.parser()));
  }

  /** The trace that all work on a task belongs to; an empty one when the view does not know the task. */
  public TraceContext trace(View view, TaskId task) {
    return task(view, task).map(stored -> stored.task().getTrace()).orElse(TraceContext.getDefaultInstance());
  }

  public Optional<SessionRecord> session(View view, SwarmId swarm) {
    return view.get(keys.session(swarm)).map(entry -> parse(entry, SessionRecord.parser()));
  }

  /** The revision at which the session was opened; 0 without one. */
  public long sessionRevision(View view, SwarmId swarm) {
    return view.get(keys.session(swarm)).map(Entry::modRevision).orElse(0L);
  }

  /** What a swarm says of itself; nothing without a session. */
  public NoteRecord note(View view, SwarmId swarm) {
    return view.get(keys.note(swarm)).map(entry -> parse(entry, NoteRecord.parser())).orElse(NoteRecord.getDefaultInstance());
  }

  /** The standing of a registered swarm. */
  public Optional<Standing> standing(View view, SwarmId swarm) {
    return settledBy(view, swarm).filter(standing -> !standing.getUnregistered());
  }

  /** The standing in which the claims of a swarm are booked, also of those of one that was unregistered. */
  public Optional<Standing> settledBy(View view, SwarmId swarm) {
    return view.get(keys.standing(swarm)).map(entry -> parse(entry, Standing.parser()));
  }

  /** The swarm's book of promises; an empty one when there is none. */
  public CommitmentsRecord commitments(View view, SwarmId swarm) {
    return view.get(keys.commitments(swarm))
        .map(entry -> parse(entry, CommitmentsRecord.parser()))
        .orElseGet(() -> CommitmentsRecord.newBuilder().setSwarmId(swarm.value()).build());
  }

  /** The policy in force. */
  public ActivePolicy policy(View view) {
    return policies.inForce(view);
  }

  /** All that a claim of this swarm is admitted by. */
  public Admission admission(View view, SwarmId swarm) {
    // Promises that nobody can read are not none: then it stands as one that is not there.
    Optional<Standing> standing = view.isUnreadable(keys.commitments(swarm)) ? Optional.empty() : standing(view, swarm);
    return new Admission(session(view, swarm), sessionRevision(view, swarm), standing, commitments(view, swarm), policy(view));
  }

  /** Why nothing may be decided about a swarm now, if so: the record of its standing or of its promises cannot be read. */
  public Optional<Refusal> unreadable(Replica replica, SwarmId swarm) {
    return replica.unreadable(keys.standing(swarm)).or(() -> replica.unreadable(keys.commitments(swarm))).map(UnreadableRefusal::of);
  }

  /** Reads a record of a replica, which keeps those apart that cannot be read; of others use {@link RecordShape#read}. */
  public static <T extends Message> T parse(Entry entry, Parser<T> parser) {
    return RecordShape.read(entry, parser).orElseThrow(() -> new IllegalStateException("not a record: " + entry.key()));
  }

  /** Writes a record. */
  public static ByteString bytes(Message record) {
    return record.toByteString();
  }
}
