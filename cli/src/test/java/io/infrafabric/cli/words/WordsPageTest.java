package io.infrafabric.cli.words;

import io.infrafabric.coordinator.v1.Priority;
import io.infrafabric.coordinator.v1.TaskState;
import io.infrafabric.testkit.GeneratedPage;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** docs/reference/words.md is made of the spellings. */
class WordsPageTest {
  private static final String HEAD =
      """
      # Words at the edges

      Generated from `Spellings`; do not edit. The contract has one word for each thing: on gRPC and NATS, in etcd and in what `ifctl` prints. What people and programs
      of before say for it is taken at the edges: by the flags of `ifctl` and in the files of tasks and plans ([tasks in files](task-file.md)). Upper and lower case,
      hyphens, underscores and blanks make no difference. A word that is none is refused, and the nearest ones are named.
      """;

  private static final String PRIORITIES =
      """

      ## Priorities
      The task board counts from 1, the highest, to 10, and gives 5 to a task that does not say. Those ten steps are these four; within one the oldest goes first. A
      number in a file or after `--priority` is always a step of the board, never a number of the contract's enum.

      | the contract | said | steps of the board |
      |---|---|---|
      """;

  private static final String CLASSES =
      """

      ## Classes
      The type of a task of the board is its `task_class`; any other word is one too, such as `documentation`. It is kept in lower case with hyphens.

      | of the board | kept as |
      |---|---|
      """;

  @Test
  void wordsPage_saysWhatTheSpellingsSay() {
    StringBuilder page = new StringBuilder(HEAD);
    page.append("\n## States\n`pending` is a task that nobody works on yet: it waits or is ready. What each state is stands in [task states](task-states.md).\n\n");
    page.append("| the contract | also said |\n|---|---|\n");
    for (TaskState state : EnumSet.complementOf(EnumSet.of(TaskState.UNRECOGNIZED, TaskState.TASK_STATE_UNSPECIFIED))) {
      String own = state.name().substring("TASK_STATE_".length());
      page.append("| %s | %s |\n".formatted(own, words(Spellings.STATES.told(), means -> means.contains(state), own)));
    }
    page.append(PRIORITIES);
    for (Priority priority : List.of(Priority.PRIORITY_CRITICAL, Priority.PRIORITY_HIGH, Priority.PRIORITY_MEDIUM, Priority.PRIORITY_LOW)) {
      String steps = Spellings.PRIORITIES.untold().entrySet().stream().filter(word -> word.getValue() == priority && word.getKey().matches("\\d+")).map(Map.Entry::getKey).collect(Collectors.joining(", "));
      page.append("| %s | %s | %s |\n".formatted(priority.name(), words(Spellings.PRIORITIES.told(), priority::equals, ""), steps));
    }
    page.append(CLASSES);
    Spellings.TASK_CLASSES.told().forEach((word, kept) -> page.append("| %s | `%s` |\n".formatted(word, kept)));
    GeneratedPage.check("words.md", page.toString(), WordsPageTest.class);
  }

  private static <T> String words(Map<String, T> told, Predicate<T> wanted, String own) {
    return told.entrySet().stream()
        .filter(word -> wanted.test(word.getValue()) && !word.getKey().toUpperCase(Locale.ROOT).equals(own))
        .map(word -> "`" + word.getKey() + "`")
        .collect(Collectors.joining(", "));
  }
}
