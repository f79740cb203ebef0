package io.infrafabric.approval;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.Approval;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.error.Refusal;
import io.infrafabric.error.Violations;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ApprovalRulesTest {
  private static final TaskSpec P6 =
      TaskSpec.newBuilder().setTaskId("t").setNeedsApproval(true).setApprovalsNeeded(2).addApprovers("ada").addApprovers("bob").addApproverSwarmIds("s4").build();

  private static Approval person(String name) {
    return Approval.newBuilder().setPrincipal(name).build();
  }

  private static Approval swarm(String id) {
    return Approval.newBuilder().setSwarmId(id).build();
  }

  private static Task task(TaskSpec spec, Approval... approvals) {
    Task.Builder task = Task.newBuilder().setSpec(spec);
    for (Approval approval : approvals) {
      task.addApprovals(approval);
    }
    return task.build();
  }

  private static Optional<ErrorCode> refused(TaskSpec spec, Approval given) {
    return ApprovalRules.refused(task(spec), given).map(Refusal::code);
  }

  @Test
  void anyPersonMayApprove_andNoSwarm_whereNobodyIsNamed() {
    TaskSpec open = P6.toBuilder().clearApprovers().clearApproverSwarmIds().build();
    assertThat(refused(open, person("eve"))).isEmpty();
    assertThat(refused(open, swarm("s4"))).contains(ErrorCode.ERROR_CODE_PERMISSION_DENIED);
  }

  @Test
  void onlyThoseWhoAreNamedMayApprove_andNobodyUnderTheNameOfASwarm() {
    assertThat(refused(P6, person("ada"))).isEmpty();
    assertThat(refused(P6, swarm("s4"))).isEmpty();
    assertThat(refused(P6, person("s4"))).contains(ErrorCode.ERROR_CODE_PERMISSION_DENIED);
    assertThat(refused(P6, swarm("ada"))).contains(ErrorCode.ERROR_CODE_PERMISSION_DENIED);
    assertThat(ApprovalRules.refused(task(P6), person("eve")).map(Refusal::message))
        .contains("eve may not approve task t: it is approved by ada, bob, swarm s4");
  }

  @Test
  void eachCountsOnce() {
    Task task = task(P6, person("ada"), swarm("s4"));
    assertThat(ApprovalRules.counts(task, person("ada"))).isFalse();
    assertThat(ApprovalRules.counts(task, swarm("s4"))).isFalse();
    assertThat(ApprovalRules.counts(task, person("bob"))).isTrue();
  }

  @Test
  void gate_isForAPerson_whileOneIsLeftWhoMay() {
    assertThat(ApprovalRules.isForAPerson(task(P6, person("ada")))).isTrue();
    assertThat(ApprovalRules.isForAPerson(task(P6.toBuilder().setApprovalsNeeded(3).build(), person("ada"), person("bob")))).isFalse();
    assertThat(ApprovalRules.isForAPerson(task(P6.toBuilder().clearApprovers().setApprovalsNeeded(1).build()))).isFalse();
  }

  @Test
  void whatIsWaitedFor_isSaid() {
    assertThat(ApprovalRules.waitsFor(task(TaskSpec.newBuilder().setNeedsApproval(true).build()))).isEqualTo("a named person to approve it");
    assertThat(ApprovalRules.waitsFor(task(P6, person("ada")))).isEqualTo("1 more of 2 approvals, by any of bob, swarm s4; approved by ada");
  }

  private static Optional<Refusal> wrong(TaskSpec.Builder spec) {
    Violations wrong = new Violations();
    ApprovalRules.check(wrong, spec.build(), "spec.");
    return wrong.refusal("no");
  }

  @Test
  void gatesThatCannotBe_areRefused() {
    assertThat(wrong(P6.toBuilder())).isEmpty();
    assertThat(wrong(TaskSpec.newBuilder())).isEmpty();
    assertThat(wrong(P6.toBuilder().setApprovalsNeeded(4)).orElseThrow().message()).contains("spec.approvals_needed").contains("at most the 3 approvers that are named");
    assertThat(wrong(P6.toBuilder().addApprovers("ada").setApprovalsNeeded(4))).as("named twice is one").isPresent();
    assertThat(wrong(TaskSpec.newBuilder().setNeedsApproval(true).setApprovalsNeeded(16))).isEmpty();
    assertThat(wrong(TaskSpec.newBuilder().setNeedsApproval(true).setApprovalsNeeded(17)).orElseThrow().message()).contains("1 to 16");
    assertThat(wrong(TaskSpec.newBuilder().setNeedsApproval(true).setApprovalsNeeded(-1)).orElseThrow().message()).contains("1 to 16");
    assertThat(wrong(P6.toBuilder().setNeedsApproval(false)).orElseThrow().message()).contains("spec.needs_approval");
    assertThat(wrong(P6.toBuilder().addApprovers(" ").addApproverSwarmIds("S 4")).orElseThrow().message()).contains("spec.approvers[2]").contains("spec.approver_swarm_ids[1]");
  }
}
