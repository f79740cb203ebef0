package io.infrafabric.governor;

import static io.infrafabric.governor.GovernorFixture.refusalOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.util.JsonFormat;
import io.infrafabric.chassis.v1.SloViolation;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.ClaimEnd;
import io.infrafabric.coordinator.v1.Commitment;
import io.infrafabric.governor.v1.ApplyPolicyRequest;
import io.infrafabric.governor.v1.ApproveEscalationRequest;
import io.infrafabric.governor.v1.Breaker;
import io.infrafabric.governor.v1.BreakerEvent;
import io.infrafabric.governor.v1.BreakerEventType;
import io.infrafabric.governor.v1.BreakerReason;
import io.infrafabric.governor.v1.BreakerState;
import io.infrafabric.governor.v1.CapabilityStop;
import io.infrafabric.governor.v1.Candidate;
import io.infrafabric.governor.v1.Escalation;
import io.infrafabric.governor.v1.GetBreakerRequest;
import io.infrafabric.governor.v1.GetSwarmRequest;
import io.infrafabric.governor.v1.ListBreakersRequest;
import io.infrafabric.governor.v1.ListEscalationsRequest;
import io.infrafabric.governor.v1.RankSwarmsRequest;
import io.infrafabric.governor.v1.ResetRequest;
import io.infrafabric.governor.v1.Standing;
import io.infrafabric.governor.v1.TripRequest;
import io.infrafabric.governor.v1.WatchBreakersRequest;
import io.infrafabric.governor.v1.WatchBreakersResponse;
import io.infrafabric.kit.store.Change;
import io.infrafabric.kit.telemetry.Telemetry;
import io.infrafabric.kit.time.Times;
import io.infrafabric.names.Keys;
import io.infrafabric.names.Subjects;
import io.infrafabric.testkit.nats.MemoryBus;
import io.infrafabric.testkit.store.MemoryStore;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Breakers of swarms and of capabilities, over gRPC and JetStream's facts, with every loop running. */
class BreakerServiceTest {
  private static final Keys KEYS = new Keys();
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final MemoryStore store = new MemoryStore();
  private final MemoryBus bus = new MemoryBus();
  private GovernorFixture governor;
  private int claims;

  @BeforeEach
  void start() {
    governor = new GovernorFixture(store, KEYS.root(), Telemetry.none(), bus);
    governor.register("s1", "r1", "code:java", "code:rust");
    governor.grant("s1", "g1", 1_000_000);
  }

  @AfterEach
  void stop() {
    governor.close();
  }

  private Standing standing() {
    return governor.registry.getSwarm(GetSwarmRequest.newBuilder().setSwarmId("s1").build()).getStanding();
  }

  private Breaker breaker() {
    return governor.breakers.getBreaker(GetBreakerRequest.newBuilder().setSwarmId("s1").build()).getBreaker();
  }

  /** As the coordinator notes it. */
  private void end(ClaimEnd end, long probe, String... required) {
    int number = ++claims;
    governor.coordinator.change(
        "s1",
        record -> {
          Commitment.Builder line =
              Commitment.newBuilder()
                  .setClaimId("c" + number)
                  .setTaskId("t" + number)
                  .setEnd(end)
                  .setEndedNumber(record.getEndedCount() + 1)
                  .addAllRequiredCapabilities(List.of(required));
          return record.setEndedCount(record.getEndedCount() + 1).addCommitments(probe > 0 ? line.addProbes(probe) : line);
        });
    await().atMost(PATIENCE).until(() -> standing().getBookedThrough() >= number);
  }

  private void failInJava() {
    for (int i = 0; i < 3; i++) {
      end(ClaimEnd.CLAIM_END_FAILED, 0, "code:java");
      end(ClaimEnd.CLAIM_END_COMPLETED, 0, "code:rust");
    }
  }

  private List<String> ranked(String... required) {
    return governor.matches.rankSwarms(RankSwarmsRequest.newBuilder().addAllRequiredCapabilities(List.of(required)).build()).getCandidatesList().stream()
        .map(Candidate::getSwarmId)
        .toList();
  }

  private void policy(String document) {
    governor.policies.applyPolicy(ApplyPolicyRequest.newBuilder().setRequestId("p" + document.hashCode()).setDocument(document).setPrincipal("ada").build());
  }

  private Breaker reset(String id, String capability) {
    return governor.breakers
        .reset(
            ResetRequest.newBuilder().setRequestId(id).setSwarmId("s1").setCapability(capability).setPrincipal("ada").setReason("repaired").build())
        .getBreaker();
  }

  @Test
  void capabilityThatFails_isStopped_andTheOthersGoOn() {
    failInJava();
    assertThat(standing().getBreaker()).isEqualTo(BreakerState.BREAKER_STATE_CLOSED);
    assertThat(standing().getStopsList()).extracting(CapabilityStop::getCapability).containsExactly("code:java");
    await().atMost(PATIENCE).until(() -> ranked("code:java").isEmpty());
    assertThat(ranked("code:rust")).containsExactly("s1");
    assertThat(governor.breakers.listBreakers(ListBreakersRequest.newBuilder().setOpenOnly(true).build()).getBreakersList()).hasSize(1);
  }

  @Test
  void reRegistration_clearsNothing() {
    failInJava();
    end(ClaimEnd.CLAIM_END_FAILED, 0, "code:rust");
    end(ClaimEnd.CLAIM_END_STALLED, 0, "code:rust");
    Standing before = standing();
    governor.register("s1", "r2", "code:java", "code:go");
    Standing after = standing();
    assertThat(after.getStopsList()).isEqualTo(before.getStopsList());
    assertThat(after.getCountsList()).isEqualTo(before.getCountsList());
    assertThat(after.getConsecutiveFailures()).isEqualTo(1);
    assertThat(after.getConsecutiveStalls()).isEqualTo(1);
  }

  @Test
  void breakerOfACapability_isResetByAPerson_alsoByApprovingTheEscalation() {
    failInJava();
    assertThat(refusalOf(() -> reset("x1", ""))).isEqualTo(ErrorCode.ERROR_CODE_INVALID_ARGUMENT);
    await().atMost(PATIENCE).until(() -> escalations().size() == 1);
    Escalation escalation = escalations().getFirst();
    assertThat(escalation.getCapability()).isEqualTo("code:java");
    assertThat(escalation.getReason()).contains("swarm s1 is stopped for code:java (repeated failures): 3 claims in a row that require code:java have failed");
    governor.escalations.approveEscalation(
        ApproveEscalationRequest.newBuilder().setRequestId("a1").setEscalationId(escalation.getEscalationId()).setPrincipal("ada").setReason("repaired").build());
    assertThat(standing().getStopsCount() + standing().getCountsCount()).isZero();
    assertThat(refusalOf(() -> reset("x2", "code:java"))).isEqualTo(ErrorCode.ERROR_CODE_INVALID_ARGUMENT);
  }

  private List<Escalation> escalations() {
    return governor.escalations.listEscalations(ListEscalationsRequest.newBuilder().setOpenOnly(true).build()).getEscalationsList();
  }

  @Test
  void violatedSlo_opensTheBreaker_fromAFactOnJetStream() throws Exception {
    tell(violation(2));
    publish("not json");
    publish("{\"swarmId\":\"s1\"}");
    tell(violation(3).toBuilder().setSwarmId("nobody").build());
    tell(violation(3));
    tell(violation(3));
    await().atMost(PATIENCE).until(() -> standing().getStopsCount() == 1);
    assertThat(standing().getStops(0).getReason()).isEqualTo(BreakerReason.BREAKER_REASON_PERFORMANCE_DEGRADATION);
    await().atMost(PATIENCE).until(bus::isQuiet);
    assertThat(written(BreakerEventType.BREAKER_EVENT_TYPE_OPENED)).as("told twice, opened once").isEqualTo(1);
  }

  private static SloViolation violation(int windows) {
    return SloViolation.newBuilder()
        .setSwarmId("s1")
        .setCapability("code:java")
        .setMetric("success_rate")
        .setObserved("0.81")
        .setTarget("0.95")
        .setWindows(windows)
        .setAt(Times.toProto(Instant.now()))
        .build();
  }

  private void tell(SloViolation fact) throws Exception {
    publish(JsonFormat.printer().print(fact));
  }

  private void publish(String body) {
    bus.publishDurable(Subjects.event("slo", "violated", "s1"), "m" + System.nanoTime(), Map.of(), body.getBytes(StandardCharsets.UTF_8)).join();
  }

  /** How many versions of the record tell of it. */
  private long written(BreakerEventType type) {
    return store.changes(KEYS.breakers()).stream()
        .filter(Change.Written.class::isInstance)
        .map(change -> io.infrafabric.governor.books.BooksCodec.breaker(((Change.Written) change).entry()))
        .flatMap(breaker -> breaker.getEventsList().stream())
        .filter(event -> event.getType() == type)
        .count();
  }

  @Test
  void probe_isLetThrough_byWhicheverGovernorIsThere_andItsSuccessCloses() {
    policy("circuit_breaker: {half_open_after: 1s}");
    failInJava();
    Instant due = Times.toInstant(breaker().getCapabilities(0).getHalfOpenAt());
    governor.close(); // killed while it waits
    try (GovernorFixture other = new GovernorFixture(store, KEYS.root(), Telemetry.none(), bus);
        GovernorFixture third = new GovernorFixture(store, KEYS.root(), Telemetry.none(), bus)) {
      governor = other;
      await().atMost(PATIENCE).until(() -> standing().getStops(0).getState() == BreakerState.BREAKER_STATE_HALF_OPEN);
      assertThat(Instant.now()).isAfterOrEqualTo(due);
      assertThat(standing().getStops(0).getProbe()).isEqualTo(1);
      end(ClaimEnd.CLAIM_END_COMPLETED, 1, "code:java");
      await().atMost(PATIENCE).until(() -> standing().getStopsCount() == 0);
      assertThat(breaker().getEventsList()).extracting(BreakerEvent::getType, BreakerEvent::getDetail)
          .containsExactly(org.assertj.core.groups.Tuple.tuple(BreakerEventType.BREAKER_EVENT_TYPE_CLOSED, "its probe, task t7, was completed"));
      assertThat(written(BreakerEventType.BREAKER_EVENT_TYPE_HALF_OPENED)).as("two governors, one probe").isEqualTo(1);
    } finally {
      governor = new GovernorFixture(store, KEYS.root(), Telemetry.none(), bus);
    }
  }

  @Test
  void probeThatFails_waitsTwiceAsLong_andThePolicyIsNamedInTheEvent() {
    policy("circuit_breaker: {half_open_after: 1s, half_open_max: 1h}");
    failInJava();
    await().atMost(PATIENCE).until(() -> standing().getStops(0).getState() == BreakerState.BREAKER_STATE_HALF_OPEN);
    end(ClaimEnd.CLAIM_END_FAILED, 1, "code:java");
    await().atMost(PATIENCE).until(() -> standing().getStops(0).getState() == BreakerState.BREAKER_STATE_OPEN);
    assertThat(breaker().getEvents(0).getReopened()).isEqualTo(1);
    assertThat(breaker().getEvents(0).getDetail()).isEqualTo("its probe, task t7, ended failed; it has opened again 1 times in a row; one claim is tried in 2s");
  }

  @Test
  void watcher_isToldOfWhatIsOpen_andOfEachChange() {
    governor.register("s2", "r2", "code:java");
    trip("s2", "t1", "code:java");
    Iterator<WatchBreakersResponse> told = governor.breakers.withDeadlineAfter(60, java.util.concurrent.TimeUnit.SECONDS).watchBreakers(WatchBreakersRequest.getDefaultInstance());
    assertThat(told.next().getBreaker().getSwarmId()).isEqualTo("s2");
    trip("s1", "t2", "");
    Breaker change = told.next().getBreaker();
    assertThat(change.getSwarmId()).isEqualTo("s1");
    assertThat(change.getEvents(0).getType()).isEqualTo(BreakerEventType.BREAKER_EVENT_TYPE_OPENED);
    reset("x1", "");
    assertThat(told.next().getBreaker().getEvents(0).getType()).isEqualTo(BreakerEventType.BREAKER_EVENT_TYPE_CLOSED);
  }

  @Test
  void unknownSwarm_hasNoBreaker() {
    assertThat(refusalOf(() -> governor.breakers.getBreaker(GetBreakerRequest.newBuilder().setSwarmId("nobody").build())))
        .isEqualTo(ErrorCode.ERROR_CODE_SWARM_NOT_FOUND);
  }

  private void trip(String swarm, String id, String capability) {
    governor.breakers.trip(
        TripRequest.newBuilder().setRequestId(id).setSwarmId(swarm).setCapability(capability).setPrincipal("ada").setReason("looking").build());
  }
}
