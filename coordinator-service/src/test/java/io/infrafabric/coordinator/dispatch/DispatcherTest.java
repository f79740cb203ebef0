package io.infrafabric.coordinator.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.coordinator.Samples;
import io.infrafabric.coordinator.claim.AskersHand;
import io.infrafabric.coordinator.task.Requirement;
import io.infrafabric.coordinator.task.StoredTask;
import io.infrafabric.coordinator.v1.LastChange;
import io.infrafabric.coordinator.v1.Parked;
import io.infrafabric.coordinator.v1.Push;
import io.infrafabric.coordinator.v1.SessionRecord;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.governor.v1.BreakerState;
import io.infrafabric.governor.v1.Policy;
import io.infrafabric.governor.v1.PolicyCondition;
import io.infrafabric.governor.v1.PolicyRecord;
import io.infrafabric.governor.v1.PolicyTerms;
import io.infrafabric.kit.time.Times;
import io.infrafabric.names.SwarmId;
import io.infrafabric.names.TaskId;
import io.infrafabric.policy.ActivePolicy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Who is rung for what, and when the next one is. */
class DispatcherTest extends DispatcherCalls {
  @Test
  void whenEverybodyIsSlow_fewAreRungBesideTheFirst_andTheNextWhenTheirOfferIsOver() {
    dispatcher = dispatcher(new DispatchSettings(3, FURTHER, 0.1, 5, TIMEOUT, Duration.ofMillis(250), 10_000, 500));
    String[] names = IntStream.range(0, 80).mapToObj(i -> "s" + i).toArray(String[]::new);
    swarms(names);
    ranks(names);
    IntStream.range(0, 20).forEach(i -> task("t" + i));
    assertThat(pass()).hasSize(20);
    now = now.plus(FURTHER);
    assertThat(pass()).as("five at once after a quiet time").hasSize(5);
    now = now.plus(FURTHER);
    assertThat(pass()).as("nothing is left of the share").isEmpty();
    now = now.plus(TIMEOUT);
    assertThat(pass()).as("the first offers are over: each task rings the next, which earns two more").hasSize(20);
    now = now.plus(FURTHER);
    assertThat(pass()).hasSize(2);
  }

  @Test
  void swarmThatAsksForItsWorkItself_isNotRung_unlessSomethingIsKeptForIt() {
    swarms("rung");
    swarm(Samples.standing("asks", "a:b"));
    put(KEYS.session(new SwarmId("asks")), SessionRecord.newBuilder().setSwarmId("asks").setPulls(true).build());
    ranks("asks", "rung");
    task("t1");
    assertThat(pass()).containsExactly("t1->rung");
    put(KEYS.session(new SwarmId("rung")), SessionRecord.newBuilder().setSwarmId("rung").setPulls(true).build());
    task("t2");
    now = now.plus(TIMEOUT);
    assertThat(pass()).isEmpty();
    governor = r -> CompletableFuture.failedFuture(new IllegalStateException("away")); // then those with a session are looked through
    now = now.plus(TIMEOUT);
    dispatcher.runOnce(now);
    assertThat(pass()).isEmpty();
  }

  @Test
  void swarmThatIsAboutToAsk_isNotRung_untilItFindsNothingOrItsMomentIsOver() {
    swarms("asker", "other");
    ranks("asker", "other");
    askers.served("asker");
    task("t1");
    assertThat(pass()).containsExactly("t1->other");
    askers.waits("asker");
    task("t2");
    assertThat(pass()).containsExactly("t2->asker");
    askers.served("asker");
    askers.served("other");
    task("t3");
    assertThat(pass()).isEmpty();
    nanos.addAndGet(AskersHand.MOMENT_NANOS);
    assertThat(pass()).containsExactly("t3->asker");
  }

  @Test
  void bestSwarm_isRungAlone_andTheNextBestWhenItDoesNotClaim() {
    swarms("s1", "s2", "s3", "s4", "s5");
    ranks("s4", "s2", "s5", "s1", "s3");
    task("t1");
    assertThat(pass()).containsExactly("t1->s4");
    assertThat(pass()).isEmpty();
    now = now.plus(FURTHER.minusNanos(1));
    assertThat(pass()).isEmpty();
    now = now.plusNanos(1);
    assertThat(pass()).containsExactly("t1->s2");
    now = now.plus(FURTHER);
    assertThat(pass()).containsExactly("t1->s5");
    now = now.plus(FURTHER);
    assertThat(pass()).as("three are rung already").isEmpty();
    now = now.plus(TIMEOUT.minus(FURTHER.multipliedBy(3)));
    assertThat(pass()).as("the first one's time is over").containsExactly("t1->s1");
  }

  @Test
  void ownedTask_ringsItsOwnersAlone_andAsksNobody() {
    swarms("s1", "s2", "s3");
    ranks("s1", "s2", "s3");
    task(Samples.spec("t1", "a:b").addOwnerSwarmIds("s3"), Duration.ZERO);
    assertThat(pass()).containsExactly("t1->s3");
    now = now.plus(TIMEOUT);
    assertThat(pass()).containsExactly("t1->s3");
    assertThat(asked).isEmpty();
  }

  @Test
  void taskThatIsKeptForASwarm_ringsThatOneAlone_thenOthers() {
    swarms("s1", "s2");
    ranks("s1");
    task("first");
    assertThat(pass()).containsExactly("first->s1");
    Task task = Samples.ready(Samples.spec("t1", "a:b").build());
    Push push = Push.newBuilder().setSwarmId("s2").setUntil(Times.toProto(now.plus(TIMEOUT.multipliedBy(3)))).build();
    put(KEYS.task(new TaskId("t1")), StoredTask.bytes(task.toBuilder().setPush(push).build(), LastChange.getDefaultInstance(), "r"));
    assertThat(pass()).containsExactly("t1->s2");
    now = now.plus(TIMEOUT.multipliedBy(2));
    assertThat(pass()).as("nobody else").noneMatch(ring -> ring.startsWith("t1"));
    now = now.plus(TIMEOUT);
    assertThat(pass()).contains("t1->s1");
  }

  @Test
  void whenAllWereRung_theBestIsAgainOnceNobodyIs() {
    swarms("s1", "s2");
    ranks("s1", "s2");
    task("t1");
    assertThat(pass()).containsExactly("t1->s1");
    now = now.plus(FURTHER);
    assertThat(pass()).containsExactly("t1->s2");
    now = now.plus(TIMEOUT.minus(FURTHER));
    assertThat(pass()).as("the second is still being rung").isEmpty();
    now = now.plus(FURTHER);
    assertThat(pass()).containsExactly("t1->s1");
  }

  /** A task with no further candidate must not keep other tasks from those who were rung for it. */
  @Test
  void taskThatHasNobodyFurther_leavesTheOthersTheirCandidates() {
    swarms("s1");
    ranks("s1");
    task(Samples.spec("t1", "a:b"), Duration.ofMinutes(1));
    assertThat(pass()).containsExactly("t1->s1");
    now = now.plus(FURTHER);
    task("t2");
    assertThat(pass()).containsExactly("t2->s1");
  }

  @Test
  void claimedTask_isRungForNobody() {
    swarms("s1");
    ranks("s1");
    task("t1");
    assertThat(pass()).hasSize(1);
    put(KEYS.task(new TaskId("t1")), StoredTask.bytes(Samples.claimed(Samples.spec("t1", "a:b").build(), "s1", 1), LastChange.getDefaultInstance(), "r"));
    now = now.plus(TIMEOUT);
    assertThat(pass()).isEmpty();
  }

  @Test
  void swarm_isNotRungBeyondItsRoom() {
    swarm(Samples.standing("s1", "a:b").setMaxConcurrent(2));
    put(KEYS.commitments(new SwarmId("s1")), Samples.book("s1", Samples.open("c1", 1)));
    ranks("s1");
    task("t1");
    task("t2");
    assertThat(pass()).as("one claim and one offer are two").hasSize(1);
    assertThat(pass()).isEmpty();
  }

  @Test
  void filler_isRungForThoseWhoAreRungForNothingElse() {
    swarms("s1", "s2");
    ranks("s1", "s2");
    filler("filler");
    task("t1");
    assertThat(pass()).containsExactly("t1->s1", "filler->s2");
  }

  @Test
  void swarmThatABlockerHasStopped_isRungForOtherWork_andThenForFillers() {
    swarm(Samples.standing("s1", "a:b").setMaxConcurrent(1));
    put(KEYS.commitments(new SwarmId("s1")), Samples.book("s1", Samples.open("c1", 1)));
    ranks("s1");
    filler("filler");
    task("t1");
    assertThat(pass()).isEmpty();
    put(KEYS.commitments(new SwarmId("s1")), Samples.book("s1", Samples.open("c1", 1).toBuilder().setParked(true).build()));
    assertThat(pass()).containsExactly("t1->s1");
    put(KEYS.task(new TaskId("t1")), StoredTask.bytes(Samples.claimed(Samples.spec("t1", "a:b").build(), "s2", 1), LastChange.getDefaultInstance(), "r"));
    assertThat(pass()).containsExactly("filler->s1");
  }

  /** O3: who is stopped in a plan does what that plan has for the purpose before it does other plans' work; everybody else the other way round. */
  @Test
  void swarmThatIsStoppedInAPlan_isRungForItsFillers_beforeUnrelatedWork() {
    swarm(Samples.standing("s1", "a:b").setMaxConcurrent(1));
    Task claimed = Samples.claimed(Samples.spec("stopped", "x:y").setPlanId("p1").build(), "s1", 1);
    Task parked = claimed.toBuilder().setParked(Parked.newBuilder().setClaim(claimed.getClaimed()).addBlockerIds("b")).build();
    put(KEYS.task(new TaskId("stopped")), StoredTask.bytes(parked, LastChange.getDefaultInstance(), "r"));
    ranks("s1");
    filler("of-another", "p2");
    filler("filler", "p1");
    task("unrelated");
    assertThat(pass()).containsExactly("filler->s1");
    put(KEYS.task(new TaskId("filler")), StoredTask.bytes(Samples.claimed(Samples.spec("filler", "a:b").build(), "s2", 1), LastChange.getDefaultInstance(), "r"));
    assertThat(pass()).containsExactly("unrelated->s1");
  }

  @Test
  void workOfThePlanAndHelp_goBeforeItsFillers() {
    swarm(Samples.standing("s1", "a:b").setMaxConcurrent(2));
    Task claimed = Samples.claimed(Samples.spec("stopped", "x:y").setPlanId("p1").build(), "s1", 1);
    Task parked = claimed.toBuilder().setParked(Parked.newBuilder().setClaim(claimed.getClaimed()).addBlockerIds("b")).build();
    put(KEYS.task(new TaskId("stopped")), StoredTask.bytes(parked, LastChange.getDefaultInstance(), "r"));
    ranks("s1");
    filler("filler", "p1");
    task("unrelated");
    task(Samples.spec("help", "a:b").setBlockerId("other"), Duration.ZERO);
    task(Samples.spec("own", "a:b").setPlanId("p1"), Duration.ZERO);
    assertThat(pass()).containsExactly("help->s1", "own->s1");
  }

  @Test
  void swarm_isNotRungWhenItsClaimWouldBeRefused() {
    swarm(Samples.standing("able", "a:b"));
    swarm(Samples.standing("broken", "a:b").setBreaker(BreakerState.BREAKER_STATE_OPEN));
    swarm(Samples.standing("poor", "a:b").setCreditMicros(0));
    swarm(Samples.standing("other", "c:d"));
    put(KEYS.standing(new SwarmId("away")), Samples.standing("away", "a:b").build());
    ranks("broken", "poor", "other", "away", "nobody", "able");
    task(Samples.spec("t1", "a:b").setMaxCostMicros(1), Duration.ZERO);
    assertThat(pass()).containsExactly("t1->able");
  }

  /** T8: the best does not get all of the equal tasks because it is the best. */
  @Test
  void equalTasks_areOfferedEvenly() {
    swarms("s1", "s2", "s3");
    ranks("s1", "s2", "s3");
    for (int i = 0; i < 6; i++) {
      equal("t" + i, "");
    }
    assertThat(pass()).hasSize(6).filteredOn(ring -> ring.endsWith("s1")).hasSize(2);
    assertThat(rung).filteredOn(ring -> ring.endsWith("s2")).hasSize(2);
    assertThat(rung).filteredOn(ring -> ring.endsWith("s3")).hasSize(2);
  }

  @Test
  void equalTask_isKeptForTheOneThatHadNone_butNotForLong() {
    swarms("s1", "s2");
    swarm(Samples.standing("s2", "a:b").setMaxConcurrent(1));
    put(KEYS.commitments(new SwarmId("s2")), Samples.book("s2", Samples.open("c1", 1)));
    ranks("s1", "s2");
    equal("t1", "s1");
    equal("t2", "");
    assertThat(pass()).as("the other has its hands full, and will come").isEmpty();
    now = now.plus(PATIENCE);
    assertThat(pass()).containsExactly("t2->s1");
  }

  /** A swarm that does not claim what it is rung for costs a moment, with equal tasks too. */
  @Test
  void equalTask_isOfferedToTheNextOne() {
    swarms("s1", "s2");
    ranks("s1", "s2");
    equal("t1", "");
    assertThat(pass()).containsExactly("t1->s1");
    now = now.plus(FURTHER);
    assertThat(pass()).containsExactly("t1->s2");
  }

  @Test
  void urgentTask_getsTheRoom() {
    swarm(Samples.standing("s1", "a:b").setMaxConcurrent(1));
    ranks("s1");
    task(Samples.spec("later", "a:b"), Duration.ZERO);
    task(Samples.spec("first", "a:b"), Duration.ofMinutes(1));
    assertThat(pass()).containsExactly("first->s1");
  }

  /** Invariant I11: what nobody can do does not hide what somebody can. */
  @Test
  void tasksThatNobodyCanDo_doNotHideTheOthers() {
    dispatcher = dispatcher(new DispatchSettings(3, FURTHER, 0.1, 100, TIMEOUT, Duration.ofMillis(250), 10, 4));
    swarms("s1");
    governor = r -> CompletableFuture.completedFuture(r.capabilities().equals(List.of("a:b")) ? List.of(new SwarmId("s1")) : List.of());
    IntStream.range(0, 30).forEach(i -> task(Samples.spec("dead" + i, "x:y" + i), Duration.ofMinutes(3)));
    IntStream.range(0, 30).forEach(i -> task(Samples.spec("same" + i, "x:y"), Duration.ofMinutes(2)));
    task("t1");
    List<String> heard = new ArrayList<>();
    for (int i = 0; i < 20 && heard.isEmpty(); i++) {
      heard.addAll(pass());
    }
    assertThat(heard).containsExactly("t1->s1");
  }

  @Test
  void taskThatThePolicyDeniesToAll_doesNotHideOthersThatRequireTheSame() {
    PolicyTerms terms =
        ActivePolicy.first().terms().toBuilder()
            .addConditions(PolicyCondition.newBuilder().setName("none-of-these").setRequire("task.task_class != 'security'"))
            .build();
    put(KEYS.policyInForce(), PolicyRecord.newBuilder().setSlot("current").setLastRevision(2).setPolicy(Policy.newBuilder().setRevision(2).setTerms(terms)).build());
    swarms("s1", "s2");
    ranks("s1", "s2");
    task(Samples.spec("secret", "a:b").setTaskClass("security"), Duration.ofMinutes(1));
    task(Samples.spec("text", "a:b").setTaskClass("documentation"), Duration.ZERO);
    assertThat(pass()).containsExactly("text->s1");
  }

  @Test
  void readyTask_knowsItsRequirement() {
    task("t1");
    assertThat(index.walk().next().orElseThrow().requirement()).isEqualTo(new Requirement(List.of("a:b"), 0, 0));
  }
}
