package io.infrafabric.coordinator.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.coordinator.Samples;
import io.infrafabric.coordinator.v1.Blocker;
import io.infrafabric.coordinator.v1.BlockerState;
import io.infrafabric.coordinator.v1.Commitment;
import io.infrafabric.coordinator.v1.NoteRecord;
import io.infrafabric.coordinator.v1.Parked;
import io.infrafabric.coordinator.v1.PlanPlace;
import io.infrafabric.coordinator.v1.Session;
import io.infrafabric.coordinator.v1.SessionRecord;
import io.infrafabric.coordinator.v1.SessionStatus;
import io.infrafabric.coordinator.v1.SessionWork;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.governor.v1.BreakerReason;
import io.infrafabric.governor.v1.BreakerState;
import io.infrafabric.governor.v1.Standing;
import io.infrafabric.kit.time.Times;
import io.infrafabric.names.SwarmId;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class StatusRulesTest {
  private static final SessionRecord OPEN =
      SessionRecord.newBuilder().setSwarmId("s4").setOpenedAt(Times.toProto(Samples.NOW.minusSeconds(60))).build();
  private static final Standing FIT = Samples.standing("s4", "net:proxy").build();

  private static StatusRules.Facts facts(List<Task> held, Blocker... blockers) {
    var book = Samples.book("s4", held.stream().filter(Task::hasClaimed).map(task -> Samples.open(task.getSpec().getTaskId(), 0)).toArray(Commitment[]::new));
    return new StatusRules.Facts(
        new SwarmId("s4"), Optional.of(OPEN), 7, Optional.of(FIT), book, held, List.of(blockers), Map.of("b-9", "s6"), NoteRecord.getDefaultInstance(), Optional.empty());
  }

  private static StatusRules.Facts with(StatusRules.Facts of, Optional<SessionRecord> session, Standing standing, NoteRecord note) {
    return new StatusRules.Facts(of.swarm(), session, of.revision(), Optional.of(standing), of.book(), of.held(), of.blockers(), of.helped(), note, of.seen());
  }

  private static Session told(List<Task> held, Blocker... blockers) {
    return StatusRules.of(facts(held, blockers), Samples.NOW);
  }

  private static Task working(String id, int percent, String note) {
    Task.Builder task = Samples.claimed(Samples.spec(id, "net:proxy").setPlanId("p").build(), "s4", 1).toBuilder();
    task.getClaimedBuilder().setPercent(percent).setNote(note);
    return task.setPlanPlace(PlanPlace.newBuilder().setPhase("phase-3")).build();
  }

  private static Task helping(String id) {
    Task.Builder task = working(id, 20, "").toBuilder();
    task.getSpecBuilder().setBlockerId("b-9");
    return task.build();
  }

  private static Task filler(String id) {
    return working(id, 0, "").toBuilder().setPlanPlace(PlanPlace.newBuilder().setFiller(true)).build();
  }

  private static Task parked(String id) {
    Task claimed = working(id, 0, "");
    return claimed.toBuilder().setParked(Parked.newBuilder().setClaim(claimed.getClaimed()).addBlockerIds("b-1")).build();
  }

  private static Blocker blocker(BlockerState state) {
    return Blocker.newBuilder()
        .setBlockerId("b-1")
        .setTaskId("t1")
        .setType("dependency")
        .setState(state)
        .addNeeds("code:build")
        .addUnmetNeeds("code:sign")
        .addHelpTaskIds("b-1-h1")
        .setDetail("nobody was found")
        .setRaisedAt(Times.toProto(Samples.NOW.minusSeconds(30)))
        .build();
  }

  @Test
  void swarmThatIsStopped_isPaused_onceItHoldsNothing() {
    Standing stopped =
        FIT.toBuilder()
            .setBreaker(BreakerState.BREAKER_STATE_OPEN)
            .setBreakerReason(BreakerReason.BREAKER_REASON_BUDGET_EXHAUSTED)
            .setBreakerSince(Times.toProto(Samples.NOW.minusSeconds(5)))
            .build();
    Session paused = StatusRules.of(with(facts(List.of()), Optional.of(OPEN), stopped, NoteRecord.getDefaultInstance()), Samples.NOW);
    assertThat(paused.getStatus()).isEqualTo(SessionStatus.SESSION_STATUS_PAUSED);
    assertThat(paused.getReason()).isEqualTo("is stopped (budget exhausted) until a named person lets it go on");
    assertThat(paused.getSince()).isEqualTo(stopped.getBreakerSince());
    assertThat(paused.getCanHelpList()).isEmpty();
    List<Task> held = List.of(working("t1", 40, ""));
    assertThat(StatusRules.of(with(facts(held), Optional.of(OPEN), stopped, NoteRecord.getDefaultInstance()), Samples.NOW).getStatus())
        .isEqualTo(SessionStatus.SESSION_STATUS_WORKING);
  }

  @Test
  void swarmThatHoldsNothing_isIdle_andCanHelp() {
    Session idle = told(List.of());
    assertThat(idle.getStatus()).isEqualTo(SessionStatus.SESSION_STATUS_IDLE);
    assertThat(idle.getReason()).isEqualTo("holds nothing");
    assertThat(idle.getCanHelpList()).containsExactly("net:proxy");
    assertThat(idle.getRevision()).isEqualTo(7);
    assertThat(idle.hasSince()).isFalse();
    assertThat(idle.getLastSeen()).isEqualTo(OPEN.getOpenedAt());
  }

  @Test
  void swarmAtWork_saysOnWhat_andHowFar() {
    Session session = told(List.of(working("t1", 40, "four of ten"), working("t2", 60, "")));
    assertThat(session.getStatus()).isEqualTo(SessionStatus.SESSION_STATUS_WORKING);
    assertThat(session.getReason()).isEqualTo("works on t1 (40 %): four of ten; works on t2 (60 %)");
    assertThat(session.getPercent()).isEqualTo(50);
    assertThat(session.getSince()).isEqualTo(Times.toProto(Samples.NOW));
    assertThat(session.getWorkList()).extracting(SessionWork::getPhase).containsOnly("phase-3");
    assertThat(session.getCanHelpList()).as("it has room for one more").isNotEmpty();
    assertThat(told(List.of(working("t1", 0, ""), working("t2", 0, ""), working("t3", 0, ""))).getCanHelpList()).as("it is full").isEmpty();
    assertThat(told(List.of(working("t1", 0, ""), working("t2", 0, ""), working("t3", 0, ""), working("t4", 0, ""))).getReason()).endsWith("; and 1 more");
  }

  @Test
  void swarmThatHelps_saysWhom() {
    Session help = told(List.of(helping("h1"), parked("t1")), blocker(BlockerState.BLOCKER_STATE_OPEN));
    assertThat(help.getStatus()).isEqualTo(SessionStatus.SESSION_STATUS_HELPING);
    assertThat(help.getReason()).isEqualTo("helps s6 with h1 (20 %)");
    assertThat(help.getWork(0).getHelpsSwarmId()).isEqualTo("s6");
    assertThat(help.getHelpWantedList()).as("and is stopped itself").containsExactly("code:build");
    Session filler = told(List.of(filler("f1")));
    assertThat(filler.getStatus()).isEqualTo(SessionStatus.SESSION_STATUS_HELPING);
    assertThat(filler.getReason()).isEqualTo("helps plan p with its filler f1 (0 %)");
    assertThat(told(List.of(helping("h1"), working("t1", 0, ""))).getStatus()).as("besides its own work").isEqualTo(SessionStatus.SESSION_STATUS_WORKING);
  }

  @Test
  void swarmThatIsStopped_isBlockedWhileNobodyHelps_andParkedThen() {
    Session open = told(List.of(parked("t1")), blocker(BlockerState.BLOCKER_STATE_OPEN));
    assertThat(open.getStatus()).isEqualTo(SessionStatus.SESSION_STATUS_BLOCKED);
    assertThat(open.getReason()).isEqualTo("task t1 is stopped by dependency, looks for help");
    assertThat(open.getSince()).isEqualTo(Times.toProto(Samples.NOW.minusSeconds(30)));
    Session escalated = told(List.of(parked("t1")), blocker(BlockerState.BLOCKER_STATE_ESCALATED));
    assertThat(escalated.getReason()).endsWith("needs a person: nobody was found");
    assertThat(escalated.getHelpWantedList()).containsExactly("code:sign");
    Session waiting = told(List.of(parked("t1")), blocker(BlockerState.BLOCKER_STATE_WAITING));
    assertThat(waiting.getStatus()).isEqualTo(SessionStatus.SESSION_STATUS_PARKED);
    assertThat(waiting.getReason()).isEqualTo("task t1 is stopped by dependency, waits for b-1-h1");
  }

  @Test
  void swarmWithoutASession_isAway() {
    Session away = StatusRules.of(with(facts(List.of()), Optional.empty(), FIT, NoteRecord.getDefaultInstance()), Samples.NOW);
    assertThat(away.getStatus()).isEqualTo(SessionStatus.SESSION_STATUS_AWAY);
    assertThat(away.getCanHelpList()).isEmpty();
    assertThat(away.hasOpenedAt()).isFalse();
  }

  @Test
  void swarmWithAnOpenBreaker_cannotHelp() {
    Standing tripped = FIT.toBuilder().setBreaker(BreakerState.BREAKER_STATE_OPEN).build();
    assertThat(StatusRules.of(with(facts(List.of()), Optional.of(OPEN), tripped, NoteRecord.getDefaultInstance()), Samples.NOW).getCanHelpList()).isEmpty();
  }

  @Test
  void estimate_isToldUntilItHasPassed() {
    NoteRecord note = NoteRecord.newBuilder().setNote("waits for the lab").setEstimatedUnblock(Times.toProto(Samples.NOW.plusSeconds(90))).build();
    StatusRules.Facts facts = with(facts(List.of()), Optional.of(OPEN), FIT, note);
    assertThat(StatusRules.of(facts, Samples.NOW).getNote()).isEqualTo("waits for the lab");
    assertThat(StatusRules.of(facts, Samples.NOW).getEstimatedUnblock()).isEqualTo(note.getEstimatedUnblock());
    assertThat(StatusRules.of(facts, Samples.NOW.plus(Duration.ofSeconds(90))).hasEstimatedUnblock()).isFalse();
  }
}
