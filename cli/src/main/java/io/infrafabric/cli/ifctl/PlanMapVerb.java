package io.infrafabric.cli.ifctl;

import com.google.protobuf.ByteString;
import io.infrafabric.cli.fabric.RequestStream;
import io.infrafabric.cli.output.Money;
import io.infrafabric.cli.output.Table;
import io.infrafabric.coordinator.v1.MapTasksRequest;
import io.infrafabric.coordinator.v1.MapTasksResponse;
import io.infrafabric.coordinator.v1.PlanServiceGrpc;
import io.infrafabric.coordinator.v1.Priority;
import io.infrafabric.coordinator.v1.Stragglers;
import io.infrafabric.coordinator.v1.TaskSpec;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** Fills a phase of a plan, a line a task; sends as quickly as the coordinator takes it. */
@Command(name = "map", description = "Fill a plan with a task for each line of a file.")
final class PlanMapVerb implements Callable<Integer> {
  private static final int MESSAGE_BYTES = 256 * 1024;
  private static final int MESSAGE_LINES = 1_000;

  @ParentCommand private PlanVerbs plan;

  @Parameters(index = "0", paramLabel = "PLAN", description = "Its id; a plan of one phase is made when there is none.")
  private String planId;

  @Parameters(index = "1", paramLabel = "FILE", description = "A payload a line; - is standard input.")
  private Path file;

  @Option(names = "--phase", paramLabel = "PHASE", description = "The phase that is declared as mapped; map by default.")
  private String phase;

  @Option(names = {"-c", "--capability"}, split = ",", description = "What a swarm needs to be able to do; repeatable.")
  private List<String> capabilities;

  @Option(names = "--max-cost", required = true, converter = Flags.MoneyFlag.class, paramLabel = "USD", description = "Of each task, such as 0.25.")
  private Money maxCost;

  @Option(
      names = "--priority",
      defaultValue = "medium",
      converter = Flags.PriorityFlag.class,
      completionCandidates = Flags.PriorityWords.class,
      description = "${COMPLETION-CANDIDATES}, or 1 (the highest) to 10; medium by default.")
  private Priority priority;

  @Option(names = "--class", converter = Flags.TaskClassFlag.class, paramLabel = "WORD", description = "The kind of work, such as code-analysis.")
  private String taskClass;

  @Option(names = "--max-attempts", paramLabel = "N")
  private int maxAttempts;

  @Option(
      names = "--straggler-factor",
      paramLabel = "PERCENT",
      description = "A line that takes longer than this share of the median, such as 200, is given to a second swarm too; never by default.")
  private Integer stragglerFactor;

  @Option(names = "--straggler-after", paramLabel = "N", description = "So many lines must be done first; 5 by default. Alone it means --straggler-factor 200.")
  private Integer stragglerAfter;

  @Mixin private RequestId requestId;

  @Override
  public Integer call() {
    return plan.with(
        (clients, out) -> {
          MapTasksResponse response = send(clients.planStreams());
          out.show(response, () -> Table.of("PLAN", "CHILDREN").row(response.getPlanId(), response.getChildren()));
        });
  }

  private MapTasksRequest.Builder first() throws IOException {
    TaskSpec.Builder template =
        TaskSpec.newBuilder()
            .setMaxCostMicros(maxCost.micros())
            .setPriority(priority)
            .setMaxAttempts(maxAttempts);
    Optional.ofNullable(capabilities).ifPresent(template::addAllRequiredCapabilities);
    Optional.ofNullable(taskClass).ifPresent(template::setTaskClass);
    MapTasksRequest.Builder first = MapTasksRequest.newBuilder().setRequestId(requestId.value()).setPlanId(planId).setTemplate(template);
    Optional.ofNullable(phase).ifPresent(first::setPhase);
    if (Files.isRegularFile(file)) {
      first.setChildren(count());
    }
    if (stragglerFactor != null || stragglerAfter != null) {
      first.setStragglers(
          Stragglers.newBuilder()
              .setFactorPercent(Optional.ofNullable(stragglerFactor).orElse(0))
              .setMinCompleted(Optional.ofNullable(stragglerAfter).orElse(0)));
    }
    return first;
  }

  private MapTasksResponse send(PlanServiceGrpc.PlanServiceStub plans) {
    RequestStream<MapTasksRequest, MapTasksResponse> stream = new RequestStream<>("the mapping");
    plans.mapTasks(stream);
    try (BufferedReader lines = lines()) {
      MapTasksRequest.Builder next = first();
      int bytes = 0;
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        ByteString payload = ByteString.copyFromUtf8(line);
        if (next.getPayloadsCount() == MESSAGE_LINES || (next.getPayloadsCount() > 0 && bytes + payload.size() > MESSAGE_BYTES)) {
          if (!stream.send(next.build())) {
            return stream.answer();
          }
          next = MapTasksRequest.newBuilder();
          bytes = 0;
        }
        next.addPayloads(payload);
        bytes += payload.size();
      }
      if (stream.send(next.build())) {
        stream.end();
      }
      return stream.answer();
    } catch (IOException e) {
      throw new UncheckedIOException("%s cannot be read (%s)".formatted(file, e.getClass().getSimpleName()), e);
    }
  }

  /** Lines of a file that can be read twice: too many are refused then before one of them is sent. */
  private int count() throws IOException {
    int count = 0;
    try (BufferedReader lines = lines()) {
      while (lines.readLine() != null) {
        count = Math.incrementExact(count);
      }
    }
    return count;
  }

  private BufferedReader lines() throws IOException {
    return file.toString().equals("-")
        ? new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))
        : Files.newBufferedReader(file);
  }
}
