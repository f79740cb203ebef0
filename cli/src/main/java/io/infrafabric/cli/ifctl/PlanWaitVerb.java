package io.infrafabric.cli.ifctl;

import com.google.protobuf.Duration;
import io.infrafabric.coordinator.v1.WatchPlanResponse;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** Waits for a plan to end. */
@Command(
    name = "wait",
    description = {
      "Wait until every task of a plan has ended; exit code 0 when all are completed, 1 when some failed or were cancelled, 4 when the time is over.",
      "A plan of which tasks wait for one that has failed does not end by itself: --fail-fast, or cancel it.",
      ""
    })
final class PlanWaitVerb implements Callable<Integer> {
  @ParentCommand private PlanVerbs plan;

  @Parameters(paramLabel = "PLAN")
  private String planId;

  @Option(names = "--timeout", converter = Flags.SpanFlag.class, paramLabel = "SPAN", description = "Such as 30s; none when not given.")
  private Duration timeout;

  @Option(names = "--fail-fast", description = "No longer than until a task has ended without a result.")
  private boolean failFast;

  @Override
  public Integer call() {
    AtomicReference<WatchPlanResponse> end = new AtomicReference<>();
    plan.with(
        (clients, out) -> {
          end.set(new PlanWatch(planId, timeout, change -> {}, now -> failFast && now.getProgress().getFailed() > 0).follow(clients));
          out.show(end.get(), () -> Shown.progress(planId, end.get().getState(), end.get().getProgress()));
        });
    return PlanWatch.told(planId, end.get());
  }
}
