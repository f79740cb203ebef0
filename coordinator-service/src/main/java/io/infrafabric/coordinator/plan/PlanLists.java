package io.infrafabric.coordinator.plan;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.request.RequestRules;
import io.infrafabric.coordinator.v1.ListPlansRequest;
import io.infrafabric.coordinator.v1.ListPlansResponse;
import io.infrafabric.coordinator.v1.PhaseRecord;
import io.infrafabric.coordinator.v1.PlanProgress;
import io.infrafabric.coordinator.v1.PlanRecord;
import io.infrafabric.coordinator.v1.PlanState;
import io.infrafabric.coordinator.v1.PlanSummary;
import io.infrafabric.error.Violations;
import io.infrafabric.names.Limits;
import java.util.Collection;
import java.util.Optional;

/** Pages through plans, by the copy at hand. */
final class PlanLists {
  private final PlanIndex index;

  PlanLists(PlanIndex index) {
    this.index = index;
  }

  /** A page of plans. Counts each plan that it looks at: not for the network's threads. */
  ListPlansResponse list(ListPlansRequest request) {
    check(request);
    int size = request.getPageSize() == 0 ? Limits.PAGE_SIZE_DEFAULT : Math.min(Limits.PAGE_SIZE, Math.max(1, request.getPageSize()));
    ListPlansResponse.Builder page = ListPlansResponse.newBuilder();
    String last = "";
    for (PlanOrders.Age place : after(request)) {
      Optional<PlanSummary> plan = index.plan(place.planId()).map(this::summary).filter(found -> matches(found, request));
      if (plan.isEmpty()) {
        continue;
      }
      if (page.getPlansCount() == size) {
        return page.setNextPageToken(last).build();
      }
      page.addPlans(plan.get());
      last = request.getNewestFirst() ? place.token() : place.planId();
    }
    return page.build();
  }

  private Collection<PlanOrders.Age> after(ListPlansRequest request) {
    String token = request.getPageToken();
    if (!request.getNewestFirst()) {
      RequestRules.pageToken(token);
      return index.orders().afterId(token);
    }
    return index.orders().after(token.isEmpty() ? Optional.empty() : Optional.of(PlanOrders.Age.parse(token)));
  }

  private static void check(ListPlansRequest request) {
    boolean known = request.getStatesList().stream().noneMatch(state -> state == PlanState.UNRECOGNIZED || state == PlanState.PLAN_STATE_UNSPECIFIED);
    new Violations()
        .check(known, ErrorCode.ERROR_CODE_INVALID_ARGUMENT, "states", "STORING, RUNNING, COMPLETED, FAILED, CANCELLING, CANCELLED")
        .refusal("no plans are listed")
        .ifPresent(refusal -> {
          throw refusal.asException();
        });
  }

  private static boolean matches(PlanSummary plan, ListPlansRequest request) {
    return request.getStatesCount() == 0 || request.getStatesList().contains(plan.getState());
  }

  private PlanSummary summary(PlanRecord plan) {
    PlanProgress progress = index.progress(plan);
    PlanSummary.Builder summary =
        PlanSummary.newBuilder()
            .setPlanId(plan.getPlanId())
            .setState(PlanStates.of(plan, progress))
            .setProgress(progress)
            .setCreatedAt(plan.getCreatedAt())
            .setPhases(plan.getPhasesCount())
            .setCompletedPhases((int) plan.getPhasesList().stream().filter(PhaseRecord::hasCompletedAt).count());
    if (plan.hasOverAt()) {
      summary.setOverAt(plan.getOverAt());
    }
    if (plan.hasCancellation()) {
      summary.setCancellation(plan.getCancellation());
    }
    if (plan.hasArchivedAt()) {
      summary.setArchivedAt(plan.getArchivedAt());
    }
    return summary.build();
  }
}
