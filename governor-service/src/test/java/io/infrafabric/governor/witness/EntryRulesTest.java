package io.infrafabric.governor.witness;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Message;
import com.google.protobuf.Timestamp;
import io.infrafabric.common.v1.RefusalRecord;
import io.infrafabric.coordinator.v1.Approval;
import io.infrafabric.coordinator.v1.Blocker;
import io.infrafabric.coordinator.v1.BlockerEventType;
import io.infrafabric.coordinator.v1.BlockerRecord;
import io.infrafabric.coordinator.v1.LastChange;
import io.infrafabric.coordinator.v1.Ownership;
import io.infrafabric.coordinator.v1.Requeue;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskEventType;
import io.infrafabric.coordinator.v1.TaskRecord;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.kit.time.Times;
import io.infrafabric.names.BlockerId;
import io.infrafabric.names.Keys;
import io.infrafabric.names.TaskId;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class EntryRulesTest {
  private static final Keys KEYS = new Keys();

  private final EntryRules rules = new EntryRules(new WitnessedKeys(KEYS), swarm -> "");

  private EntryLine entry(String key, Message record) {
    return rules.written(key, record.toByteString(), 7, false, Cell.NOW);
  }

  /** A task to which three people have done something. */
  private EntryLine task(TaskEventType event) {
    Task.Builder task =
        Task.newBuilder()
            .setSpec(TaskSpec.newBuilder().setTaskId("gate"))
            .setApproval(Approval.newBuilder().setPrincipal("ada"))
            .setRequeue(Requeue.newBuilder().setPrincipal("ben"))
            .setOwnership(Ownership.newBuilder().setPrincipal("cleo"));
    LastChange last = LastChange.newBuilder().setEvent(event).setRequestId("r1").build();
    return entry(KEYS.task(new TaskId("gate")), TaskRecord.newBuilder().setTask(task).setLast(last).build());
  }

  @Test
  void whatAPersonDidToATask_namesThePerson_andWhatOthersDidNobody() {
    EntryLine approved = task(TaskEventType.TASK_EVENT_TYPE_APPROVED);
    assertThat(approved.operation).isEqualTo("task.approved");
    assertThat(approved.principal).isEqualTo("ada");
    assertThat(approved.request).isEqualTo("r1");
    assertThat(task(TaskEventType.TASK_EVENT_TYPE_REQUEUED).principal).isEqualTo("ben");
    assertThat(task(TaskEventType.TASK_EVENT_TYPE_REASSIGNED).principal).isEqualTo("cleo");
    assertThat(task(TaskEventType.TASK_EVENT_TYPE_CLAIMED).principal).isEmpty();
  }

  private EntryLine refused(String principal, String role) {
    RefusalRecord note =
        RefusalRecord.newBuilder()
            .setId("n1")
            .setService("chassis")
            .setReason("IMPERSONATION")
            .setPrincipal(principal)
            .setRole(role)
            .setCount(12)
            .setFirstAt(Times.toProto(Cell.NOW.minusSeconds(60)))
            .setLastAt(Times.toProto(Cell.NOW.minusSeconds(1)))
            .setMethod("infrafabric.chassis.v1.ContractService/LoadSwarm")
            .addRecentIds("n1")
            .build();
    return entry(KEYS.refusals("chassis"), note);
  }

  @Test
  void callsThatWereRefused_areOneEntry_thatSaysWhyAndHowManyAndWhoIfATokenDid() {
    EntryLine bySwarm = refused("fox", "swarm");
    assertThat(bySwarm.swarm).isEqualTo("fox");
    assertThat(bySwarm.principal).isEmpty();
    assertThat(refused("ada", "operator").principal).isEqualTo("ada");
    String entry = new String(refused("", "").bytes(null), StandardCharsets.UTF_8);
    assertThat(entry)
        .startsWith("{\"component\":\"chassis\",\"digest\":")
        .contains("\"id\":\"refusals/chassis:7\",\"operation\":\"auth.refused\"")
        .contains(
            "\"refused\":{\"code\":\"IMPERSONATION\",\"count\":12,\"from\":\"%s\",\"method\":\"infrafabric.chassis.v1.ContractService/LoadSwarm\"},\"revision\":7,\"severity\":\"warning\",\"time\":\"%s\""
                .formatted(EntryLine.time(Cell.NOW.minusSeconds(60)), EntryLine.time(Cell.NOW.minusSeconds(1))));
    assertThat(EntryTextRules.csv(3, entry)).endsWith(",IMPERSONATION,12\n");
    assertThat(EntryTextRules.csvHeader()).endsWith(",refused_code,refused_count\n");
    assertThat(new String(task(TaskEventType.TASK_EVENT_TYPE_CLAIMED).bytes(null), StandardCharsets.UTF_8)).doesNotContain("refused");
  }

  private EntryLine blocker(String resolvedBy) {
    Blocker.Builder blocker = Blocker.newBuilder().setBlockerId("b1").setTaskId("t1").setSwarmId("fox").setResolvedBy(resolvedBy);
    if (!resolvedBy.isEmpty()) {
      blocker.setResolvedAt(Timestamp.getDefaultInstance());
    }
    BlockerEventType event = resolvedBy.isEmpty() ? BlockerEventType.BLOCKER_EVENT_TYPE_RAISED : BlockerEventType.BLOCKER_EVENT_TYPE_RESOLVED;
    return entry(KEYS.blocker(new BlockerId("b1")), BlockerRecord.newBuilder().setBlocker(blocker).setEvent(event).build());
  }

  private EntryLine blocker(BlockerEventType event) {
    Blocker blocker = Blocker.newBuilder().setBlockerId("b1").setTaskId("t1").setSwarmId("fox").build();
    return entry(KEYS.blocker(new BlockerId("b1")), BlockerRecord.newBuilder().setBlocker(blocker).setEvent(event).build());
  }

  @Test
  void aBlocker_namesItsSwarm_andStandsOutUntilThereIsHelp() {
    assertThat(blocker(BlockerEventType.BLOCKER_EVENT_TYPE_RAISED).swarm).isEqualTo("fox");
    assertThat(blocker(BlockerEventType.BLOCKER_EVENT_TYPE_RAISED).severity).isEqualTo(EntryLine.Severity.WARNING);
    assertThat(blocker(BlockerEventType.BLOCKER_EVENT_TYPE_ESCALATED).severity).isEqualTo(EntryLine.Severity.ERROR);
    assertThat(blocker(BlockerEventType.BLOCKER_EVENT_TYPE_HELPED).severity).isEqualTo(EntryLine.Severity.INFO);
    assertThat(blocker(BlockerEventType.BLOCKER_EVENT_TYPE_RESOLVED).severity).isEqualTo(EntryLine.Severity.INFO);
  }

  @Test
  void aBlocker_thatAPersonEnded_namesThePerson() {
    assertThat(blocker("ada").operation).isEqualTo("blocker.resolved");
    assertThat(blocker("ada").principal).isEqualTo("ada");
    assertThat(blocker("fox").principal).as("its swarm").isEmpty();
    assertThat(blocker("fabric").principal).isEmpty();
    assertThat(blocker("").principal).isEmpty();
  }
}
