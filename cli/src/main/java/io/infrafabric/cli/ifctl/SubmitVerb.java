package io.infrafabric.cli.ifctl;

import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import com.google.protobuf.Timestamp;
import io.infrafabric.cli.fabric.FabricClients;
import io.infrafabric.cli.fabric.TaskFile;
import io.infrafabric.cli.output.Money;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.Priority;
import io.infrafabric.coordinator.v1.SubmitTaskRequest;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.error.Refusal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** Puts one task in. */
@Command(
    name = "submit",
    description = {"Put a task in: by flags, by a file with the names of TaskSpec in task.proto, or by both; what the flags say goes before the file.", ""})
final class SubmitVerb implements Callable<Integer> {
  @ParentCommand private TaskVerbs task;

  @Parameters(arity = "0..1", paramLabel = "TASK", description = "Its id; made when not given.")
  private String taskId;

  @Option(
      names = {"-f", "--file"},
      paramLabel = "FILE",
      description = "The task in YAML or JSON, also as 'task get -o json' prints it; - is standard input. What flags say goes before it.")
  private Path file;

  @Option(names = {"-c", "--capability"}, split = ",", description = "What a swarm needs to be able to do; repeatable.")
  private List<String> capabilities;

  @Option(names = "--owner", split = ",", paramLabel = "SWARM", description = "To whom it belongs: nobody else may claim it; repeatable.")
  private List<String> owners;

  @Option(names = "--exclude", split = ",", paramLabel = "SWARM", description = "Who may not claim it; repeatable.")
  private List<String> excluded;

  @Option(names = "--max-cost", converter = Flags.MoneyFlag.class, paramLabel = "USD", description = "Such as 0.25; needed without a file.")
  private Money maxCost;

  @Option(names = "--payload", paramLabel = "TEXT")
  private String payload;

  @Option(names = "--payload-file", paramLabel = "FILE", description = "- is standard input; above 64 KiB it goes to the object store.")
  private Path payloadFile;

  @Option(names = "--payload-object", paramLabel = "SHA256", description = "Content that was put with 'ifctl object put'.")
  private String payloadObject;

  @Option(
      names = "--priority",
      converter = Flags.PriorityFlag.class,
      completionCandidates = Flags.PriorityWords.class,
      description = "${COMPLETION-CANDIDATES}, or 1 (the highest) to 10; medium by default.")
  private Priority priority;

  @Option(names = "--depends-on", split = ",", paramLabel = "TASK")
  private List<String> dependsOn;

  @Option(names = "--label", paramLabel = "KEY=VALUE")
  private Map<String, String> labels;

  @Option(names = "--max-attempts", paramLabel = "N")
  private Integer maxAttempts;

  @Option(names = "--retry-backoff", converter = Flags.SpanFlag.class, paramLabel = "SPAN", description = "Such as 500ms or 5s.")
  private Duration retryBackoff;

  @Mixin private RetryFlags retry;

  @Option(names = "--expected-duration", converter = Flags.SpanFlag.class, paramLabel = "SPAN", description = "How long an attempt is thought to take.")
  private Duration expectedDuration;

  @Option(names = "--progress-timeout", converter = Flags.SpanFlag.class, paramLabel = "SPAN", description = "Taken back when no progress is reported for so long.")
  private Duration progressTimeout;

  @Option(names = "--deadline", converter = Flags.TimeFlag.class, paramLabel = "TIME", description = "Cancelled when not completed by then.")
  private Timestamp deadline;

  @Option(names = "--needs-approval", description = "Not claimable before 'ifctl task approve'.")
  private boolean needsApproval;

  @Option(names = "--approvals", paramLabel = "N", description = "So many have to approve it, each once.")
  private Integer approvals;

  @Option(names = "--approver", split = ",", paramLabel = "NAME", description = "A person whose approval counts; any when none is named.")
  private List<String> approvers = List.of();

  @Option(names = "--approver-swarm", split = ",", paramLabel = "SWARM", description = "A swarm that signs it off.")
  private List<String> approverSwarms = List.of();

  @Option(names = "--not-before", converter = Flags.TimeFlag.class, paramLabel = "TIME", description = "Such as 2026-01-31T12:00:00Z.")
  private Timestamp notBefore;

  @Option(names = "--min-reputation", paramLabel = "MILLIS", description = "In thousandths.")
  private Integer minReputation;

  @Option(names = "--min-skill", paramLabel = "CAPABILITY=LEVEL", description = "Who is less good at it is taken for one who cannot do it: novice, intermediate, advanced or expert.")
  private Map<String, Flags.Skill> minSkills;

  @Option(names = "--class", converter = Flags.TaskClassFlag.class, paramLabel = "WORD", description = "The kind of work, such as code-analysis: which models are offered it first.")
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

  /** What the file says, and instead of it what flags say. */
  TaskSpec.Builder spec() {
    if (file == null && maxCost == null) {
      throw invalid("--max-cost is missing: say what the task may cost at most, or give a file with -f");
    }
    TaskSpec.Builder spec = file == null ? TaskSpec.newBuilder() : TaskFile.read(file.toString(), new String(Flags.content(file), StandardCharsets.UTF_8)).toBuilder();
    given(taskId, spec::setTaskId);
    given(maxCost, cost -> spec.setMaxCostMicros(cost.micros()));
    given(priority, spec::setPriority);
    given(maxAttempts, spec::setMaxAttempts);
    given(minReputation, spec::setMinReputationMillis);
    given(minSkills, skills -> spec.clearMinSkills().putAllMinSkills(Flags.Skill.levels(skills)));
    given(capabilities, words -> spec.clearRequiredCapabilities().addAllRequiredCapabilities(words));
    given(owners, swarms -> spec.clearOwnerSwarmIds().addAllOwnerSwarmIds(swarms));
    given(excluded, swarms -> spec.clearExcludeSwarmIds().addAllExcludeSwarmIds(swarms));
    given(dependsOn, tasks -> spec.clearDependsOn().addAllDependsOn(tasks));
    given(labels, spec::putAllLabels);
    given(expectedDuration, spec::setExpectedDuration);
    given(notBefore, spec::setNotBefore);
    given(progressTimeout, spec::setProgressTimeout);
    given(deadline, spec::setDeadline);
    given(taskClass, spec::setTaskClass);
    given(plan, spec::setPlanId);
    if (needsApproval || approvals != null || !approvers.isEmpty() || !approverSwarms.isEmpty()) {
      spec.setNeedsApproval(true).addAllApprovers(approvers).addAllApproverSwarmIds(approverSwarms);
    }
    given(approvals, spec::setApprovalsNeeded);
    retries(spec);
    return spec;
  }

  /** One way to retry takes the place of the other. */
  private void retries(TaskSpec.Builder spec) {
    if (retryBackoff != null || retry.policy().isPresent()) {
      spec.clearRetryBackoff().clearRetry();
    }
    given(retryBackoff, spec::setRetryBackoff);
    retry.policy().ifPresent(spec::setRetry);
  }

  private static <T> void given(T value, Consumer<T> use) {
    if (value != null) {
      use.accept(value);
    }
  }

  private static RuntimeException invalid(String why) {
    return Refusal.of(ErrorCode.ERROR_CODE_INVALID_ARGUMENT, why).asException();
  }

  private void payload(TaskSpec.Builder spec, FabricClients clients) {
    if (Stream.of(payload, payloadFile, payloadObject).filter(Objects::nonNull).count() > 1) {
      throw invalid("--payload, --payload-file and --payload-object exclude each other");
    }
    if (payload != null) {
      spec.clearPayloadObject().setPayload(ByteString.copyFromUtf8(payload));
    } else if (payloadObject != null) {
      spec.clearPayload().setPayloadObject(clients.objects().find(payloadObject));
    } else if (payloadFile != null) {
      try (Content content = Content.of(payloadFile)) {
        if (content.isSmall()) {
          spec.clearPayloadObject().setPayload(content.bytes());
        } else {
          spec.clearPayload().setPayloadObject(content.stored(clients));
        }
      }
    }
  }
}
