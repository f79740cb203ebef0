package io.infrafabric.cli.words;

import static io.infrafabric.coordinator.v1.TaskState.TASK_STATE_CANCELLED;
import static io.infrafabric.coordinator.v1.TaskState.TASK_STATE_CLAIMED;
import static io.infrafabric.coordinator.v1.TaskState.TASK_STATE_COMPLETED;
import static io.infrafabric.coordinator.v1.TaskState.TASK_STATE_FAILED;
import static io.infrafabric.coordinator.v1.TaskState.TASK_STATE_PARKED;
import static io.infrafabric.coordinator.v1.TaskState.TASK_STATE_READY;
import static io.infrafabric.coordinator.v1.TaskState.TASK_STATE_WAITING;
import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.coordinator.v1.Backoff;
import io.infrafabric.coordinator.v1.Priority;
import io.infrafabric.coordinator.v1.TaskState;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Decisions 1 and 3 of what the system must do: words of before are spellings at the edges. */
class SpellingsTest {
  static Stream<Arguments> statesOfBefore() {
    return Stream.of(
        Arguments.of("SwarmSH", "active", Set.of(TASK_STATE_CLAIMED)),
        Arguments.of("SwarmSH", "pending", Set.of(TASK_STATE_WAITING, TASK_STATE_READY)),
        Arguments.of("SwarmSH", "in_progress", Set.of(TASK_STATE_CLAIMED)),
        Arguments.of("SwarmSH", "blocked", Set.of(TASK_STATE_PARKED)),
        Arguments.of("SwarmSH", "completed", Set.of(TASK_STATE_COMPLETED)),
        Arguments.of("task board", "PENDING", Set.of(TASK_STATE_WAITING, TASK_STATE_READY)),
        Arguments.of("task board", "CLAIMED", Set.of(TASK_STATE_CLAIMED)),
        Arguments.of("task board", "IN_PROGRESS", Set.of(TASK_STATE_CLAIMED)),
        Arguments.of("task board", "COMPLETED", Set.of(TASK_STATE_COMPLETED)),
        Arguments.of("task board", "FAILED", Set.of(TASK_STATE_FAILED)),
        Arguments.of("task board", "CANCELLED", Set.of(TASK_STATE_CANCELLED)),
        Arguments.of("first coordinator", "available", Set.of(TASK_STATE_READY)),
        Arguments.of("first coordinator", "unclaimed", Set.of(TASK_STATE_READY)),
        Arguments.of("first coordinator", "claimed", Set.of(TASK_STATE_CLAIMED)),
        Arguments.of("the same otherwise written", "In Progress", Set.of(TASK_STATE_CLAIMED)),
        Arguments.of("the same otherwise written", "in-progress", Set.of(TASK_STATE_CLAIMED)),
        Arguments.of("the contract", "TASK_STATE_PARKED", Set.of(TASK_STATE_PARKED)));
  }

  @ParameterizedTest(name = "{0}: {1}")
  @MethodSource("statesOfBefore")
  void stateOfBefore_isOneOrSeveralOfTheFabric(String from, String word, Set<TaskState> states) {
    assertThat(Spellings.STATES.find(word)).contains(states);
  }

  @Test
  void everyStateOfTheFabric_hasItsOwnWord() {
    for (TaskState state : EnumSet.complementOf(EnumSet.of(TaskState.UNRECOGNIZED, TaskState.TASK_STATE_UNSPECIFIED))) {
      assertThat(Spellings.STATES.find(state.name().substring("TASK_STATE_".length()))).contains(Set.of(state));
    }
  }

  @Test
  void priorities_areWords_andTheTenStepsOfTheTaskBoard() {
    assertThat(Stream.of("critical", "high", "medium", "low", "HIGH", "PRIORITY_LOW").map(Spellings.PRIORITIES::find).map(found -> found.orElseThrow()))
        .containsExactly(
            Priority.PRIORITY_CRITICAL, Priority.PRIORITY_HIGH, Priority.PRIORITY_MEDIUM, Priority.PRIORITY_LOW, Priority.PRIORITY_HIGH, Priority.PRIORITY_LOW);
    List<Priority> steps = IntStream.rangeClosed(1, 10).mapToObj(step -> Spellings.PRIORITIES.find("" + step).orElseThrow()).toList();
    assertThat(steps.getFirst()).isEqualTo(Priority.PRIORITY_CRITICAL);
    assertThat(steps.get(4)).as("5, which the board gives to a task that does not say").isEqualTo(Priority.PRIORITY_MEDIUM);
    assertThat(steps.getLast()).isEqualTo(Priority.PRIORITY_LOW);
    assertThat(steps.stream().map(Priority::getNumber).toList()).as("1 is the highest").isSortedAccordingTo((a, b) -> b - a);
    assertThat(steps).contains(Priority.PRIORITY_HIGH);
  }

  @Test
  void taskClasses_areThoseOfTheBoard_andAnyOtherWord() {
    assertThat(Stream.of("CODE_ANALYSIS", "PARALLEL_SEARCH", "SOLUTION_EXPLORATION", "DISTRIBUTED_REVIEW", " Security Review ", "docs", "").map(Spellings::taskClass))
        .extracting(found -> found.orElseThrow())
        .containsExactly("code-analysis", "parallel-search", "solution-exploration", "distributed-review", "security-review", "docs", "");
    assertThat(Spellings.taskClass("what?")).isEmpty();
    assertThat(Spellings.taskClass("a".repeat(64))).isEmpty();
  }

  @Test
  void unknownWord_isToldTheNearestOnes() {
    assertThat(Spellings.STATES.no("redy")).isEqualTo("\"redy\" is no state, did you mean ready?");
    assertThat(Spellings.STATES.no("CLAIMD")).isEqualTo("\"CLAIMD\" is no state, did you mean claimed or unclaimed?");
    assertThat(Spellings.STATES.no("in_progres")).isEqualTo("\"in_progres\" is no state, did you mean in_progress?");
    assertThat(Spellings.PRIORITIES.no("hihg")).isEqualTo("\"hihg\" is no priority, did you mean high?");
    assertThat(Spellings.TASK_CLASSES.no("CODE ANALYSIS!")).isEqualTo("\"CODE ANALYSIS!\" is no task class, did you mean CODE_ANALYSIS?");
  }

  @Test
  void wordThatIsNearToNone_isToldThemAll() {
    assertThat(Spellings.STATES.no("somewhere"))
        .isEqualTo(
            "\"somewhere\" is no state; known are waiting, ready, claimed, parked, completed, failed, cancelled, quarantined, pending, available, unclaimed,"
                + " active, in_progress, blocked");
    for (String number : List.of("0", "11", "-1")) {
      assertThat(Spellings.PRIORITIES.find(number)).isEmpty();
      assertThat(Spellings.PRIORITIES.no(number)).isEqualTo("\"" + number + "\" is no priority; known are critical, high, medium, low, and 1 (the highest) to 10");
    }
    assertThat(Spellings.TASK_CLASSES.no("\u0007ding!"))
        .isEqualTo(
            "\"?ding!\" is no task class; known are CODE_ANALYSIS, PARALLEL_SEARCH, SOLUTION_EXPLORATION, DISTRIBUTED_REVIEW,"
                + " and any other word of letters, digits and inner hyphens");
  }

  @Test
  void otherEnums_areTakenWithoutTheirPrefix() {
    Vocabulary<String> backoff = Spellings.of(Backoff.getDescriptor());
    assertThat(backoff.find("linear")).contains("BACKOFF_LINEAR");
    assertThat(backoff.find("BACKOFF_FIXED")).contains("BACKOFF_FIXED");
    assertThat(backoff.find("BACKOFF_UNSPECIFIED")).contains("BACKOFF_UNSPECIFIED");
    assertThat(backoff.no("exponental")).isEqualTo("\"exponental\" is no backoff, did you mean exponential?");
  }
}
