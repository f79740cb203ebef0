package io.infrafabric.cli.ifctl;

import io.infrafabric.coordinator.v1.ListTasksRequest;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskState;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** Lists tasks. */
@Command(name = "list", description = "List tasks, without payloads.")
final class TaskListVerb implements Callable<Integer> {
  private static final int PAGE = 500;

  @ParentCommand private TaskVerbs task;

  @Option(
      names = "--state",
      split = ",",
      converter = Flags.StateFlag.class,
      completionCandidates = Flags.StateWords.class,
      description = "${COMPLETION-CANDIDATES}; repeatable.")
  private List<Flags.States> states = List.of();

  @Option(names = "--class", converter = Flags.TaskClassFlag.class, paramLabel = "WORD", description = "Of this kind of work, such as code-analysis.")
  private String taskClass = "";

  @Option(names = {"-c", "--capability"}, split = ",", description = "Those that require it; of several, all of them.")
  private List<String> capabilities = List.of();

  @Option(names = "--label", paramLabel = "KEY=VALUE")
  private Map<String, String> labels = Map.of();

  @Option(names = {"--plan", "--parent"}, paramLabel = "PLAN", description = "Of this plan, or mapped into it.")
  private String plan;

  @Option(names = "--results", description = "With what they were completed with; -o json shows it.")
  private boolean results;

  @Option(names = "--awaits-approval", description = "Only those that wait for a named person.")
  private boolean awaitsApproval;

  @Option(names = "--limit", defaultValue = "100", description = "At most so many (default ${DEFAULT-VALUE}).")
  private int limit;

  @Option(names = "--watch", description = "All of them, then every change, until Ctrl-C.")
  private boolean watch;

  @Override
  public Integer call() {
    Set<TaskState> wanted = EnumSet.noneOf(TaskState.class);
    states.forEach(word -> wanted.addAll(word.any()));
    return watch ? task.follow(TaskVerbs.watching(List.of(), labels, plan), each -> matches(each, wanted)) : list(wanted);
  }

  private int list(Set<TaskState> wanted) {
    ListTasksRequest.Builder request =
        ListTasksRequest.newBuilder()
            .setPageSize(Math.clamp(limit, 1, PAGE))
            .addAllStates(wanted)
            .setTaskClass(taskClass)
            .addAllCapabilities(capabilities)
            .putAllLabels(labels)
            .setWithResults(results)
            .setAwaitsApproval(awaitsApproval);
    Optional.ofNullable(plan).ifPresent(request::setPlanId);
    return task.with(
        (clients, out) -> {
          List<Task> tasks = new ArrayList<>();
          do {
            var page = clients.tasks().listTasks(request.build());
            tasks.addAll(page.getTasksList());
            request.setPageToken(page.getNextPageToken());
          } while (!request.getPageToken().isEmpty() && tasks.size() < limit);
          List<Task> shown = tasks.subList(0, Math.min(limit, tasks.size()));
          out.showAll(shown, () -> Shown.tasks(shown));
          if (tasks.size() > limit || !request.getPageToken().isEmpty()) {
            System.err.println("there are more; --limit shows them.");
          }
        });
  }

  /** What the coordinator filters lists by and watches not. */
  private boolean matches(Task each, Set<TaskState> wanted) {
    String state = "TASK_STATE_" + each.getStateCase().name();
    return (wanted.isEmpty() || wanted.stream().anyMatch(any -> any.name().equals(state)))
        && (!awaitsApproval || each.getWaiting().getAwaitsApproval())
        && (taskClass.isEmpty() || taskClass.equals(each.getSpec().getTaskClass()))
        && each.getSpec().getRequiredCapabilitiesList().containsAll(capabilities);
  }
}
