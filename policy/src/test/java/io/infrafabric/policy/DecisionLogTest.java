package io.infrafabric.policy;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import io.infrafabric.governor.v1.ClaimCost;
import io.infrafabric.governor.v1.ClaimFacts;
import io.infrafabric.governor.v1.DecisionBatch;
import io.infrafabric.governor.v1.HelpFacts;
import io.infrafabric.governor.v1.PolicyDecision;
import io.infrafabric.governor.v1.PolicyFinding;
import io.infrafabric.governor.v1.PolicyTerms;
import io.infrafabric.governor.v1.SwarmFacts;
import io.infrafabric.governor.v1.TaskFacts;
import io.infrafabric.governor.v1.ViolationType;
import io.infrafabric.kit.nats.BusMessage;
import io.infrafabric.kit.telemetry.Telemetry;
import io.infrafabric.names.Subjects;
import io.infrafabric.testkit.nats.MemoryBus;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DecisionLogTest {
  private final MemoryBus bus = new MemoryBus();
  private final Telemetry telemetry = Telemetry.none();
  private final AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-03-01T12:00:00Z"));
  private final AtomicReference<Optional<ActivePolicy>> shadow = new AtomicReference<>(Optional.empty());

  @AfterEach
  void stop() {
    bus.close();
  }

  private DecisionLog log(int perSecond) {
    DecisionSettings settings = new DecisionSettings(perSecond, Duration.ofDays(7), Duration.ofDays(30));
    return new DecisionLog(bus, "coordinator", shadow::get, settings, telemetry.metrics(), now::get);
  }

  private static PolicyDecision claim(String task, long capMicros, PolicyFinding... findings) {
    return PolicyDecision.newBuilder()
        .setDecisionId("d-" + task)
        .setPolicyRevision(3)
        .setClaim(ClaimFacts.newBuilder().setTask(TaskFacts.newBuilder().setTaskId(task).setMaxCostMicros(capMicros)).setSwarm(SwarmFacts.newBuilder().setSwarmId("fox")))
        .addAllFindings(List.of(findings))
        .build();
  }

  private static PolicyFinding denied() {
    return PolicyFinding.newBuilder().setType(ViolationType.VIOLATION_TYPE_COST_PER_TASK).setRule("max_cost_per_task").setDetail("too dear").build();
  }

  private List<DecisionBatch> batches() {
    return bus.sent(Subjects.DECISIONS).stream().map(BusMessage::body).map(DecisionLogTest::batch).toList();
  }

  private static DecisionBatch batch(byte[] body) {
    try {
      return DecisionBatch.parseFrom(body);
    } catch (InvalidProtocolBufferException foreign) {
      throw new AssertionError(foreign);
    }
  }

  private List<String> violations() {
    return bus.sent(Subjects.VIOLATIONS).stream().map(message -> new String(message.body(), StandardCharsets.UTF_8)).toList();
  }

  @Test
  void decisionsAndCosts_goOutTogether_andNothingWhenThereIsNone() {
    DecisionLog log = log(100);
    log.runOnce();
    assertThat(batches()).isEmpty();
    log.allowed(() -> claim("t1", 1));
    log.denied(() -> claim("t2", 2, denied()));
    log.booked("c1", 70);
    log.runOnce();
    assertThat(batches()).singleElement().satisfies(batch -> {
      assertThat(batch.getDecisionsList()).containsExactly(claim("t1", 1), claim("t2", 2, denied()));
      assertThat(batch.getBookedList()).containsExactly(ClaimCost.newBuilder().setClaimId("c1").setCostMicros(70).build());
      assertThat(batch.hasAt()).isTrue();
    });
    assertThat(bus.sent(Subjects.decisions("coordinator"))).hasSize(1);
  }

  @Test
  void allowedOnesAboveTheRate_areCounted_deniedOnesAreNot() {
    DecisionLog log = log(2);
    for (int i = 0; i < 5; i++) {
      String task = "t" + i;
      log.allowed(() -> claim(task, 1));
    }
    log.denied(() -> claim("t9", 2, denied()));
    log.runOnce();
    assertThat(batches()).singleElement().satisfies(batch -> {
      assertThat(batch.getDecisionsCount()).isEqualTo(3);
      assertThat(batch.getUnrecorded()).isEqualTo(3);
    });
    now.updateAndGet(instant -> instant.plusMillis(500));
    log.runOnce();
    log.allowed(() -> claim("later", 1));
    log.allowed(() -> claim("too-soon", 1));
    log.runOnce();
    assertThat(batches().getLast().getDecisionsList()).extracting(PolicyDecision::getDecisionId).containsExactly("d-later");
    assertThat(telemetry.metrics().snapshot()).containsEntry("if.policy.decisions_unrecorded", 4L).containsEntry("if.policy.decisions", 4L);
  }

  @Test
  void aViolation_isToldAtOnce_andItsRepetitionsTogether() {
    DecisionLog log = log(0);
    for (int i = 0; i < 4; i++) {
      log.denied(() -> claim("t1", 2, denied()));
      log.runOnce();
    }
    assertThat(violations()).singleElement().asString().contains("\"count\":\"1\"").contains("\"swarmId\":\"fox\"").contains("\"taskId\":\"t1\"").contains("\"rule\":\"max_cost_per_task\"");
    log.denied(() -> claim("t2", 2, denied()));
    log.runOnce();
    assertThat(violations()).as("another task").hasSize(2);
    now.updateAndGet(instant -> instant.plusSeconds(10));
    log.runOnce();
    assertThat(violations()).hasSize(3).last().asString().contains("\"count\":\"3\"").contains("\"taskId\":\"t1\"");
    assertThat(bus.sent("if.v1.violation.fox")).hasSize(3);
    assertThat(telemetry.metrics().snapshot()).containsEntry("if.policy.violations", 5L);
  }

  @Test
  void theShadow_isComparedAndChangesNothing() {
    PolicyTerms.Builder terms = Preset.PRODUCTION.terms().toBuilder();
    terms.getLimitsBuilder().setMaxCostPerTaskMicros(5).setMaxSwarmsPerTask(1);
    shadow.set(Optional.of(ActivePolicy.of(9, terms.build())));
    DecisionLog log = log(100);
    log.allowed(() -> claim("cheap", 5));
    log.allowed(() -> claim("dear", 6));
    log.allowed(() -> PolicyDecision.newBuilder().setHelp(HelpFacts.newBuilder().setSwarmId("fox").setWanted(2)).build());
    log.runOnce();
    List<PolicyDecision> decisions = batches().getFirst().getDecisionsList();
    assertThat(decisions).allMatch(decision -> decision.getShadow().getPolicyRevision() == 9 && decision.getFindingsCount() == 0);
    assertThat(decisions).extracting(decision -> decision.getShadow().getFindingsCount()).containsExactly(0, 1, 1);
    assertThat(violations()).isEmpty();
    assertThat(telemetry.metrics().snapshot()).containsEntry("if.policy.shadow_differs", 2L);
  }

  @Test
  void whatCannotBeSent_isCounted() {
    DecisionLog log = log(100);
    bus.goAway();
    log.denied(() -> claim("t1", 2, denied()));
    log.runOnce();
    assertThat(telemetry.metrics().snapshot()).containsEntry("if.policy.decisions_lost", 2L);
  }

  @Test
  void manyLargeDecisions_areSentInMessagesThatNatsTakes() {
    DecisionLog log = log(10_000);
    PolicyFinding long1 = denied().toBuilder().setDetail("x".repeat(10_000)).build();
    for (int i = 0; i < 100; i++) {
      String task = "t" + i;
      log.denied(() -> claim(task, 2, long1));
    }
    log.runOnce();
    assertThat(batches()).hasSizeGreaterThan(1).allMatch(batch -> batch.getSerializedSize() < 600_000);
    assertThat(batches().stream().mapToInt(DecisionBatch::getDecisionsCount).sum()).isEqualTo(100);
  }
}
