package io.infrafabric.cli.ifctl;

import com.google.protobuf.ByteString;
import io.infrafabric.cli.fabric.FabricClients;
import io.infrafabric.cli.output.Money;
import io.infrafabric.cli.output.Table;
import io.infrafabric.coordinator.v1.ClaimNextRequest;
import io.infrafabric.coordinator.v1.ClaimTaskRequest;
import io.infrafabric.coordinator.v1.CompleteTaskRequest;
import io.infrafabric.coordinator.v1.FailTaskRequest;
import io.infrafabric.coordinator.v1.ObjectClaim;
import io.infrafabric.coordinator.v1.ReleaseTaskRequest;
import io.infrafabric.coordinator.v1.ReportProgressRequest;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** The verbs of {@code task} with which a swarm works. */
final class ClaimVerbs {
  private ClaimVerbs() {}

  /** Who claims. */
  static final class Claimant {
    @Option(names = "--swarm", required = true)
    private String swarm;

    @Option(names = "--session", required = true, description = "As `session open` gave it.")
    private String session;

    @Option(names = "--agent", defaultValue = "", description = "Label of the member that will work on it.")
    private String agent;
  }

  /** The claim that a report is about. */
  static final class Held {
    @Parameters(paramLabel = "TASK")
    private String taskId;

    @Option(names = "--swarm", required = true)
    private String swarm;

    @Option(names = "--fence", required = true, description = "As the claim gave it.")
    private long fence;
  }

  /** What an attempt cost. */
  static final class Cost {
    @Option(names = "--cost", converter = Flags.MoneyFlag.class, paramLabel = "USD", defaultValue = "0", description = "Such as 0.003.")
    private Money cost;
  }

  /** Claims one task. */
  @Command(name = "claim", description = "Claim a task.")
  static final class ClaimVerb implements Callable<Integer> {
    @ParentCommand private TaskVerbs task;

    @Parameters(paramLabel = "TASK")
    private String taskId;

    @Mixin private Claimant by;
    @Mixin private RequestId requestId;

    @Override
    public Integer call() {
      ClaimTaskRequest request =
          ClaimTaskRequest.newBuilder()
              .setRequestId(requestId.value())
              .setTaskId(taskId)
              .setSwarmId(by.swarm)
              .setSessionId(by.session)
              .setAgent(by.agent)
              .build();
      return task.with(
          (clients, out) -> {
            var claim = clients.claims().claimTask(request).getClaim();
            out.show(claim, () -> Shown.claim(claim));
          });
    }
  }

  /** Claims what is next. */
  @Command(name = "next", description = "Claim the first ready task that the swarm may have.")
  static final class NextVerb implements Callable<Integer> {
    @ParentCommand private TaskVerbs task;
    @Mixin private Claimant by;
    @Mixin private RequestId requestId;

    @Override
    public Integer call() {
      ClaimNextRequest request =
          ClaimNextRequest.newBuilder()
              .setRequestId(requestId.value())
              .setSwarmId(by.swarm)
              .setSessionId(by.session)
              .setAgent(by.agent)
              .build();
      return task.with(
          (clients, out) -> {
            var claim = clients.claims().claimNext(request).getClaim();
            out.show(claim, () -> Shown.claim(claim));
          });
    }
  }

  /** Reports progress. */
  @Command(name = "progress", description = "Report progress on a claim.")
  static final class ProgressVerb implements Callable<Integer> {
    @ParentCommand private TaskVerbs task;
    @Mixin private Held held;

    @Option(names = "--percent")
    private int percent;

    @Option(names = "--note", defaultValue = "")
    private String note;

    @Option(names = "--checkpoint-file", paramLabel = "FILE", description = "Keep this with the task, at most 16 KiB; - is standard input.")
    private Path checkpoint;

    @Mixin private RequestId requestId;

    @Override
    public Integer call() {
      ReportProgressRequest.Builder request =
          ReportProgressRequest.newBuilder()
              .setRequestId(requestId.value())
              .setTaskId(held.taskId)
              .setSwarmId(held.swarm)
              .setFence(held.fence)
              .setPercent(percent)
              .setNote(note);
      return task.with(
          (clients, out) -> {
            Optional.ofNullable(checkpoint).ifPresent(file -> request.setCheckpoint(Content.small(file)));
            var response = clients.claims().reportProgress(request.build());
            out.show(response, () -> Table.of("TASK", "PERCENT", "REVISION").row(held.taskId, percent, response.getRevision()));
          });
    }
  }

  /** Ends a claim with a result. */
  @Command(name = "complete", description = "End a claim with a result.")
  static final class CompleteVerb implements Callable<Integer> {
    @ParentCommand private TaskVerbs task;
    @Mixin private Held held;
    @Mixin private Cost cost;

    @Option(names = "--result", paramLabel = "TEXT")
    private String result;

    @Option(names = "--result-file", paramLabel = "FILE", description = "- is standard input; above 64 KiB it goes to the object store.")
    private Path resultFile;

    @Mixin private RequestId requestId;

    @Override
    public Integer call() {
      CompleteTaskRequest.Builder request =
          CompleteTaskRequest.newBuilder()
              .setRequestId(requestId.value())
              .setTaskId(held.taskId)
              .setSwarmId(held.swarm)
              .setFence(held.fence)
              .setCostMicros(cost.cost.micros());
      Optional.ofNullable(result).map(ByteString::copyFromUtf8).ifPresent(request::setResult);
      return task.with(
          (clients, out) -> {
            Optional.ofNullable(resultFile).ifPresent(file -> result(request, file, clients));
            var response = clients.claims().completeTask(request.build());
            out.show(
                response,
                () -> Table.of("TASK", "STATE", "COST", "REVISION").row(held.taskId, "COMPLETED", cost.cost, response.getRevision()));
          });
    }
  }

  private static void result(CompleteTaskRequest.Builder request, Path file, FabricClients clients) {
    try (Content content = Content.of(file)) {
      if (content.isSmall()) {
        request.setResult(content.bytes());
      } else {
        ObjectClaim claim =
            ObjectClaim.newBuilder().setTaskId(request.getTaskId()).setSwarmId(request.getSwarmId()).setFence(request.getFence()).build();
        request.setResultObject(content.storedResult(clients, claim));
      }
    }
  }

  /** Ends a claim without a result. */
  @Command(name = "fail", description = "End a claim without a result; it is tried again if it may be.")
  static final class FailVerb implements Callable<Integer> {
    @ParentCommand private TaskVerbs task;
    @Mixin private Held held;
    @Mixin private Cost cost;

    @Option(names = "--reason", required = true)
    private String reason;

    @Option(names = "--final", description = "It can never succeed: do not try again.")
    private boolean isFinal;

    @Mixin private RequestId requestId;

    @Override
    public Integer call() {
      FailTaskRequest request =
          FailTaskRequest.newBuilder()
              .setRequestId(requestId.value())
              .setTaskId(held.taskId)
              .setSwarmId(held.swarm)
              .setFence(held.fence)
              .setReason(reason)
              .setRetryable(!isFinal)
              .setCostMicros(cost.cost.micros())
              .build();
      return task.with(
          (clients, out) -> {
            var response = clients.claims().failTask(request);
            out.show(
                response,
                () -> Table.of("TASK", "STATE", "REVISION").row(held.taskId, Shown.word(response.getState()), response.getRevision()));
          });
    }
  }

  /** Gives a task back. */
  @Command(name = "release", description = "Give a task back undone.")
  static final class ReleaseVerb implements Callable<Integer> {
    @ParentCommand private TaskVerbs task;
    @Mixin private Held held;
    @Mixin private Cost cost;

    @Option(names = "--reason", defaultValue = "released with ifctl")
    private String reason;

    @Mixin private RequestId requestId;

    @Override
    public Integer call() {
      ReleaseTaskRequest request =
          ReleaseTaskRequest.newBuilder()
              .setRequestId(requestId.value())
              .setTaskId(held.taskId)
              .setSwarmId(held.swarm)
              .setFence(held.fence)
              .setReason(reason)
              .setCostMicros(cost.cost.micros())
              .build();
      return task.with(
          (clients, out) -> {
            var response = clients.claims().releaseTask(request);
            out.show(
                response,
                () -> Table.of("TASK", "STATE", "REVISION").row(held.taskId, Shown.word(response.getState()), response.getRevision()));
          });
    }
  }
}
