package io.infrafabric.cli.ifctl;

import com.google.protobuf.Duration;
import io.infrafabric.cli.fabric.Identity;
import io.infrafabric.cli.output.Table;
import io.infrafabric.coordinator.v1.ApproveTaskRequest;
import io.infrafabric.coordinator.v1.Offer;
import io.infrafabric.coordinator.v1.OfferTaskRequest;
import io.infrafabric.coordinator.v1.ReassignTaskRequest;
import io.infrafabric.coordinator.v1.RequeueTaskRequest;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** What named people do with tasks. */
final class OperatorVerbs {
  private OperatorVerbs() {}

  /** Who does it. */
  static final class Principal {
    @Option(names = "--as", paramLabel = "NAME", description = "Who does it: whom the token of the environment names, or the user of the shell by default.")
    private String given;

    private String name() {
      return given == null ? Identity.name() : given;
    }
  }

  /** Lets a task through its gate. */
  @Command(name = "approve", description = "Let a task through its approval gate.")
  static final class ApproveVerb implements Callable<Integer> {
    @ParentCommand private TaskVerbs task;

    @Parameters(paramLabel = "TASK")
    private String taskId;

    @Option(names = "--reason", defaultValue = "")
    private String reason;

    @Option(names = "--swarm", paramLabel = "SWARM", description = "Signed off by this swarm, which the task names, instead of by a person.")
    private String swarm;

    @Mixin private Principal principal;
    @Mixin private RequestId requestId;

    @Override
    public Integer call() {
      ApproveTaskRequest.Builder by = ApproveTaskRequest.newBuilder().setRequestId(requestId.value()).setTaskId(taskId).setReason(reason);
      ApproveTaskRequest request = (swarm == null ? by.setPrincipal(principal.name()) : by.setSwarmId(swarm)).build();
      return task.with(
          (clients, out) -> {
            var approved = clients.tasks().approveTask(request).getTask();
            out.show(approved, () -> Shown.tasks(List.of(approved)));
          });
    }
  }

  /** Gives a task to other owners. */
  @Command(name = "reassign", description = "Give a waiting or ready task to other owners, or, without --to, to anyone.")
  static final class ReassignVerb implements Callable<Integer> {
    @ParentCommand private TaskVerbs task;

    @Parameters(paramLabel = "TASK")
    private String taskId;

    @Option(names = "--to", split = ",", paramLabel = "SWARM")
    private List<String> owners;

    @Option(names = "--reason", defaultValue = "")
    private String reason;

    @Mixin private Principal principal;
    @Mixin private RequestId requestId;

    @Override
    public Integer call() {
      ReassignTaskRequest.Builder request =
          ReassignTaskRequest.newBuilder()
              .setRequestId(requestId.value())
              .setTaskId(taskId)
              .setPrincipal(principal.name())
              .setReason(reason);
      if (owners != null) {
        request.addAllOwnerSwarmIds(owners);
      }
      return task.with(
          (clients, out) -> {
            var reassigned = clients.tasks().reassignTask(request.build()).getTask();
            out.show(reassigned, () -> Shown.tasks(List.of(reassigned)));
          });
    }
  }

  /** Offers a task to one swarm. */
  @Command(name = "offer", description = "Offer a ready task to one swarm now, and keep it for that swarm for a while.")
  static final class OfferVerb implements Callable<Integer> {
    @ParentCommand private TaskVerbs task;

    @Parameters(paramLabel = "TASK")
    private String taskId;

    @Option(names = "--swarm", required = true)
    private String swarm;

    @Option(names = "--hold", paramLabel = "TIME", converter = Flags.SpanFlag.class, description = "For how long, such as 5s; as any offer by default.")
    private Duration hold;

    @Option(names = "--replace", description = "Also when it is kept for another swarm now: that offer is over then.")
    private boolean replace;

    @Mixin private RequestId requestId;

    @Override
    public Integer call() {
      OfferTaskRequest.Builder request =
          OfferTaskRequest.newBuilder().setRequestId(requestId.value()).setTaskId(taskId).setSwarmId(swarm).setReplace(replace);
      if (hold != null) {
        request.setHold(hold);
      }
      return task.with(
          (clients, out) -> {
            Offer offer = clients.tasks().offerTask(request.build()).getOffer();
            out.show(offer, () -> Shown.offers(List.of(offer)));
          });
    }
  }

  /** Gives quarantined tasks another round. */
  @Command(name = "requeue", description = "Give quarantined tasks another round of attempts.")
  static final class RequeueVerb implements Callable<Integer> {
    @ParentCommand private TaskVerbs task;

    @Parameters(paramLabel = "TASK", arity = "0..*", description = "These; or all that match the filters.")
    private List<String> taskIds;

    @Option(names = "--label", paramLabel = "KEY=VALUE")
    private Map<String, String> labels;

    @Option(names = "--plan")
    private String plan;

    @Option(names = "--all", description = "Every quarantined task.")
    private boolean all;

    @Option(names = "--dry-run", description = "Only show which.")
    private boolean dryRun;

    @Mixin private Principal principal;
    @Mixin private RequestId requestId;

    @Override
    public Integer call() {
      RequeueTaskRequest.Builder request =
          RequeueTaskRequest.newBuilder()
              .setRequestId(requestId.value())
              .setAll(all)
              .setDryRun(dryRun)
              .setPrincipal(principal.name());
      Optional.ofNullable(taskIds).ifPresent(request::addAllTaskIds);
      Optional.ofNullable(labels).ifPresent(request::putAllLabels);
      Optional.ofNullable(plan).ifPresent(request::setPlanId);
      return task.with(
          (clients, out) -> {
            var response = clients.tasks().requeueTask(request.build());
            out.show(
                response,
                () -> {
                  Table table = Table.of("TASK", dryRun ? "WOULD BE" : "IS");
                  response.getTaskIdsList().forEach(id -> table.row(id, "READY"));
                  return table;
                });
            if (response.getMore()) {
              System.err.println("there are more; send another request.");
            }
          });
    }
  }
}
