package io.infrafabric.cli.ifctl;

import io.infrafabric.cli.fabric.TaskFile;
import io.infrafabric.cli.output.Table;
import io.infrafabric.coordinator.v1.CancelTaskRequest;
import io.infrafabric.coordinator.v1.ExplainTaskRequest;
import io.infrafabric.coordinator.v1.GetTaskRequest;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.WatchTasksRequest;
import io.infrafabric.coordinator.v1.WatchTasksResponse;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
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
      TaskListVerb.class,
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
  @ParentCommand private IfctlCommand ifctl;

  int with(java.util.function.BiConsumer<io.infrafabric.cli.fabric.FabricClients, io.infrafabric.cli.output.Output> verb) {
    return ifctl.with(verb);
  }

  @Command(name = "get", description = "Show a task; -o json shows its attempts, payload and result too (bytes in base64).")
  int get(
      @Parameters(paramLabel = "TASK") String taskId,
      @Option(names = "--watch", description = "Then every change, until Ctrl-C.") boolean watch) {
    if (watch) {
      return follow(WatchTasksRequest.newBuilder().addTaskIds(taskId).build(), task -> true);
    }
    return ifctl.with(
        (clients, out) -> {
          Task task = clients.tasks().getTask(GetTaskRequest.newBuilder().setTaskId(taskId).build()).getTask();
          out.show(task, () -> Shown.tasks(List.of(task)));
        });
  }

  @Command(name = "schema", description = "Print the JSON Schema of the file that 'task submit -f' takes.")
  void schema() {
    ifctl.show(out -> out.out().println(TaskFile.text(TaskFile.schema())));
  }

  @Command(name = "watch", description = "Show tasks and every change, until Ctrl-C.")
  int watch(
      @Parameters(paramLabel = "TASK", arity = "0..*", description = "Only these.") List<String> taskIds,
      @Option(names = "--label", paramLabel = "KEY=VALUE") Map<String, String> labels,
      @Option(names = "--plan") String plan) {
    return follow(watching(Optional.ofNullable(taskIds).orElse(List.of()), labels, plan), task -> true);
  }

  /** What of the tasks a watch is asked for. */
  static WatchTasksRequest watching(List<String> taskIds, Map<String, String> labels, String plan) {
    WatchTasksRequest.Builder request = WatchTasksRequest.newBuilder().addAllTaskIds(taskIds);
    Optional.ofNullable(labels).ifPresent(request::putAllLabels);
    Optional.ofNullable(plan).ifPresent(request::setPlanId);
    return request.build();
  }

  /** Shows what is there and every change of it. */
  int follow(WatchTasksRequest request, Predicate<Task> wanted) {
    return ifctl.with(
        (clients, out) -> {
          Iterator<WatchTasksResponse> changes = clients.tasks().watchTasks(request);
          while (changes.hasNext()) {
            WatchTasksResponse change = changes.next();
            if (wanted.test(change.getTask())) {
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
