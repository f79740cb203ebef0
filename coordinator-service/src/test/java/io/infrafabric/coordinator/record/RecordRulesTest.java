package io.infrafabric.coordinator.record;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import com.google.protobuf.UnknownFieldSet;
import io.infrafabric.coordinator.Samples;
import io.infrafabric.coordinator.v1.ArchivedTask;
import io.infrafabric.coordinator.v1.Blocker;
import io.infrafabric.coordinator.v1.BlockerRecord;
import io.infrafabric.coordinator.v1.Claimed;
import io.infrafabric.coordinator.v1.Commitment;
import io.infrafabric.coordinator.v1.CommitmentsRecord;
import io.infrafabric.coordinator.v1.LastChange;
import io.infrafabric.coordinator.v1.PhaseRecord;
import io.infrafabric.coordinator.v1.NoteRecord;
import io.infrafabric.coordinator.v1.PlanRecord;
import io.infrafabric.coordinator.v1.SessionRecord;
import io.infrafabric.coordinator.v1.SharesRecord;
import io.infrafabric.coordinator.v1.Taken;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskEventType;
import io.infrafabric.coordinator.v1.TaskRecord;
import io.infrafabric.coordinator.v1.TaskState;
import io.infrafabric.governor.v1.Account;
import io.infrafabric.governor.v1.Breaker;
import io.infrafabric.governor.v1.BreakerState;
import io.infrafabric.governor.v1.Standing;
import io.infrafabric.kit.quarantine.Treatment;
import io.infrafabric.kit.store.Entry;
import io.infrafabric.names.BlockerId;
import io.infrafabric.names.Keys;
import io.infrafabric.names.PlanId;
import io.infrafabric.names.SwarmId;
import io.infrafabric.names.TaskId;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RecordRulesTest {
  private static final Keys KEYS = new Keys();
  private static final long LEASE = 7;
  private static final SwarmId FOX = new SwarmId("fox");
  private static final TaskId TASK = new TaskId("t1");

  private final RecordRules rules = new RecordRules(KEYS);

  /**
   * @param good what may stand at the key
   * @param other a record of another kind
   */
  private record Kind(String key, Message good, Message other) {}

  private static TaskRecord task(Task task) {
    LastChange last = LastChange.newBuilder().setRequestId("r1").setEvent(TaskEventType.TASK_EVENT_TYPE_READY).build();
    return TaskRecord.newBuilder().setTask(task).setLast(last).setSubmitRequestId("r1").build();
  }

  private static TaskRecord ready() {
    return task(Samples.ready(Samples.spec("t1", "a:b").build()));
  }

  private static CommitmentsRecord book(Commitment.Builder line) {
    return CommitmentsRecord.newBuilder().setSwarmId("fox").addCommitments(line).build();
  }

  private static PlanRecord plan(String... tasks) {
    PhaseRecord.Builder phase = PhaseRecord.newBuilder().setName("one");
    phase.addAllTaskIds(java.util.List.of(tasks));
    return PlanRecord.newBuilder().setPlanId("p1").setDigest("abc").setSubmitRequestId("r1").addPhases(phase).build();
  }

  private static Map<String, Kind> kinds() {
    Account money = Account.newBuilder().setAccountId("fox").setGrantedMicros(5_000).setCreditMicros(5_000).build();
    Breaker breaker = Breaker.newBuilder().setSwarmId("fox").setState(BreakerState.BREAKER_STATE_OPEN).build();
    Standing standing = Samples.standing("fox", "a:b").setModel("haiku").build();
    Map<String, Kind> kinds = new LinkedHashMap<>();
    kinds.put("task", new Kind(KEYS.task(TASK), ready(), plan("t1")));
    kinds.put("plan", new Kind(KEYS.plan(new PlanId("p1")), plan("t1"), ready()));
    SharesRecord shares =
        SharesRecord.newBuilder().setPlanId("p1").addTaken(Taken.newBuilder().setTaskId("t1").setSwarmId("fox").setRevision(9)).build();
    kinds.put("shares", new Kind(KEYS.shares(new PlanId("p1")), shares, plan("t1")));
    kinds.put(
        "session",
        new Kind(KEYS.session(FOX), SessionRecord.newBuilder().setSwarmId("fox").setSessionId("s").setLeaseId(LEASE).setRequestId("r").build(), breaker));
    kinds.put("note", new Kind(KEYS.note(FOX), NoteRecord.newBuilder().setSwarmId("fox").setNote("back at nine").build(), breaker));
    kinds.put(
        "commitments",
        new Kind(KEYS.commitments(FOX), book(Commitment.newBuilder().setClaimId("c").setTaskId("t1").setMaxCostMicros(5)), money));
    kinds.put("standing", new Kind(KEYS.standing(FOX), standing, money));
    kinds.put(
        "blocker",
        new Kind(
            KEYS.blocker(new BlockerId("b1")),
            BlockerRecord.newBuilder().setBlocker(Blocker.newBuilder().setBlockerId("b1").setTaskId("t1").setSwarmId("fox")).setRaiseRequestId("r").build(),
            ready()));
    kinds.put(
        "archived",
        new Kind(
            KEYS.archived(TASK),
            ArchivedTask.newBuilder().setTaskId("t1").setState(TaskState.TASK_STATE_COMPLETED).setRevision(9).setSubmitRequestId("r").build(),
            Samples.standing("t1", "a:b").build()));
    return kinds;
  }

  private Optional<String> fault(String key, ByteString value) {
    return rules.fault(new Entry(key, value, 3, 4, LEASE));
  }

  private Optional<String> fault(String key, Message record) {
    return fault(key, record.toByteString());
  }

  @Test
  void goodRecords_haveNoFault_alsoThoseOfANewerVersion() {
    UnknownFieldSet newer = UnknownFieldSet.newBuilder().addField(900, UnknownFieldSet.Field.newBuilder().addVarint(1).build()).build();
    kinds()
        .forEach(
            (name, kind) -> {
              assertThat(fault(kind.key(), kind.good())).as(name).isEmpty();
              assertThat(fault(kind.key(), kind.good().toBuilder().setUnknownFields(newer).build())).as(name + " of a newer version").isEmpty();
            });
  }

  @Test
  void badValues_haveAFault_whateverTheKind() {
    kinds()
        .forEach(
            (name, kind) ->
                BadValues.of(kind.good(), kind.other())
                    .forEach((what, value) -> assertThat(fault(kind.key(), value)).as(what + " " + name).isPresent()));
  }

  @Test
  void recordAtAnothersKey_hasAFault() {
    assertThat(fault(KEYS.task(new TaskId("t2")), ready())).isPresent();
    assertThat(fault(KEYS.taskShard((TASK.value().hashCode() + 1) & (Keys.TASK_SHARDS - 1)) + TASK, ready())).hasValueSatisfying(why -> assertThat(why).contains("shard"));
    assertThat(fault(KEYS.tasks() + "00/Not an id!", ready())).isPresent();
  }

  @Test
  void idsThatCannotBeOnes_areAFault() {
    Task ready = ready().getTask();
    assertThat(fault(KEYS.task(TASK), task(ready.toBuilder().setClaimed(Claimed.newBuilder().setSwarmId("a/b")).build()))).isPresent();
    assertThat(fault(KEYS.task(TASK), task(ready.toBuilder().setClaimed(Claimed.getDefaultInstance()).build()))).isPresent();
    Task.Builder dependent = ready.toBuilder();
    dependent.getSpecBuilder().addDependsOn("*");
    assertThat(fault(KEYS.task(TASK), task(dependent.build()))).isPresent();
    assertThat(fault(KEYS.plan(new PlanId("p1")), plan("t.1"))).isPresent();
  }

  @Test
  void recordWithoutWhatItsReadersNeed_hasAFault() {
    Task ready = ready().getTask();
    assertThat(fault(KEYS.task(TASK), TaskRecord.newBuilder().setTask(ready).build())).as("no last change").isPresent();
    assertThat(fault(KEYS.task(TASK), task(ready.toBuilder().clearReady().build()))).as("no state").isPresent();
    assertThat(fault(KEYS.standing(FOX), Standing.newBuilder().setSwarmId("fox").setCreditMicros(1_000).build())).as("no breaker").isPresent();
    assertThat(fault(KEYS.commitments(FOX), book(Commitment.newBuilder().setClaimId("c").setTaskId("t1").setMaxCostMicros(-5)))).as("money made").isPresent();
    SessionRecord immortal = SessionRecord.newBuilder().setSwarmId("fox").setSessionId("s").setLeaseId(LEASE + 1).build();
    assertThat(fault(KEYS.session(FOX), immortal)).as("not on its lease").isPresent();
  }

  @Test
  void moneyIsKept_andWhatCanBeMadeAnewIsMoved() {
    assertThat(rules.owned())
        .containsEntry(KEYS.commitments(), Treatment.KEEP)
        .containsEntry(KEYS.archive(), Treatment.KEEP)
        .containsEntry(KEYS.tasks(), Treatment.MOVE)
        .containsEntry(KEYS.plans(), Treatment.MOVE)
        .containsEntry(KEYS.shares(), Treatment.MOVE)
        .containsEntry(KEYS.sessions(), Treatment.MOVE)
        .containsEntry(KEYS.notes(), Treatment.MOVE)
        .containsEntry(KEYS.blockers(), Treatment.MOVE)
        .as("the governor writes it").doesNotContainKey(KEYS.standings());
  }
}
