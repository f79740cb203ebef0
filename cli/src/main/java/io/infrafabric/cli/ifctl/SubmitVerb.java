package io.infrafabric.cli.ifctl;

import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import com.google.protobuf.Timestamp;
import io.infrafabric.cli.fabric.FabricClients;
import io.infrafabric.cli.output.Money;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.Priority;
import io.infrafabric.coordinator.v1.SubmitTaskRequest;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.error.Refusal;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** Puts one task in. */
@Command(name = "submit", description = "Put a task in.")
final class SubmitVerb implements Callable<Integer> {
  /** Urgency, on the command line. */
  enum Urgency {
    LOW,
    MEDIUM,
    HIGH,
    CRITICAL;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  @ParentCommand private TaskVerbs task;

  @Parameters(arity = "0..1", paramLabel = "TASK", description = "Its id; made when not given.")
  private String taskId;

  @Option(names = {"-c", "--capability"}, split = ",", description = "What a swarm needs to be able to do; repeatable.")
  private List<String> capabilities;

  @Option(names = "--owner", split = ",", paramLabel = "SWARM", description = "To whom it belongs: nobody else may claim it; repeatable.")
  private List<String> owners;

  @Option(names = "--max-cost", required = true, converter = Flags.MoneyFlag.class, paramLabel = "USD", description = "Such as 0.25.")
  private Money maxCost;

  @Option(names = "--payload", paramLabel = "TEXT")
  private String payload;

  @Option(names = "--payload-file", paramLabel = "FILE", description = "- is standard input; above 64 KiB it goes to the object store.")
  private Path payloadFile;

  @Option(names = "--priority", defaultValue = "medium", description = "${COMPLETION-CANDIDATES}; medium by default.")
  private Urgency urgency;

  @Option(names = "--depends-on", split = ",", paramLabel = "TASK")
  private List<String> dependsOn;

  @Option(names = "--label", paramLabel = "KEY=VALUE")
  private Map<String, String> labels;

  @Option(names = "--max-attempts", paramLabel = "N")
  private int maxAttempts;

  @Option(names = "--retry-backoff", converter = Flags.SpanFlag.class, paramLabel = "SPAN", description = "Such as 500ms or 5s.")
  private Duration retryBackoff;

  @Mixin private RetryFlags retry;

  @Option(names = "--progress-timeout", converter = Flags.SpanFlag.class, paramLabel = "SPAN", description = "Taken back when no progress is reported for so long.")
  private Duration progressTimeout;

  @Option(names = "--deadline", converter = Flags.TimeFlag.class, paramLabel = "TIME", description = "Cancelled when not completed by then.")
  private Timestamp deadline;

  @Option(names = "--needs-approval", description = "Not claimable before 'ifctl task approve'.")
  private boolean needsApproval;

  @Option(names = "--not-before", converter = Flags.TimeFlag.class, paramLabel = "TIME", description = "Such as 2026-01-31T12:00:00Z.")
  private Timestamp notBefore;

  @Option(names = "--min-reputation", paramLabel = "MILLIS", description = "In thousandths.")
  private int minReputation;

  @Option(names = "--min-skill", paramLabel = "CAPABILITY=LEVEL", description = "Who is less good at it is taken for one who cannot do it: novice, intermediate, advanced or expert.")
  private Map<String, Flags.Skill> minSkills;

  @Option(names = "--class", paramLabel = "WORD", description = "Such as documentation or security: which models are offered it first.")
  private String taskClass;

  @Option(names = "--plan", paramLabel = "PLAN")
  private String plan;

  @Mixin private RequestId requestId;

  @Override
  public Integer call() {
    return task.with(
        (clients, out) -> {
          TaskSpec.Builder spec = spec();
          payload(spec, clients);
          SubmitTaskRequest request = SubmitTaskRequest.newBuilder().setRequestId(requestId.value()).setSpec(spec).build();
          var response = clients.tasks().submitTask(request);
          Task submitted = response.getTask();
          if (!response.getCreated()) {
            System.err.println("it was there already.");
          }
          out.show(response, () -> Shown.tasks(List.of(submitted)));
        });
  }

  private TaskSpec.Builder spec() {
    TaskSpec.Builder spec =
        TaskSpec.newBuilder()
            .setMaxCostMicros(maxCost.micros())
            .setPriority(Priority.valueOf("PRIORITY_" + urgency.name()))
            .setMaxAttempts(maxAttempts)
            .setMinReputationMillis(minReputation)
            .setNeedsApproval(needsApproval);
    Optional.ofNullable(taskId).ifPresent(spec::setTaskId);
    Optional.ofNullable(capabilities).ifPresent(spec::addAllRequiredCapabilities);
    Optional.ofNullable(owners).ifPresent(spec::addAllOwnerSwarmIds);
    Optional.ofNullable(dependsOn).ifPresent(spec::addAllDependsOn);
    Optional.ofNullable(labels).ifPresent(spec::putAllLabels);
    Optional.ofNullable(retryBackoff).ifPresent(spec::setRetryBackoff);
    Optional.ofNullable(notBefore).ifPresent(spec::setNotBefore);
    Optional.ofNullable(progressTimeout).ifPresent(spec::setProgressTimeout);
    Optional.ofNullable(deadline).ifPresent(spec::setDeadline);
    retry.policy().ifPresent(spec::setRetry);
    spec.putAllMinSkills(Flags.Skill.levels(minSkills));
    Optional.ofNullable(taskClass).ifPresent(spec::setTaskClass);
    Optional.ofNullable(plan).ifPresent(spec::setPlanId);
    return spec;
  }

  private void payload(TaskSpec.Builder spec, FabricClients clients) {
    if (payload != null && payloadFile != null) {
      throw Refusal.of(ErrorCode.ERROR_CODE_INVALID_ARGUMENT, "--payload and --payload-file exclude each other").asException();
    }
    if (payload != null) {
      spec.setPayload(ByteString.copyFromUtf8(payload));
    } else if (payloadFile != null) {
      try (Content content = Content.of(payloadFile)) {
        if (content.isSmall()) {
          spec.setPayload(content.bytes());
        } else {
          spec.setPayloadObject(content.stored(clients));
        }
      }
    }
  }
}
