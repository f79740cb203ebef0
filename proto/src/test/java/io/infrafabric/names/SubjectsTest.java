package io.infrafabric.names;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.infrafabric.coordinator.v1.TaskEventType;
import io.infrafabric.error.RefusedException;
import io.infrafabric.governor.v1.EscalationEventType;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class SubjectsTest {
  private static final TaskEventType READY = TaskEventType.TASK_EVENT_TYPE_READY;
  private final List<Function<String, String>> builders =
      List.of(
          id -> Subjects.offer(new SwarmId(id)),
          id -> Subjects.heartbeat(new SwarmId(id)),
          id -> Subjects.taskEvent(READY, new TaskId(id)),
          id -> Subjects.escalationEvent(EscalationEventType.ESCALATION_EVENT_TYPE_RAISED, new EscalationId(id)),
          id -> Subjects.event("settlement", "booked", id));

  static Stream<String> nasty() {
    return NastyIds.all();
  }

  @Test
  void subjects_areThoseOfTheWire() {
    assertThat(Subjects.offer(new SwarmId("fox"))).isEqualTo("if.v1.offer.fox");
    assertThat(Subjects.heartbeat(new SwarmId("fox"))).isEqualTo("if.v1.swarm.fox.heartbeat");
    assertThat(Subjects.taskEvent(READY, new TaskId("t1"))).isEqualTo("if.v1.event.task.ready.t1");
    assertThat(Subjects.task(List.of(), READY)).isEqualTo("if.v1.task.any.any.ready");
    assertThat(Subjects.task(List.of("eu:code:java", "code:go"), READY)).isEqualTo("if.v1.task.code.java.ready");
    assertThat(Subjects.escalationEvent(EscalationEventType.ESCALATION_EVENT_TYPE_RAISED_AGAIN, new EscalationId("e1")))
        .isEqualTo("if.v1.event.escalation.raised-again.e1");
    assertThat(Subjects.rpc("coordinator", "ClaimTask")).isEqualTo("if.v1.rpc.coordinator.ClaimTask");
    assertThat(Subjects.eventsOf("task", "completed")).isEqualTo("if.v1.event.task.completed.*");
  }

  @Test
  void swarm_isReadFromItsSubjects() {
    assertThat(Subjects.swarmOf(Subjects.offer(new SwarmId("fox")))).isEqualTo(new SwarmId("fox"));
    assertThat(Subjects.swarmOf(Subjects.heartbeat(new SwarmId("fox")))).isEqualTo(new SwarmId("fox"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ".", "if.v1.offer", "if.v1.offer.", "if.v1.offer.*", "if.v1.offer.A"})
  void swarm_isRefusedWhenTheSubjectNamesNone(String subject) {
    assertThatThrownBy(() -> Subjects.swarmOf(subject)).isInstanceOf(RefusedException.class);
  }

  /** Invariant I14: who subscribes to what is a's hears nothing that is b's. */
  @Test
  void subjectsOfOne_areNeverThoseOfAnother() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int i = 0; i < 5_000; i++) {
      String a = NastyIds.random(random);
      String b = NastyIds.random(random);
      for (Function<String, String> builder : builders) {
        assertThat(matches(builder.apply(a), builder.apply(b))).as("seed %d: %s and %s", seed, a, b).isEqualTo(a.equals(b));
      }
    }
  }

  @Test
  void subject_isInTheStreamOfItsKind_andInNoOther() {
    List<String> streams = List.of(Subjects.OFFERS, Subjects.TASKS, Subjects.EVENTS);
    assertThat(streams.stream().filter(s -> matches(s, Subjects.offer(new SwarmId("a"))))).containsExactly(Subjects.OFFERS);
    assertThat(streams.stream().filter(s -> matches(s, Subjects.task(List.of("a:b"), READY)))).containsExactly(Subjects.TASKS);
    assertThat(streams.stream().filter(s -> matches(s, Subjects.taskEvent(READY, new TaskId("a"))))).containsExactly(Subjects.EVENTS);
    assertThat(streams.stream().filter(s -> matches(s, Subjects.heartbeat(new SwarmId("a"))))).isEmpty();
    assertThat(streams.stream().filter(s -> matches(s, Subjects.rpc("a", "B")))).isEmpty();
    assertThat(matches(Subjects.HEARTBEATS, Subjects.heartbeat(new SwarmId("a")))).isTrue();
    assertThat(streams).allMatch(s -> matches(Subjects.ALL, s.replace("*", "x").replace(">", "x")));
  }

  @ParameterizedTest
  @EnumSource(value = TaskEventType.class, names = {"UNRECOGNIZED", "TASK_EVENT_TYPE_UNSPECIFIED"}, mode = EnumSource.Mode.EXCLUDE)
  void everyTaskEvent_hasASubjectOfPlainTokens(TaskEventType event) {
    assertThat(Subjects.taskEvent(event, new TaskId("t1"))).matches("if\\.v1\\.event\\.task\\.[a-z]+\\.t1");
    assertThat(matches(Subjects.eventsOf("task", token(event)), Subjects.taskEvent(event, new TaskId("t1")))).isTrue();
  }

  @ParameterizedTest
  @MethodSource("nasty")
  void nastyId_isRefusedBeforeThereIsASubject(String text) {
    for (Function<String, String> builder : builders) {
      assertThatThrownBy(() -> builder.apply(text)).isInstanceOf(RefusedException.class);
    }
    assertThatThrownBy(() -> Subjects.event(text, "booked", "a")).isInstanceOf(RefusedException.class);
    assertThatThrownBy(() -> Subjects.event("settlement", text, "a")).isInstanceOf(RefusedException.class);
    assertThatThrownBy(() -> Subjects.eventsOf("task", text)).isInstanceOf(RefusedException.class);
    assertThatThrownBy(() -> Subjects.rpc(text, "ClaimTask")).isInstanceOf(RefusedException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "Claim.Task", "Claim*", ">", "a b"})
  void method_isRefusedWhenItIsNoName(String method) {
    assertThatThrownBy(() -> Subjects.rpc("coordinator", method)).isInstanceOf(IllegalArgumentException.class);
  }

  private static String token(TaskEventType event) {
    return event.name().substring("TASK_EVENT_TYPE_".length()).toLowerCase(java.util.Locale.ROOT);
  }

  /** Subject matching as the NATS server does it. */
  private static boolean matches(String pattern, String subject) {
    String[] want = pattern.split("\\.", -1);
    String[] have = subject.split("\\.", -1);
    for (int i = 0; i < want.length; i++) {
      if (want[i].equals(">")) {
        return have.length > i;
      }
      if (i >= have.length || !(want[i].equals("*") || want[i].equals(have[i]))) {
        return false;
      }
    }
    return want.length == have.length;
  }
}
