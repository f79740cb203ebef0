package io.infrafabric.cli.ifctl;

import io.infrafabric.cli.fabric.FabricClients;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.Completed;
import io.infrafabric.coordinator.v1.GetTaskRequest;
import io.infrafabric.coordinator.v1.GetTaskResponse;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskSight;
import io.infrafabric.error.Refusal;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** The result of a completed task, as it is. */
@Command(name = "result", description = "Write the result of a completed task, byte for byte.")
final class ResultVerb implements Callable<Integer> {
  @ParentCommand private TaskVerbs task;

  @Parameters(paramLabel = "TASK")
  private String taskId;

  @Option(names = "--to", paramLabel = "FILE", description = "Instead of standard output.")
  private Path file;

  @Override
  public Integer call() {
    return task.with(
        (clients, out) -> {
          GetTaskResponse response = clients.tasks().getTask(GetTaskRequest.newBuilder().setTaskId(taskId).build());
          Task found = response.getTask();
          if (!found.hasCompleted()) {
            throw Refusal.of(ErrorCode.ERROR_CODE_TASK_NOT_READY, "task " + taskId + " is " + found.getStateCase() + ", it has no result").asException();
          }
          requireSeen(response.getSight());
          write(found.getCompleted(), clients);
        });
  }

  /** A result that is kept from the caller is not one without content. */
  private void requireSeen(TaskSight sight) {
    if (sight == TaskSight.TASK_SIGHT_OUTSIDE || sight == TaskSight.TASK_SIGHT_SPEC) {
      throw Refusal.of(
              ErrorCode.ERROR_CODE_PERMISSION_DENIED, "the result of task " + taskId + " is for the swarm that holds a task right after it, or that it helped")
          .with("task_id", taskId)
          .asException();
    }
  }

  private void write(Completed completed, FabricClients clients) {
    try (OutputStream out = file == null ? System.out : Files.newOutputStream(file)) {
      if (completed.hasResultObject()) {
        clients.objects().get(completed.getResultObject().getSha256(), out);
      } else {
        completed.getResult().writeTo(out);
      }
      out.flush();
    } catch (IOException failure) {
      throw new UncheckedIOException("the result cannot be written", failure);
    }
  }
}
