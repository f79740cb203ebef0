package io.infrafabric.cli.ifctl;

import io.infrafabric.cli.migrate.MigrationRules;
import io.infrafabric.cli.migrate.PolledFiles;
import io.infrafabric.cli.output.Money;
import io.infrafabric.cli.output.Table;
import io.infrafabric.coordinator.v1.Phase;
import io.infrafabric.coordinator.v1.Plan;
import io.infrafabric.coordinator.v1.SubmitPlanRequest;
import io.infrafabric.coordinator.v1.TaskSpec;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** Takes over what a git-polling repository tells its sessions to do. */
@Command(
    name = "import",
    description = {
      "Make a plan of a git-polling repository: its INSTRUCTIONS-<session>-PHASE-<n>.md, without the phases whose STATUS file is there.",
      "The repository is only read."
    })
final class PlanImportVerb implements Callable<Integer> {
  /** From what, on the command line. */
  enum Source {
    GIT_POLLING;

    @Override
    public String toString() {
      return "git-polling";
    }
  }

  @ParentCommand private PlanVerbs plan;

  @Parameters(paramLabel = "DIR", description = "A repository, all of whose branches are looked at, or a plain folder.")
  private Path folder;

  @Option(names = "--from", defaultValue = "git-polling", description = "${COMPLETION-CANDIDATES}: the one there is.")
  private Source source;

  @Option(names = "--plan", required = true, paramLabel = "PLAN", description = "Id of the plan that is made.")
  private String planId;

  @Option(names = "--session", split = ",", paramLabel = "SESSION", description = "Only these, to take sessions over one by one; repeatable.")
  private List<String> sessions;

  @Option(
      names = "--capability",
      paramLabel = "CAPABILITY",
      defaultValue = "session:{session}",
      description = "What a swarm must be able to do for a session's tasks (default ${DEFAULT-VALUE}).")
  private String capability;

  @Option(names = "--dry-run", description = "Only show what would be put in.")
  private boolean dryRun;

  @Mixin private RequestId requestId;

  @Override
  public Integer call() {
    Set<String> only = new TreeSet<>(Optional.ofNullable(sessions).orElse(List.of()));
    var migration = MigrationRules.migrate(planId, PolledFiles.of(folder), only, session -> capability.replace("{session}", session));
    migration.notes().forEach(note -> System.err.println("note: " + note));
    if (dryRun) {
      plan.show(out -> out.show(migration.plan(), () -> tasks(migration.plan())));
      System.err.println("nothing was put in; without --dry-run it is.");
      return 0;
    }
    SubmitPlanRequest request = SubmitPlanRequest.newBuilder().setRequestId(requestId.value()).setPlan(migration.plan()).build();
    return plan.with(
        (clients, out) -> {
          var response = clients.plans().submitPlan(request);
          if (!response.getCreated()) {
            System.err.println("it was there already.");
          }
          out.show(response, () -> tasks(migration.plan()));
        });
  }

  private static Table tasks(Plan plan) {
    Table table = Table.of("PHASE", "AFTER", "TASK", "CAPABILITY", "MODEL", "MAX COST", "TITLE");
    for (Phase phase : plan.getPhasesList()) {
      for (TaskSpec task : phase.getTasksList()) {
        row(table, phase.getName(), String.join(",", phase.getAfterList()), task);
      }
    }
    plan.getFillersList().forEach(task -> row(table, "(fillers)", "", task));
    return table;
  }

  private static void row(Table table, String phase, String after, TaskSpec task) {
    table.row(
        phase,
        after,
        task.getTaskId(),
        task.getRequiredCapabilities(0),
        task.getLabelsOrDefault("model", "-"),
        Money.dollars(task.getMaxCostMicros()),
        task.getLabelsOrDefault("title", "-"));
  }
}
