package io.infrafabric.coordinator.task;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.coordinator.task.TaskStates.Actor;
import io.infrafabric.coordinator.task.TaskStates.Transition;
import io.infrafabric.coordinator.v1.TaskState;
import io.infrafabric.testkit.GeneratedPage;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class TaskStatesTest {
  private static final Set<TaskState> STATES =
      EnumSet.complementOf(EnumSet.of(TaskState.UNRECOGNIZED, TaskState.TASK_STATE_UNSPECIFIED));

  private record Arrow(TaskState from, TaskState to) {}

  private static Map<Arrow, List<Actor>> actors() {
    return TaskStates.TABLE.stream()
        .collect(Collectors.groupingBy(t -> new Arrow(t.from(), t.to()), Collectors.mapping(Transition::actor, Collectors.toList())));
  }

  /**
   * A claim ends by its holder or by the fabric, a task is cancelled by its submitter or by its deadline, an offer by hand by the next one or by
   * the fabric, whichever comes first; what twins and breakers do comes besides. Every other arrow has one actor.
   */
  @Test
  void everyArrow_hasOneActor_butThoseThatTheFabricMakesInTheEnd() {
    actors()
        .forEach(
            (arrow, all) -> {
              List<Actor> others = all.stream().filter(actor -> actor != Actor.TWINS && actor != Actor.BREAKERS).toList();
              List<Actor> actors = others.isEmpty() ? all : others;
              boolean mayBeLost =
                  arrow.from() == TaskState.TASK_STATE_CLAIMED
                      && EnumSet.of(TaskState.TASK_STATE_READY, TaskState.TASK_STATE_WAITING, TaskState.TASK_STATE_QUARANTINED).contains(arrow.to());
              boolean isKept = arrow.from() == TaskState.TASK_STATE_READY && arrow.to() == TaskState.TASK_STATE_READY;
              Actor usual = mayBeLost ? Actor.HOLDER : isKept ? Actor.OPERATOR : Actor.SUBMITTER;
              boolean inTheEnd = mayBeLost || isKept || arrow.to() == TaskState.TASK_STATE_CANCELLED;
              assertThat(actors).as(arrow.toString()).containsExactlyInAnyOrderElementsOf(inTheEnd ? List.of(usual, Actor.EXPIRY) : List.of(actors.getFirst()));
            });
  }

  @Test
  void terminalState_isNeverLeft_butQuarantineByAnOperator() {
    assertThat(TaskStates.TABLE.stream().filter(arrow -> TaskStates.TERMINAL.contains(arrow.from())))
        .containsExactly(new Transition(TaskState.TASK_STATE_QUARANTINED, TaskState.TASK_STATE_READY, Actor.OPERATOR, "requeue"));
  }

  @Test
  void everyOtherState_canBeLeft_andCancelled() {
    for (TaskState state : EnumSet.complementOf(EnumSet.copyOf(TaskStates.TERMINAL))) {
      if (STATES.contains(state)) {
        assertThat(TaskStates.isLegal(state, TaskState.TASK_STATE_CANCELLED)).as(state.toString()).isTrue();
      }
    }
  }

  @Test
  void everyState_canBeReached() {
    Set<TaskState> reached = TaskStates.TABLE.stream().map(Transition::to).collect(Collectors.toCollection(() -> EnumSet.noneOf(TaskState.class)));
    assertThat(EnumSet.complementOf(EnumSet.copyOf(reached)))
        .containsExactlyInAnyOrder(TaskState.TASK_STATE_UNSPECIFIED, TaskState.UNRECOGNIZED);
  }

  @Test
  void onlyAClaimLeadsToClaimed_orGoesOn() {
    assertThat(TaskStates.TABLE.stream().filter(arrow -> arrow.to() == TaskState.TASK_STATE_CLAIMED).map(Transition::from).distinct())
        .containsExactlyInAnyOrder(TaskState.TASK_STATE_READY, TaskState.TASK_STATE_CLAIMED, TaskState.TASK_STATE_PARKED);
  }

  @Test
  void statesPage_saysWhatTheTableSays() {
    GeneratedPage.check("task-states.md", page(), TaskStatesTest.class);
  }

  private static String page() {
    StringBuilder page =
        new StringBuilder(
            """
            # Task states

            Generated from `TaskStates.TABLE`; do not edit. `[*]` is before the task exists; %s are final.
            What else is said for these states in flags and files: [words at the edges](words.md).

            ```mermaid
            stateDiagram-v2
            """.formatted(TaskStates.TERMINAL.stream().map(TaskStates::word).sorted().collect(Collectors.joining(", "))));
    for (Transition arrow : TaskStates.TABLE) {
      page.append("    %s --> %s : %s\n".formatted(node(arrow.from()), node(arrow.to()), arrow.when()));
    }
    for (TaskState state : STATES) {
      if (TaskStates.TERMINAL.contains(state)) {
        page.append("    %s --> [*]\n".formatted(node(state)));
      }
    }
    page.append("```\n\n| from | to | who | when |\n|---|---|---|---|\n");
    for (Transition arrow : TaskStates.TABLE) {
      page.append("| %s | %s | %s | %s |\n".formatted(node(arrow.from()), node(arrow.to()), arrow.actor().name().toLowerCase(Locale.ROOT), arrow.when()));
    }
    return page.toString();
  }

  private static String node(TaskState state) {
    return state == TaskState.TASK_STATE_UNSPECIFIED ? "[*]" : TaskStates.word(state);
  }
}
