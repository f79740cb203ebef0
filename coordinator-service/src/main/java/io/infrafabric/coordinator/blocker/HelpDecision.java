package io.infrafabric.coordinator.blocker;

import com.google.protobuf.ByteString;
import io.infrafabric.common.v1.TraceContext;
import io.infrafabric.coordinator.commitment.HelpMoney;
import io.infrafabric.coordinator.record.Records;
import io.infrafabric.coordinator.task.SpecRules;
import io.infrafabric.coordinator.task.StoredTask;
import io.infrafabric.coordinator.v1.Blocker;
import io.infrafabric.coordinator.v1.BlockerEventType;
import io.infrafabric.coordinator.v1.BlockerRecord;
import io.infrafabric.coordinator.v1.BlockerState;
import io.infrafabric.coordinator.v1.CommitmentsRecord;
import io.infrafabric.coordinator.v1.LastChange;
import io.infrafabric.coordinator.v1.Ready;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskEventType;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.kit.store.Decision;
import io.infrafabric.kit.store.Step;
import io.infrafabric.kit.store.Txn;
import io.infrafabric.kit.store.View;
import io.infrafabric.kit.telemetry.StepSpan;
import io.infrafabric.kit.time.Times;
import io.infrafabric.names.BlockerId;
import io.infrafabric.names.SwarmId;
import io.infrafabric.names.TaskId;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Makes the tasks that help with a blocker and sets their money aside, in one transaction; without helpers it escalates. Two coordinators at
 * once make them once, because the blocker then has its help. Answers whether it did something.
 */
final class HelpDecision implements Decision<Boolean> {
  private final Records records;
  private final BlockerId id;
  private final TaskId task;
  private final Answer answer;
  private final Optional<SwarmId> payer;
  private final HelpSettings settings;
  private final StepSpan span;
  private final InstantSource clock;

  /**
   * What the search for helpers has come to.
   *
   * @param helpers at most as many as the policy allows; none: a person must look at it
   * @param unmet needs without a helper
   * @param why said with the escalation or with unmet needs; may be empty
   * @param because the task whose state is the reason that a person is told, if one is: looked at again, and compared
   */
  record Answer(List<HelpRules.Helper> helpers, List<String> unmet, String why, Optional<TaskId> because) {
    /** No help: a person is told why. */
    static Answer none(List<String> unmet, String why, Optional<TaskId> because) {
      return new Answer(List.of(), unmet, why, because);
    }
  }

  /**
   * @param payer who pays for the help, as far as the caller knows; when that is not so, or there is none, it is for later
   */
  HelpDecision(
      Records records, BlockerId id, TaskId task, Answer answer, Optional<SwarmId> payer, HelpSettings settings, StepSpan span, InstantSource clock) {
    this.records = records;
    this.id = id;
    this.task = task;
    this.answer = answer;
    this.payer = payer;
    this.settings = settings;
    this.span = span;
    this.clock = clock;
  }

  @Override
  public Set<String> reads() {
    Set<String> keys = new HashSet<>();
    keys.add(records.keys().policyInForce());
    answer.because().filter(other -> !HelpRules.helpTasks(id).contains(other)).ifPresent(other -> keys.add(records.keys().task(other)));
    return keys;
  }

  @Override
  public Set<String> writes() {
    Set<String> keys = new HashSet<>();
    keys.add(records.keys().task(task));
    keys.add(records.keys().blocker(id));
    HelpRules.helpTasks(id).forEach(help -> keys.add(records.keys().task(help)));
    keys.addAll(shared());
    return keys;
  }

  @Override
  public Set<String> shared() {
    return payer.map(swarm -> Set.of(records.keys().commitments(swarm))).orElse(Set.of());
  }

  @Override
  public Step<Boolean> decide(View view) {
    Optional<BlockerRecord> record = records.blocker(view, id);
    Optional<StoredTask> stored = records.task(view, task);
    if (record.isEmpty()
        || record.get().getBlocker().hasResolvedAt()
        || !BlockerRules.isParkedBy(stored.map(StoredTask::task), record.get().getBlocker())) {
      return Step.answer(false);
    }
    Blocker blocker = record.get().getBlocker();
    if (answer.helpers().isEmpty()) {
      return answer.because().isPresent() && !isSoStill(view, blocker, stored.orElseThrow().task())
          ? Step.answer(false)
          : escalate(view, record.get(), answer.unmet(), answer.why());
    }
    int room = HelpRules.room(stored.orElseThrow().task(), other -> records.task(view, other).map(StoredTask::task), records.policy(view).limits().getMaxSwarmsPerTask());
    // Another blocker of the task may have got its help meanwhile.
    boolean later = blocker.getHelpTaskIdsCount() > 0 || answer.helpers().size() > room;
    if (later || payer.isEmpty() || !HelpRules.payer(stored.get().task()).equals(payer.get())) {
      return Step.answer(false);
    }
    List<TaskSpec> specs = HelpRules.specs(stored.get().task(), record.get().getBlocker(), answer.helpers(), settings);
    CommitmentsRecord lines = records.commitments(view, payer.get());
    if (!HelpMoney.hasRoom(lines, specs, settings.lines())) {
      return waitForRoom(view, record.get());
    }
    return HelpMoney.setAside(lines, stored.get().task(), specs)
        .map(book -> help(view, stored.get(), record.get(), specs, book))
        .orElse(Step.answer(false));
  }

  /** Whether a person has to be told for this reason, by what is known now. */
  private boolean isSoStill(View view, Blocker blocker, Task parked) {
    NextRules.Next next =
        NextRules.next(blocker, Optional.of(parked), other -> records.task(view, other).map(StoredTask::task), records.policy(view).limits());
    return next.equals(new NextRules.Next.Escalate(answer.why(), answer.because()));
  }

  /** It is looked for again; when there has been none for a while a person is told, which room ends too. */
  private Step<Boolean> waitForRoom(View view, BlockerRecord record) {
    Blocker blocker = record.getBlocker();
    boolean patient = Times.toInstant(blocker.getRaisedAt()).plus(settings.roomPatience()).isAfter(clock.instant());
    String why =
        "the book of swarm " + payer.orElseThrow() + ", which pays for its help, has no room for it: it may have " + settings.lines() + " lines for help";
    return patient ? Step.answer(false) : escalate(view, record, blocker.getNeedsList(), why);
  }

  /** Once is enough. */
  private Step<Boolean> escalate(View view, BlockerRecord record, List<String> unmet, String why) {
    Blocker before = record.getBlocker();
    if (before.getState() == BlockerState.BLOCKER_STATE_ESCALATED && before.getDetail().equals(why)) {
      return Step.answer(false);
    }
    Blocker escalated =
        record.getBlocker().toBuilder()
            .setState(BlockerState.BLOCKER_STATE_ESCALATED)
            .setDetail(why)
            .clearUnmetNeeds()
            .addAllUnmetNeeds(unmet)
            .build();
    Txn.Builder txn =
        Txn.builder()
            .put(view, records.keys().blocker(id), next(record, escalated, BlockerEventType.BLOCKER_EVENT_TYPE_ESCALATED, record.getTrace()))
            .unchanged(view, records.keys().task(task));
    // Help that looks gone may only not have been told of yet: it must be as it looks.
    answer.because().ifPresent(other -> txn.unchanged(view, records.keys().task(other)));
    return Step.commit(txn.build(), revision -> true);
  }

  private ByteString next(BlockerRecord record, Blocker blocker, BlockerEventType event, TraceContext trace) {
    return Records.bytes(
        record.toBuilder().setBlocker(blocker).setEvent(event).setAt(Times.toProto(clock.instant())).setTrace(trace).build());
  }

  private Step<Boolean> help(View view, StoredTask stored, BlockerRecord record, List<TaskSpec> specs, CommitmentsRecord book) {
    Instant now = clock.instant();
    TraceContext trace = span.in(stored.task().getTrace());
    span.task(task.value());
    List<String> ids = specs.stream().map(TaskSpec::getTaskId).toList();
    long reserved = specs.stream().mapToLong(spec -> spec.getMaxCostMicros() * spec.getMaxAttempts()).sum();
    Blocker helped =
        record.getBlocker().toBuilder()
            .setState(BlockerState.BLOCKER_STATE_WAITING)
            .addAllHelpTaskIds(ids)
            .setDetail(answer.why())
            .clearUnmetNeeds()
            .addAllUnmetNeeds(answer.unmet())
            .build();
    Txn.Builder txn =
        Txn.builder()
            .put(
                view,
                records.keys().task(task),
                stored.next(
                    BlockerRules.helped(stored.task(), record.getBlocker(), ids, reserved),
                    Changes.of(stored.task(), TaskEventType.TASK_EVENT_TYPE_PARKED, "", "help: " + String.join(", ", ids), trace, now)))
            .put(view, records.keys().blocker(id), next(record, helped, BlockerEventType.BLOCKER_EVENT_TYPE_HELPED, trace))
            .put(view, records.keys().commitments(payer.orElseThrow()), Records.bytes(book));
    for (TaskSpec spec : specs) {
      txn.put(view, records.keys().task(new TaskId(spec.getTaskId())), ready(spec, trace, now));
    }
    return Step.commit(txn.build(), revision -> true);
  }

  private static ByteString ready(TaskSpec spec, TraceContext trace, Instant now) {
    Task task =
        Task.newBuilder()
            .setSpec(spec)
            .setSpecDigest(SpecRules.digest(spec))
            .setCreatedAt(Times.toProto(now))
            .setTrace(trace)
            .setReady(Ready.newBuilder().setSince(Times.toProto(now)))
            .build();
    LastChange change =
        LastChange.newBuilder().setEvent(TaskEventType.TASK_EVENT_TYPE_SUBMITTED).setAt(task.getCreatedAt()).setTrace(trace).build();
    return StoredTask.bytes(task, change, "");
  }
}
