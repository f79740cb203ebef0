package io.infrafabric.coordinator;

import static io.infrafabric.coordinator.CoordinatorFixture.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.common.v1.SkillLevel;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.ClaimNextRequest;
import io.infrafabric.coordinator.v1.ClaimTaskRequest;
import io.infrafabric.coordinator.v1.KeepAliveRequest;
import io.infrafabric.coordinator.v1.ReassignTaskRequest;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.testkit.store.MemoryStore;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A task that belongs to a swarm is nobody else's, until that swarm is gone for long or somebody gives the task to others. */
class OwnerServiceTest {
  private final MemoryStore memory = new MemoryStore();
  private final CoordinatorFixture fabric = CoordinatorFixture.inMemory(memory);
  private final String fox = fabric.swarm(Samples.standing("fox", "a:b"));
  private final String owl = fabric.swarm(Samples.standing("owl", "a:b"));
  private int requests;

  @AfterEach
  void close() {
    fabric.close();
  }

  private String request() {
    return "r" + ++requests;
  }

  private Claim claim(String task, String swarm, String session) {
    return fabric.claims.claimTask(ClaimTaskRequest.newBuilder().setRequestId(request()).setTaskId(task).setSwarmId(swarm).setSessionId(session).build()).getClaim();
  }

  private Claim next(String swarm, String session) {
    return fabric.claims.claimNext(ClaimNextRequest.newBuilder().setRequestId(request()).setSwarmId(swarm).setSessionId(session).build()).getClaim();
  }

  /** The ready task that asks for a level is no reason to refuse a beginner the next one. */
  @Test
  void claimNext_passesOverWhatAsksForMoreSkill() {
    String novice = fabric.swarm(Samples.standing("novice", "a:b"));
    fabric.submit(Samples.spec("hard", "a:b").putMinSkills("a:b", SkillLevel.SKILL_LEVEL_EXPERT));
    fabric.submit(Samples.spec("easy", "a:b"));
    fabric.caughtUp();
    assertThat(next("novice", novice).getTaskId()).isEqualTo("easy");
  }

  private Task reassign(String task, String... owners) {
    return fabric.tasks
        .reassignTask(
            ReassignTaskRequest.newBuilder().setRequestId(request()).setTaskId(task).addAllOwnerSwarmIds(List.of(owners)).setPrincipal("ada").setReason("on leave").build())
        .getTask();
  }

  /** Lets time pass in which only the owl shows life. */
  private void pass(Duration time) {
    for (Duration left = time; left.isPositive(); left = left.minusSeconds(5)) {
      fabric.advance(Duration.ofSeconds(5));
      fabric.sessions.keepAlive(KeepAliveRequest.newBuilder().setRequestId(request()).setSwarmId("owl").setSessionId(owl).build());
    }
    fabric.caughtUp();
  }

  @Test
  void ownedTask_isItsOwnersAlone() {
    fabric.submit(Samples.spec("t1", "a:b").addOwnerSwarmIds("fox"));
    assertRefused(ErrorCode.ERROR_CODE_PERMISSION_DENIED, () -> claim("t1", "owl", owl));
    assertRefused(ErrorCode.ERROR_CODE_NO_TASK_READY, () -> next("owl", owl));
    assertThat(next("fox", fox).getTaskId()).isEqualTo("t1");
  }

  @Test
  void owners_areIds() {
    assertRefused(ErrorCode.ERROR_CODE_INVALID_ID, () -> fabric.submit(Samples.spec("t1", "a:b").addOwnerSwarmIds("a.b")));
  }

  @Test
  void taskOfAnOwnerThatIsGoneForLong_isAnyones() {
    fabric.submit(Samples.spec("t1", "a:b").addOwnerSwarmIds("fox"));
    fabric.caughtUp();
    pass(Duration.ofSeconds(15));
    assertThat(fabric.owners.runOnce(fabric.now())).as("it has just gone").isZero();
    pass(Duration.ofMinutes(4));
    assertThat(fabric.owners.runOnce(fabric.now())).as("not for long enough").isZero();
    pass(Duration.ofMinutes(1));
    assertThat(fabric.owners.runOnce(fabric.now())).isEqualTo(1);
    fabric.settle();
    Task given = fabric.task("t1");
    assertThat(given.getOwnership().getPrincipal()).isEqualTo("fabric");
    assertThat(given.getOwnership().getReason()).isEqualTo("its owner fox has not had a session for PT5M");
    assertThat(claim("t1", "owl", owl).getSpec().getOwnerSwarmIdsList()).as("its specification stays").containsExactly("fox");
  }

  @Test
  void taskOfAnOwnerThatCameBackMeanwhile_staysItsOwn() {
    fabric.submit(Samples.spec("t1", "a:b").addOwnerSwarmIds("fox"));
    pass(Duration.ofSeconds(15));
    fabric.owners.runOnce(fabric.now());
    pass(Duration.ofMinutes(4));
    fabric.open("fox");
    fabric.caughtUp();
    fabric.owners.runOnce(fabric.now());
    pass(Duration.ofMinutes(2));
    assertThat(fabric.owners.runOnce(fabric.now())).as("it is away again, for less than five minutes").isZero();
    assertThat(fabric.task("t1").hasOwnership()).isFalse();
  }

  @Test
  void taskThatSomebodyReassigns_isTheNewOwners_orAnyones() {
    fabric.submit(Samples.spec("t1", "a:b").addOwnerSwarmIds("fox"));
    assertThat(reassign("t1", "owl").getOwnership().getOwnerSwarmIdsList()).containsExactly("owl");
    fabric.caughtUp();
    assertRefused(ErrorCode.ERROR_CODE_PERMISSION_DENIED, () -> claim("t1", "fox", fox));
    assertRefused(ErrorCode.ERROR_CODE_NO_TASK_READY, () -> next("fox", fox));
    reassign("t1");
    claim("t1", "fox", fox);
    assertRefused(ErrorCode.ERROR_CODE_TASK_NOT_READY, () -> reassign("t1", "owl"));
    assertRefused(ErrorCode.ERROR_CODE_TASK_NOT_FOUND, () -> reassign("t9", "owl"));
  }

  @Test
  void reassignmentThatIsSentAgain_isDoneOnce() {
    fabric.submit(Samples.spec("t1", "a:b").addOwnerSwarmIds("fox"));
    ReassignTaskRequest request = ReassignTaskRequest.newBuilder().setRequestId("once").setTaskId("t1").addOwnerSwarmIds("owl").setPrincipal("ada").build();
    Task first = fabric.tasks.reassignTask(request).getTask();
    assertThat(fabric.tasks.reassignTask(request).getTask()).isEqualTo(first);
    assertRefused(ErrorCode.ERROR_CODE_INVALID_ARGUMENT, () -> fabric.tasks.reassignTask(request.toBuilder().setRequestId("by-nobody").clearPrincipal().build()));
  }
}
