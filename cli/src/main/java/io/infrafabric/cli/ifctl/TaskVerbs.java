package io.infrafabric.cli.ifctl;

import io.infrafabric.cli.output.Table;
import io.infrafabric.coordinator.v1.CancelTaskRequest;
import io.infrafabric.coordinator.v1.ExplainTaskRequest;
import io.infrafabric.coordinator.v1.GetTaskRequest;
import io.infrafabric.coordinator.v1.ListTasksRequest;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskState;
import io.infrafabric.coordinator.v1.WatchTasksRequest;
import io.infrafabric.coordinator.v1.WatchTasksResponse;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** Tasks, for orchestrators and operators; those for swarms are {@link ClaimVerbs}. */
@Command(
    name = "task",
    description = "Put tasks in, look at them, and work on them.",
    synopsisSubcommandLabel = "VERB",
    subcommands = {
      SubmitVerb.class,
      WaitVerb.class,
      ResultVerb.class,
      OperatorVerbs.ApproveVerb.class,
      OperatorVerbs.OfferVerb.class,
      OperatorVerbs.ReassignVerb.class,
      OperatorVerbs.RequeueVerb.class,
      ClaimVerbs.ClaimVerb.class,
      ClaimVerbs.NextVerb.class,
      ClaimVerbs.ProgressVerb.class,
      ClaimVerbs.CompleteVerb.class,
      ClaimVerbs.FailVerb.class,
      ClaimVerbs.ReleaseVerb.class
    })
final class TaskVerbs {
  /** What an operator filters by, on the command line. */
  enum State {
    WAITING,
    READY,
    CLAIMED,
    PARKED,
    COMPLETED,
    FAILED,
    CANCELLED,
    QUARANTINED;

    TaskState proto() {
      return TaskState.valueOf("TASK_STATE_" + name());
    }

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  @ParentCommand private IfctlCommand ifctl;

  int with(java.util.function.BiConsumer<io.infrafabric.cli.fabric.FabricClients, io.infrafabric.cli.output.Output> verb) {
    return ifctl.with(verb);
  }

  @Command(name = "get", description = "Show a task; -o json shows its attempts, payload and result too (bytes in base64).")
  int get(
      @Parameters(paramLabel = "TASK") String taskId,
      @Option(names = "--watch", description = "Then every change, until Ctrl-C.") boolean watch) {
    if (watch) {
      return follow(WatchTasksRequest.newBuilder().addTaskIds(taskId).build(), List.of());
    }
    return ifctl.with(
        (clients, out) -> {
          Task task = clients.tasks().getTask(GetTaskRequest.newBuilder().setTaskId(taskId).build()).getTask();
          out.show(task, () -> Shown.tasks(List.of(task)));
        });
  }

  @Command(name = "list", description = "List tasks, without payloads and results.")
  int list(
      @Option(names = "--state", split = ",", description = "${COMPLETION-CANDIDATES}") List<State> states,
      @Option(names = "--label", paramLabel = "KEY=VALUE") Map<String, String> labels,
      @Option(names = "--plan") String plan,
      @Option(names = "--limit", defaultValue = "100", description = "At most so many (default ${DEFAULT-VALUE}).") int limit,
      @Option(names = "--watch", description = "All of them, then every change, until Ctrl-C.") boolean watch) {
    if (watch) {
      return follow(watching(List.of(), labels, plan), Optional.ofNullable(states).orElse(List.of()));
    }
    ListTasksRequest.Builder request = ListTasksRequest.newBuilder().setPageSize(Math.clamp(limit, 1, 500));
    Optional.ofNullable(states).ifPresent(wanted -> wanted.forEach(state -> request.addStates(state.proto())));
    Optional.ofNullable(labels).ifPresent(request::putAllLabels);
    Optional.ofNullable(plan).ifPresent(request::setPlanId);
    return ifctl.with(
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

  @Command(name = "watch", description = "Show tasks and every change, until Ctrl-C.")
  int watch(
      @Parameters(paramLabel = "TASK", arity = "0..*", description = "Only these.") List<String> taskIds,
      @Option(names = "--label", paramLabel = "KEY=VALUE") Map<String, String> labels,
      @Option(names = "--plan") String plan) {
    return follow(watching(Optional.ofNullable(taskIds).orElse(List.of()), labels, plan), List.of());
  }

  private static WatchTasksRequest watching(List<String> taskIds, Map<String, String> labels, String plan) {
    WatchTasksRequest.Builder request = WatchTasksRequest.newBuilder().addAllTaskIds(taskIds);
    Optional.ofNullable(labels).ifPresent(request::putAllLabels);
    Optional.ofNullable(plan).ifPresent(request::setPlanId);
    return request.build();
  }

  /**
   * @param states only these; all when empty
   */
  private int follow(WatchTasksRequest request, List<State> states) {
    return ifctl.with(
        (clients, out) -> {
          Iterator<WatchTasksResponse> changes = clients.tasks().watchTasks(request);
          while (changes.hasNext()) {
            WatchTasksResponse change = changes.next();
            String state = change.getTask().getStateCase().name();
            if (states.isEmpty() || states.stream().anyMatch(wanted -> wanted.name().equals(state))) {
              out.next(change, () -> Shown.line(change.getTask()));
            }
          }
        });
  }

  @Command(name = "explain", description = "Say why a task does not run: what holds it back, and what each swarm lacks.")
  int explain(
      @Parameters(paramLabel = "TASK") String taskId,
      @Option(names = "--swarm", paramLabel = "SWARM", description = "Only about this swarm; may be given again.") List<String> swarms) {
    ExplainTaskRequest.Builder request = ExplainTaskRequest.newBuilder().setTaskId(taskId);
    Optional.ofNullable(swarms).ifPresent(request::addAllSwarmIds);
    return ifctl.with(
        (clients, out) -> {
          var explained = clients.tasks().explainTask(request.build());
          out.show(explained, () -> Shown.explanation(taskId, explained));
        });
  }

  @Command(name = "cancel", description = "End a task that has not ended.")
  int cancel(
      @Parameters(paramLabel = "TASK") String taskId,
      @Option(names = "--reason", defaultValue = "cancelled with ifctl") String reason,
      @Mixin RequestId requestId) {
    CancelTaskRequest request =
        CancelTaskRequest.newBuilder().setRequestId(requestId.value()).setTaskId(taskId).setReason(reason).build();
    return ifctl.with(
        (clients, out) -> {
          Task task = clients.tasks().cancelTask(request).getTask();
          out.show(task, () -> Table.of("TASK", "STATE").row(task.getSpec().getTaskId(), task.getStateCase()));
        });
  }
}
