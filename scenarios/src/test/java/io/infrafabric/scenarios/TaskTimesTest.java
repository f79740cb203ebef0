package io.infrafabric.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.grpc.StatusRuntimeException;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.Attempt;
import io.infrafabric.coordinator.v1.Backoff;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.ClaimNextRequest;
import io.infrafabric.coordinator.v1.Priority;
import io.infrafabric.coordinator.v1.RetryPolicy;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.governor.v1.Escalation;
import io.infrafabric.governor.v1.EscalationState;
import io.infrafabric.governor.v1.EscalationType;
import io.infrafabric.governor.v1.ListEscalationsRequest;
import io.infrafabric.kit.time.Times;
import io.infrafabric.testkit.Stalls;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** When a task may be had, and when not any more, by the clock of the fabric; and what too many calls do to it. */
class TaskTimesTest {
  private static final Duration SOON = Duration.ofSeconds(60);

  /** What the fabric may take to see that a time has come; the time in which the machine stands still comes on top. */
  private static final Duration TOLERANCE = Duration.ofSeconds(1);

  private static final Duration AGEING = Duration.ofSeconds(1);

  /** Calls under way at once, which a flood is far beyond. */
  private static final int CALLS = 40;

  private static RunningFabric fabric;
  private static FabricClient client;

  private final String skill = Unique.capability();
  private final String swarm = Unique.id("timed");
  private String session;

  @BeforeAll
  static void start() throws IOException {
    fabric =
        RunningFabric.startWithoutChassis(
            "IF_AGEING", AGEING.toMillis() + "ms",
            "IF_ESCALATION_UNCLAIMED_AFTER", "1s",
            "IF_ESCALATION_LOOK_EVERY", "500ms",
            "IF_OVERLOAD_LEAST_CALLS", "" + CALLS,
            "IF_OVERLOAD_MOST_CALLS", "" + CALLS);
    client = fabric.client();
  }

  @AfterAll
  static void stop() {
    fabric.close();
  }

  @BeforeEach
  void register() {
    client.register(swarm, 0, 50, skill);
    session = client.open(swarm, Duration.ofMinutes(2));
  }

  private TaskSpec.Builder spec() {
    return TaskSpec.newBuilder().setTaskId(Unique.id("timed")).addRequiredCapabilities(skill);
  }

  private String submit(TaskSpec.Builder spec) {
    client.submit(spec.build());
    return spec.getTaskId();
  }

  /** A swarm and its session. */
  private record Worker(String swarm, String session) {}

  /** As many swarms that can do it: each fails once, so that no breaker opens. */
  private List<Worker> workers(int count) {
    return Stream.generate(() -> Unique.id("unlucky"))
        .limit(count)
        .peek(name -> client.register(name, 0, 1, skill))
        .map(name -> new Worker(name, client.open(name, Duration.ofMinutes(2))))
        .toList();
  }

  /** Claims the task as soon as it may be had. */
  private Claim claimWhenReady(String task) {
    return claimWhenReady(task, new Worker(swarm, session));
  }

  private static Claim claimWhenReady(String task, Worker worker) {
    return await().atMost(SOON).pollInterval(Duration.ofMillis(20)).ignoreExceptionsInstanceOf(StatusRuntimeException.class).until(() -> client.claim(task, worker.swarm(), worker.session()), claim -> true);
  }

  private String next() {
    return client
        .claims()
        .claimNext(ClaimNextRequest.newBuilder().setRequestId(FabricClient.request()).setSwarmId(swarm).setSessionId(session).build())
        .getClaim()
        .getTaskId();
  }

  /** From one time to another, both by the clocks of this machine, and not later than is tolerated. */
  private static void kept(String what, Duration took, Duration wait, Duration stood) {
    assertThat(took).as(what).isBetween(wait.minusMillis(1), wait.plus(TOLERANCE).plus(stood));
  }

  static Stream<Arguments> waits() {
    return Stream.of(
        Arguments.of(Backoff.BACKOFF_FIXED, List.of(300, 300, 300)),
        Arguments.of(Backoff.BACKOFF_LINEAR, List.of(150, 300, 450)),
        Arguments.of(Backoff.BACKOFF_EXPONENTIAL, List.of(150, 300, 600)));
  }

  @ParameterizedTest
  @MethodSource("waits")
  void waitsBetweenAttempts_areThoseOfThePolicy(Backoff backoff, List<Integer> millis) {
    RetryPolicy.Builder retry = RetryPolicy.newBuilder().setBackoff(backoff).setInitial(Times.toProto(Duration.ofMillis(millis.getFirst())));
    List<Worker> workers = workers(millis.size() + 1);
    String task = submit(spec().setMaxAttempts(millis.size() + 1).setRetry(retry));
    try (Stalls stalls = Stalls.watching()) {
      long from = System.nanoTime();
      for (int i = 0; i <= millis.size(); i++) {
        client.fail(claimWhenReady(task, workers.get(i)), "no luck " + i, true);
      }
      Duration stood = stalls.between(from, System.nanoTime());
      Task dead = client.task(task);
      assertThat(dead.hasQuarantined()).isTrue();
      for (int i = 0; i < millis.size(); i++) {
        Duration waited = Duration.between(Times.toInstant(dead.getAttempts(i).getEndedAt()), Times.toInstant(dead.getAttempts(i + 1).getClaimedAt()));
        kept("after attempt " + (i + 1), waited, Duration.ofMillis(millis.get(i)), stood);
      }
    }
  }

  @Test
  void budgetOfTime_endsTheAttempts_andEachSaysWhyItEnded() {
    Duration budget = Duration.ofMillis(1_500);
    RetryPolicy.Builder retry = RetryPolicy.newBuilder().setBackoff(Backoff.BACKOFF_FIXED).setInitial(Times.toProto(Duration.ofMillis(400))).setBudget(Times.toProto(budget));
    List<Worker> workers = workers(4); // the most that fit into the budget
    String task = submit(spec().setMaxAttempts(50).setRetry(retry));
    List<String> reasons = new ArrayList<>();
    while (!client.task(task).hasQuarantined()) {
      Worker worker = workers.get(reasons.size());
      reasons.add("no luck " + reasons.size());
      client.fail(claimWhenReady(task, worker), reasons.getLast(), true);
    }
    Task dead = client.task(task);
    assertThat(dead.getQuarantined().getReason()).contains("budget of PT1.5S");
    assertThat(dead.getAttemptsList()).extracting(Attempt::getReason).containsExactlyElementsOf(reasons).hasSizeBetween(1, 4);
    Instant end = Times.toInstant(dead.getCreatedAt()).plus(budget);
    assertThat(dead.getAttemptsList()).allSatisfy(attempt -> assertThat(Times.toInstant(attempt.getClaimedAt())).isBefore(end.plus(TOLERANCE)));
    assertThat(Times.toInstant(dead.getAttemptsList().getLast().getEndedAt()).plusMillis(400)).as("one more would have begun too late").isAfter(end);
  }

  @Test
  void taskThatIsNotToBeginYet_isNobodys_andThenSomebodysAtOnce() {
    Instant notBefore = Instant.now().plusMillis(1_200);
    String task = submit(spec().setNotBefore(Times.toProto(notBefore)));
    assertThat(Refused.by(() -> client.claim(task, swarm, session)).code()).isEqualTo(ErrorCode.ERROR_CODE_TASK_NOT_READY);
    assertThat(client.task(task).getWaiting().hasNotBefore()).isTrue();
    try (Stalls stalls = Stalls.watching()) {
      long from = System.nanoTime();
      claimWhenReady(task);
      Instant claimed = Times.toInstant(client.task(task).getClaimed().getSince());
      kept("after it may be had", Duration.between(notBefore, claimed), Duration.ZERO, stalls.between(from, System.nanoTime()));
    }
  }

  @Test
  void deadline_endsWhatNobodyHas_whatWaits_andWhatIsHeld() {
    Instant deadline = Instant.now().plusMillis(1_500);
    String ready = submit(spec().setDeadline(Times.toProto(deadline)));
    String waiting = submit(spec().setDeadline(Times.toProto(deadline)).setNeedsApproval(true));
    String held = submit(spec().setDeadline(Times.toProto(deadline)));
    Claim claim = claimWhenReady(held);
    try (Stalls stalls = Stalls.watching()) {
      long from = System.nanoTime();
      for (String task : List.of(ready, waiting, held)) {
        Task ended = await().atMost(SOON).until(() -> client.task(task), Task::hasCancelled);
        Duration late = Duration.between(deadline, Times.toInstant(ended.getCancelled().getAt()));
        kept("of " + task, late, Duration.ZERO, stalls.between(from, System.nanoTime()));
        assertThat(ended.getCancelled().getReason()).contains("deadline");
      }
    }
    assertThat(Refused.by(() -> client.complete(claim, "too late", 0)).code()).isEqualTo(ErrorCode.ERROR_CODE_STALE_FENCE);
  }

  @Test
  void moreUrgentTask_goesFirst_untilTheOtherHasGrownOldEnough() {
    String young = submit(spec().setPriority(Priority.PRIORITY_LOW));
    String urgent = submit(spec().setPriority(Priority.PRIORITY_MEDIUM));
    assertThat(next()).isEqualTo(urgent);
    assertThat(next()).isEqualTo(young);

    String old = submit(spec().setPriority(Priority.PRIORITY_LOW));
    Instant aged = Times.toInstant(client.task(old).getCreatedAt()).plus(AGEING);
    await().atMost(SOON).pollInterval(Duration.ofMillis(10)).until(() -> Instant.now().isAfter(aged));
    String newer = submit(spec().setPriority(Priority.PRIORITY_MEDIUM));
    String muchMoreUrgent = submit(spec().setPriority(Priority.PRIORITY_CRITICAL));
    assertThat(next()).as("two steps are more than it has grown old").isEqualTo(muchMoreUrgent);
    assertThat(next()).as("nothing starves").isEqualTo(old);
    assertThat(next()).isEqualTo(newer);
  }

  private static List<Escalation> about(String task) {
    return client.escalations().listEscalations(ListEscalationsRequest.newBuilder().setPageSize(500).build()).getEscalationsList().stream()
        .filter(one -> one.getTaskId().equals(task))
        .toList();
  }

  /** Issue 4, item 7: nobody qualified, and no blocker. */
  @Test
  void taskThatIsReadyForLong_andNobodyQualifiesFor_isAskedAbout_onceForAllLikeIt_untilSomebodyComes() {
    String unknown = Unique.capability();
    List<String> tasks = List.of(Unique.id("unwanted"), Unique.id("unwanted"));
    tasks.forEach(task -> client.submit(TaskSpec.newBuilder().setTaskId(task).addRequiredCapabilities(unknown).build()));
    Escalation nobody = await().atMost(SOON).until(() -> about(tasks.getFirst()), all -> all.size() == 1).getFirst();
    assertThat(nobody.getType()).isEqualTo(EscalationType.ESCALATION_TYPE_NOBODY_QUALIFIED);
    assertThat(nobody.getEvidenceList()).contains("requires " + unknown).anyMatch(line -> line.endsWith("lacks [" + unknown + "]"));
    String able = Unique.id("able");
    client.register(able, 0, 10, unknown);
    await().atMost(SOON).until(() -> about(tasks.getFirst()).getFirst().getState() == EscalationState.ESCALATION_STATE_OBSOLETE);
    assertThat(about(tasks.getLast())).as("what is like the first is the same question").isEmpty();
    String opened = client.open(able, Duration.ofMinutes(2));
    tasks.forEach(task -> client.complete(client.claim(task, able, opened), "at last", 0));
  }

  @Test
  void flood_isShedByImportance_andWithin5SecondsAfterItAllIsServedAgain() throws Exception {
    List<Claim> held = Stream.generate(() -> submit(spec())).limit(10).map(this::claimWhenReady).toList();
    Flood flood = new Flood(fabric, swarm, session, skill, held);
    flood.run(Duration.ofMillis(1_500));
    assertThat(flood.surprises()).isEmpty();
    assertThat(flood.refused(Flood.Kind.SUBMIT)).as(flood.toString()).isPositive();
    assertThat(flood.refused(Flood.Kind.REPORT)).as("what keeps work alive is never refused: %s", flood).isZero();
    assertThat(flood.answered(Flood.Kind.REPORT)).as(flood.toString()).isPositive();
    assertThat(flood.refusedShare(Flood.Kind.CLAIM)).as("claims go before submits: %s", flood).isLessThan(flood.refusedShare(Flood.Kind.SUBMIT));
    assertThat(flood.answered(Flood.Kind.CLAIM)).as(flood.toString()).isPositive();
    assertThat(Stalls.within(Duration.ofSeconds(5), flood::isServedAgain)).as("within 5 s of its end").isTrue();
  }
}
