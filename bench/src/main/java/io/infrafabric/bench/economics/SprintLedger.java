package io.infrafabric.bench.economics;

import io.infrafabric.bench.Samples;
import io.infrafabric.coordinator.v1.Attempt;
import io.infrafabric.coordinator.v1.Blocker;
import io.infrafabric.coordinator.v1.ListBlockersRequest;
import io.infrafabric.coordinator.v1.ListBlockersResponse;
import io.infrafabric.coordinator.v1.ListTasksRequest;
import io.infrafabric.coordinator.v1.ListTasksResponse;
import io.infrafabric.coordinator.v1.PlanProgress;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.governor.v1.BreakerState;
import io.infrafabric.governor.v1.ReportBy;
import io.infrafabric.governor.v1.ReportLine;
import io.infrafabric.governor.v1.ReportRequest;
import io.infrafabric.governor.v1.ReportResponse;
import io.infrafabric.kit.time.Times;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Reads out of the services what a sprint has come to: money from the governor's report, everything else from the coordinator's records. */
final class SprintLedger {
  /** Label of a task that helps: the job. The fabric gives it to help that it makes. */
  static final String HELPS = "helps";

  /** Label with what a task really takes, whatever it asks for. */
  static final String NEED = "need";

  private static final double BOOKED_PATIENCE_HOURS = 2;

  private final Desk desk;
  private final Sprint sprint;
  private final Way way;
  private final SimulatedTime time;

  SprintLedger(Desk desk, Sprint sprint, Way way, SimulatedTime time) {
    this.desk = desk;
    this.sprint = sprint;
    this.way = way;
    this.time = time;
  }

  SprintResult read(PlanProgress progress, double hours) {
    ReportResponse report = booked();
    Map<String, Member> members = sprint.byId();
    long overspent = 0;
    long trips = 0;
    for (ReportLine line : report.getLinesList()) {
      overspent += Math.max(0, line.getSpentMicros() - members.get(line.getKey()).model().budgetMicros());
      trips += line.getBreaker() == BreakerState.BREAKER_STATE_OPEN ? 1 : 0;
    }
    int helpers = 0;
    int unqualifiedHelpers = 0;
    int unqualifiedClaims = 0;
    for (Task task : tasks()) {
      boolean help = task.getSpec().containsLabels(HELPS);
      String need = task.getSpec().getLabelsOrDefault(NEED, task.getSpec().getRequiredCapabilitiesCount() > 0 ? task.getSpec().getRequiredCapabilities(0) : "");
      for (Attempt attempt : task.getAttemptsList()) {
        boolean unqualified = !members.get(attempt.getSwarmId()).can(need);
        helpers += help ? 1 : 0;
        unqualifiedHelpers += help && unqualified ? 1 : 0;
        unqualifiedClaims += !help && unqualified ? 1 : 0;
      }
    }
    List<Blocker> blockers = blockers();
    long[] unblocked = blockers.stream().filter(Blocker::hasResolvedAt).mapToLong(SprintLedger::nanos).toArray();
    int byPerson = (int) blockers.stream().filter(blocker -> blocker.getResolvedBy().contains("@")).count();
    ReportLine total = report.getTotal();
    return new SprintResult(
        way,
        sprint.jobs().size(),
        progress.getCompleted(),
        hours,
        total.getSpentMicros(),
        total.getWastedMicros(),
        overspent,
        total.getReferenceMicros(),
        helpers,
        unqualifiedHelpers,
        unqualifiedClaims,
        Samples.of(List.of(unblocked), 1),
        byPerson,
        trips,
        time);
  }

  private static long nanos(Blocker blocker) {
    return Duration.between(Times.toInstant(blocker.getRaisedAt()), Times.toInstant(blocker.getResolvedAt())).toNanos();
  }

  /** The report once nothing is promised or unbooked any more. */
  private ReportResponse booked() {
    ReportRequest request = ReportRequest.newBuilder().setBy(ReportBy.REPORT_BY_SWARM).setPageSize(1_000).build();
    ReportResponse report = desk.call(() -> desk.accounts().report(request));
    for (double waited = 0; report.getTotal().getCommittedMicros() > 0 && waited < BOOKED_PATIENCE_HOURS; waited += 0.05) {
      time.pass(0.05);
      report = desk.call(() -> desk.accounts().report(request));
    }
    return report;
  }

  private List<Task> tasks() {
    List<Task> all = new ArrayList<>();
    ListTasksRequest.Builder request = ListTasksRequest.newBuilder().setPageSize(500);
    ListTasksResponse page;
    do {
      page = desk.call(() -> desk.tasks().listTasks(request.build()));
      all.addAll(page.getTasksList());
      request.setPageToken(page.getNextPageToken());
    } while (!page.getNextPageToken().isEmpty());
    return all;
  }

  private List<Blocker> blockers() {
    List<Blocker> all = new ArrayList<>();
    ListBlockersRequest.Builder request = ListBlockersRequest.newBuilder().setPageSize(500);
    ListBlockersResponse page;
    do {
      page = desk.call(() -> desk.claims().listBlockers(request.build()));
      all.addAll(page.getBlockersList());
      request.setPageToken(page.getNextPageToken());
    } while (!page.getNextPageToken().isEmpty());
    return all;
  }
}
