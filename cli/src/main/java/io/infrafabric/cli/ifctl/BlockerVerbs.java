package io.infrafabric.cli.ifctl;

import io.infrafabric.cli.fabric.FabricClients;
import io.infrafabric.cli.output.Output;
import io.infrafabric.coordinator.v1.Blocker;
import io.infrafabric.coordinator.v1.BlockerState;
import io.infrafabric.coordinator.v1.GetBlockerRequest;
import io.infrafabric.coordinator.v1.ListBlockersRequest;
import io.infrafabric.coordinator.v1.RaiseBlockerRequest;
import io.infrafabric.coordinator.v1.ResolveBlockerRequest;
import io.infrafabric.coordinator.v1.Severity;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** Blockers: for swarms that cannot go on, and for operators who help them. */
@Command(name = "blocker", description = "Say that a task cannot go on, and see to it.", synopsisSubcommandLabel = "VERB")
final class BlockerVerbs {
  /** How bad it is, on the command line. */
  enum Badness {
    LOW,
    MEDIUM,
    HIGH,
    CRITICAL;

    Severity proto() {
      return Severity.valueOf("SEVERITY_" + name());
    }

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  @ParentCommand private IfctlCommand ifctl;

  @Command(name = "raise", description = "Park a task that one holds and ask for help.")
  int raise(
      @Parameters(paramLabel = "TASK") String taskId,
      @Option(names = "--swarm", required = true) String swarm,
      @Option(names = "--fence", required = true, description = "As the claim gave it.") long fence,
      @Option(names = "--type", required = true, description = "The kind of obstacle, such as build-failure or security.") String type,
      @Option(names = "--description", defaultValue = "") String description,
      @Option(names = "--severity", defaultValue = "medium", description = "${COMPLETION-CANDIDATES}; ${DEFAULT-VALUE} by default.") Badness severity,
      @Option(names = "--need", split = ",", paramLabel = "CAPABILITY", description = "Who could help; known for some types.") List<String> needs,
      @Option(names = "--waits-for", split = ",", paramLabel = "TASK", description = "Goes on when these are completed.") List<String> waitsFor,
      @Mixin RequestId requestId) {
    RaiseBlockerRequest.Builder request =
        RaiseBlockerRequest.newBuilder()
            .setRequestId(requestId.value())
            .setTaskId(taskId)
            .setSwarmId(swarm)
            .setFence(fence)
            .setType(type)
            .setDescription(description)
            .setSeverity(severity.proto());
    Optional.ofNullable(needs).ifPresent(request::addAllNeeds);
    Optional.ofNullable(waitsFor).ifPresent(request::addAllWaitsForTaskIds);
    return ifctl.with(
        (clients, out) -> {
          Blocker raised = clients.claims().raiseBlocker(request.build()).getBlocker();
          out.show(raised, () -> Shown.blockers(List.of(raised)));
        });
  }

  @Command(name = "resolve", description = "End a blocker: as the holder of the task, or as a named person.")
  int resolve(
      @Parameters(paramLabel = "TASK") String taskId,
      @Parameters(paramLabel = "BLOCKER") String blockerId,
      @Option(names = "--swarm", defaultValue = "", description = "The holder; with --fence.") String swarm,
      @Option(names = "--fence", defaultValue = "0") long fence,
      @Option(names = "--principal", defaultValue = "", description = "Instead of the holder: who you are.") String principal,
      @Option(names = "--resolution", defaultValue = "") String resolution,
      @Mixin RequestId requestId) {
    ResolveBlockerRequest request =
        ResolveBlockerRequest.newBuilder()
            .setRequestId(requestId.value())
            .setTaskId(taskId)
            .setBlockerId(blockerId)
            .setSwarmId(swarm)
            .setFence(fence)
            .setPrincipal(principal)
            .setResolution(resolution)
            .build();
    return ifctl.with(
        (clients, out) -> {
          Blocker resolved = clients.claims().resolveBlocker(request).getBlocker();
          out.show(resolved, () -> Shown.blockers(List.of(resolved)));
        });
  }

  @Command(name = "get", description = "Show a blocker, open or resolved.")
  int get(
      @Parameters(paramLabel = "BLOCKER") String blockerId,
      @Option(names = "--watch", description = "Then every change, until Ctrl-C.") boolean watch) {
    GetBlockerRequest request = GetBlockerRequest.newBuilder().setBlockerId(blockerId).build();
    if (watch) {
      return ifctl.with((clients, out) -> follow(out, blocker -> true).untilInterrupted(() -> List.of(clients.claims().getBlocker(request).getBlocker())));
    }
    return ifctl.with(
        (clients, out) -> {
          Blocker found = clients.claims().getBlocker(request).getBlocker();
          out.show(found, () -> Shown.blockers(List.of(found)));
        });
  }

  private static Follow<Blocker> follow(Output out, Predicate<Blocker> listed) {
    return new Follow<Blocker>(out, Blocker::getBlockerId, UnaryOperator.identity(), listed, Shown::line);
  }

  @Command(name = "list", description = "List blockers; only the open ones unless told otherwise.")
  int list(
      @Option(names = "--task", defaultValue = "") String taskId,
      @Option(names = "--swarm", defaultValue = "") String swarm,
      @Option(names = "--all", description = "The resolved ones too.") boolean all,
      @Option(names = "--escalated", description = "Only those that a person has to look at.") boolean escalated,
      @Option(names = "--limit", defaultValue = "100", description = "At most so many (default ${DEFAULT-VALUE}).") int limit,
      @Option(names = "--watch", description = "All of them, then every change, until Ctrl-C; also how one leaves the list.") boolean watch) {
    ListBlockersRequest.Builder request = ListBlockersRequest.newBuilder().setTaskId(taskId).setSwarmId(swarm);
    if (watch) {
      Predicate<Blocker> listed =
          blocker -> (all || !blocker.hasResolvedAt()) && (!escalated || blocker.getState() == BlockerState.BLOCKER_STATE_ESCALATED);
      return ifctl.with((clients, out) -> follow(out, listed).untilInterrupted(() -> blockers(clients, request.clone(), Integer.MAX_VALUE)));
    }
    request.setOpenOnly(!all);
    if (escalated) {
      request.addStates(BlockerState.BLOCKER_STATE_ESCALATED);
    }
    return ifctl.with(
        (clients, out) -> {
          List<Blocker> blockers = blockers(clients, request, limit);
          List<Blocker> shown = blockers.subList(0, Math.min(limit, blockers.size()));
          out.showAll(shown, () -> Shown.blockers(shown));
        });
  }

  private static List<Blocker> blockers(FabricClients clients, ListBlockersRequest.Builder request, int most) {
    List<Blocker> blockers = new ArrayList<>();
    request.setPageSize(Math.clamp(most, 1, 500));
    do {
      var page = clients.claims().listBlockers(request.build());
      blockers.addAll(page.getBlockersList());
      request.setPageToken(page.getNextPageToken());
    } while (!request.getPageToken().isEmpty() && blockers.size() < most);
    return blockers;
  }
}
