package io.infrafabric.cli.ifctl;

import io.infrafabric.cli.fabric.FabricClients;
import io.infrafabric.coordinator.v1.ListPlansRequest;
import io.infrafabric.coordinator.v1.PlanState;
import io.infrafabric.coordinator.v1.PlanSummary;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.function.UnaryOperator;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** Lists plans. */
@Command(name = "list", description = "List plans and how far they are; those that are archived too.")
final class PlanListVerb implements Callable<Integer> {
  private static final int PAGE = 500;

  /** What an operator filters by, on the command line. */
  enum State {
    STORING,
    RUNNING,
    COMPLETED,
    FAILED,
    CANCELLING,
    CANCELLED;

    PlanState proto() {
      return PlanState.valueOf("PLAN_STATE_" + name());
    }

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Which one goes first, on the command line. */
  enum Order {
    NEWEST,
    ID;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  @ParentCommand private PlanVerbs plan;

  @Option(names = "--state", split = ",", description = "${COMPLETION-CANDIDATES}")
  private List<State> states = List.of();

  @Option(names = "--order", defaultValue = "newest", description = "${COMPLETION-CANDIDATES}; ${DEFAULT-VALUE} by default.")
  private Order order;

  @Option(names = "--limit", defaultValue = "100", description = "At most so many (default ${DEFAULT-VALUE}).")
  private int limit;

  @Option(names = "--watch", description = "All of them, then every change, until Ctrl-C; also how one leaves the list.")
  private boolean watch;

  @Override
  public Integer call() {
    if (watch) {
      return plan.with(
          (clients, out) ->
              new Follow<PlanSummary>(out, PlanSummary::getPlanId, UnaryOperator.identity(), this::isListed, Shown::line)
                  .untilInterrupted(() -> plans(clients, List.of(), Integer.MAX_VALUE)));
    }
    return plan.with(
        (clients, out) -> {
          // One more than is shown tells whether there are more.
          List<PlanSummary> found = plans(clients, states, Math.clamp(limit, 1, Integer.MAX_VALUE - 1) + 1);
          List<PlanSummary> shown = found.subList(0, Math.min(Math.max(1, limit), found.size()));
          out.showAll(shown, () -> Shown.plans(shown));
          if (found.size() > shown.size()) {
            System.err.println("there are more; --limit shows them.");
          }
        });
  }

  private boolean isListed(PlanSummary one) {
    return states.isEmpty() || states.stream().anyMatch(state -> state.proto() == one.getState());
  }

  private List<PlanSummary> plans(FabricClients clients, List<State> only, int most) {
    List<PlanSummary> plans = new ArrayList<>();
    ListPlansRequest.Builder request =
        ListPlansRequest.newBuilder().setPageSize(Math.min(PAGE, most)).setNewestFirst(order == Order.NEWEST).addAllStates(only.stream().map(State::proto).toList());
    do {
      var page = clients.plans().listPlans(request.build());
      plans.addAll(page.getPlansList());
      request.setPageToken(page.getNextPageToken());
    } while (!request.getPageToken().isEmpty() && plans.size() < most);
    return plans;
  }
}
