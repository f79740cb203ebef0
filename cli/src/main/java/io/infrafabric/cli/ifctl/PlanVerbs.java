package io.infrafabric.cli.ifctl;

import io.infrafabric.cli.fabric.Document;
import io.infrafabric.cli.fabric.FabricClients;
import io.infrafabric.cli.output.Format;
import io.infrafabric.cli.output.Output;
import io.infrafabric.cli.output.Table;
import io.infrafabric.coordinator.v1.CancelPlanRequest;
import io.infrafabric.coordinator.v1.CancelPlanResponse;
import io.infrafabric.coordinator.v1.GetPlanRequest;
import io.infrafabric.coordinator.v1.GetPlanResponse;
import io.infrafabric.coordinator.v1.Phase;
import io.infrafabric.coordinator.v1.Plan;
import io.infrafabric.coordinator.v1.ReducePlanRequest;
import io.infrafabric.coordinator.v1.ReducePlanResponse;
import io.infrafabric.coordinator.v1.Reducer;
import io.infrafabric.coordinator.v1.SubmitPlanRequest;
import io.infrafabric.coordinator.v1.WatchPlanResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** Plans. */
@Command(
    name = "plan",
    description = "Put plans in, see how far they are, and cancel them.",
    synopsisSubcommandLabel = "VERB",
    subcommands = {PlanListVerb.class, PlanWaitVerb.class, PlanMapVerb.class, PlanImportVerb.class})
final class PlanVerbs {
  /** How results become one, on the command line. */
  enum Fold {
    FIRST,
    BEST_SCORE,
    MERGE_ALL,
    MAJORITY_VOTE,
    QUORUM;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  @ParentCommand private IfctlCommand ifctl;

  int with(BiConsumer<FabricClients, Output> verb) {
    return ifctl.with(verb);
  }

  /** Prints without a fabric. */
  void show(Consumer<Output> verb) {
    ifctl.show(verb);
  }

  @Command(name = "submit", description = "Put a plan in: all of it, or nothing of it is claimable.")
  int submit(@Parameters(paramLabel = "PLAN", description = "YAML or JSON; - is standard input.") Path file, @Mixin RequestId requestId) {
    String text = new String(Flags.content(file), StandardCharsets.UTF_8);
    Plan plan = Document.read(file.toString(), text, Plan.newBuilder()).build();
    SubmitPlanRequest request = SubmitPlanRequest.newBuilder().setRequestId(requestId.value()).setPlan(plan).build();
    return ifctl.with(
        (clients, out) -> {
          var response = clients.plans().submitPlan(request);
          if (!response.getCreated()) {
            System.err.println("it was there already.");
          }
          out.show(response, () -> phases(response.getPlan()));
        });
  }

  @Command(name = "get", description = "Show a plan, its critical path and how far it is.")
  int get(
      @Parameters(paramLabel = "PLAN") String planId,
      @Option(names = "--watch", description = "How far it is at every change, until it is complete.") boolean watch) {
    if (watch) {
      return watch(planId);
    }
    return ifctl.with(
        (clients, out) -> {
          GetPlanResponse response = clients.plans().getPlan(GetPlanRequest.newBuilder().setPlanId(planId).build());
          out.show(response, () -> phases(response.getPlan()));
          if (out.format() == Format.TABLE) {
            out.out().println("critical path: " + String.join(" -> ", response.getPlan().getCriticalPathList()));
            out.out().println(PlanWatch.line(response.getProgress()));
          }
        });
  }

  @Command(name = "reduce", description = "Make one result of those of a plan; prints it as it is, or with -o json all that is known of it.")
  int reduce(
      @Parameters(paramLabel = "PLAN") String planId,
      @Parameters(paramLabel = "REDUCER", description = "${COMPLETION-CANDIDATES}") Fold fold,
      @Option(names = "--quorum", paramLabel = "N", description = "Equal results that a quorum needs.") int quorum,
      @Option(names = "--phase", paramLabel = "PHASE", description = "Only of this phase.") String phase,
      @Option(names = "--partial", description = "Of what there is.") boolean partial) {
    ReducePlanRequest.Builder request =
        ReducePlanRequest.newBuilder().setPlanId(planId).setReducer(Reducer.valueOf("REDUCER_" + fold.name())).setQuorum(quorum).setPartial(partial);
    Optional.ofNullable(phase).ifPresent(request::setPhase);
    return ifctl.with(
        (clients, out) -> {
          ReducePlanResponse response = clients.plans().reducePlan(request.build());
          if (out.format() != Format.TABLE) {
            out.show(response, () -> Table.of("RESULT").row(response.getResult().toStringUtf8()));
          } else if (response.hasResultObject()) {
            clients.objects().get(response.getResultObject().getSha256(), out.out());
            out.out().println();
          } else {
            out.out().writeBytes(response.getResult().toByteArray());
            out.out().println();
          }
        });
  }

  @Command(name = "watch", description = "Show how far a plan is at every change, until it is complete; exit code 1 when tasks failed or were cancelled.")
  int watch(@Parameters(paramLabel = "PLAN") String planId) {
    AtomicReference<WatchPlanResponse> end = new AtomicReference<>();
    ifctl.with(
        (clients, out) ->
            end.set(
                new PlanWatch(planId, null, now -> out.next(now.getProgress(), () -> PlanWatch.line(now.getProgress())), now -> false).follow(clients)));
    return PlanWatch.told(planId, end.get());
  }

  @Command(name = "cancel", description = "Cancel every task of a plan that has not ended; `plan wait` tells when all have.")
  int cancel(
      @Parameters(paramLabel = "PLAN") String planId,
      @Option(names = "--reason", defaultValue = "cancelled with ifctl", description = "Told to the holders, too.") String reason,
      @Mixin RequestId requestId) {
    CancelPlanRequest request =
        CancelPlanRequest.newBuilder().setRequestId(requestId.value()).setPlanId(planId).setReason(reason).build();
    return ifctl.with(
        (clients, out) -> {
          CancelPlanResponse cancelled = clients.plans().cancelPlan(request);
          out.show(cancelled, () -> Shown.progress(planId, cancelled.getState(), cancelled.getProgress()));
        });
  }

  private static Table phases(Plan plan) {
    Table table = Table.of("PHASE", "AFTER", "TASKS", "COMPLETED");
    for (Phase phase : plan.getPhasesList()) {
      table.row(
          phase.getName(),
          String.join(",", phase.getAfterList()),
          phase.getMapped() ? phase.getChildren() : phase.getTasksCount(),
          phase.hasCompletedAt() ? Shown.time(phase.getCompletedAt()) : "");
    }
    if (plan.getFillersCount() > 0) {
      table.row("(fillers)", "", plan.getFillersCount(), "");
    }
    return table;
  }
}
