package io.infrafabric.cli.ifctl;

import io.infrafabric.cli.fabric.FabricClients;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.Completed;
import io.infrafabric.coordinator.v1.GetTaskRequest;
import io.infrafabric.coordinator.v1.Task;
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
          Task found = clients.tasks().getTask(GetTaskRequest.newBuilder().setTaskId(taskId).build()).getTask();
          if (!found.hasCompleted()) {
            throw Refusal.of(ErrorCode.ERROR_CODE_TASK_NOT_READY, "task " + taskId + " is " + found.getStateCase() + ", it has no result").asException();
          }
          write(found.getCompleted(), clients);
        });
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
