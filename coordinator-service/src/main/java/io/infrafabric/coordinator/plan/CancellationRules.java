package io.infrafabric.coordinator.plan;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.PhaseEnd;
import io.infrafabric.coordinator.v1.PhaseRecord;
import io.infrafabric.coordinator.v1.PlanCancellation;
import io.infrafabric.coordinator.v1.PlanRecord;
import io.infrafabric.error.Refusal;
import io.infrafabric.kit.time.Times;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.Map;

/** What becomes of a plan that nobody wants any more. Pure. */
public final class CancellationRules {
  private CancellationRules() {}

  /** What a plan becomes when somebody cancels it. The first cancellation stands; what is over stays as it ended. */
  static PlanDecision.Next cancel(PlanRecord there, PlanCancellation wish) {
    if (there.hasCancellation()) {
      return new PlanDecision.Next.Write(there);
    }
    return there.hasOverAt() ? new PlanDecision.Next.Refuse(over(there)) : new PlanDecision.Next.Write(there.toBuilder().setCancellation(wish).build());
  }

  private static Refusal over(PlanRecord plan) {
    return Refusal.of(ErrorCode.ERROR_CODE_PLAN_ENDED, "plan " + plan.getPlanId() + " is over since " + Times.toInstant(plan.getOverAt()) + ": there is nothing to cancel")
        .with("plan_id", plan.getPlanId());
  }

  /** The refusal of what would add to a cancelled plan, or give something of it out again. */
  public static Refusal cancelled(String planId) {
    return Refusal.of(ErrorCode.ERROR_CODE_PLAN_ENDED, "plan " + planId + " was cancelled: it takes nothing more, and nothing of it is given out again").with("plan_id", planId);
  }

  /** Why the tasks of a cancelled plan are cancelled. */
  public static String reason(PlanRecord plan) {
    String why = plan.getCancellation().getReason();
    return "plan " + plan.getPlanId() + " was cancelled" + (why.isEmpty() ? "" : ": " + why);
  }

  /** Whether the bytes of a plan's record tell of a cancellation. Passes over all else in it, so that a look costs little however large the plan is. */
  public static boolean isCancelled(ByteString record) {
    try {
      CodedInputStream fields = record.newCodedInput();
      for (int tag = fields.readTag(); tag != 0; tag = fields.readTag()) {
        if (WireFormat.getTagFieldNumber(tag) == PlanRecord.CANCELLATION_FIELD_NUMBER) {
          return true;
        }
        fields.skipField(tag);
      }
      return false;
    } catch (IOException malformed) {
      throw new UncheckedIOException(malformed);
    }
  }

  /**
   * A cancelled plan once every task of it has ended, which is then final: nothing is added to it and nothing requeued.
   *
   * @param ends how the tasks of each phase have ended, by name; all that there are
   */
  static PlanRecord over(PlanRecord plan, Map<String, PhaseEnd> ends, Instant at) {
    if (!plan.hasCancellation() || plan.hasOverAt()) {
      return plan;
    }
    PlanRecord.Builder next = plan.toBuilder().setOverAt(Times.toProto(at));
    for (PhaseRecord.Builder phase : next.getPhasesBuilderList()) {
      PhaseEnd end = ends.getOrDefault(phase.getName(), PhaseEnd.getDefaultInstance());
      phase.setEnded(withThoseThatNeverWere(phase.build(), end));
      if (PhaseRules.isFilled(phase.build()) && phase.getEnded().getFailed() == 0 && !phase.hasCompletedAt()) {
        phase.setCompletedAt(Times.toProto(at));
      }
    }
    return next.build();
  }

  /** A submit that was cut off by the cancellation has not stored all; of a mapping nobody knows how many there would have been. */
  private static PhaseEnd withThoseThatNeverWere(PhaseRecord phase, PhaseEnd end) {
    int never = PhaseRules.isFilled(phase) ? Math.max(0, PhaseRules.total(phase) - end.getCompleted() - end.getFailed()) : 0;
    return end.toBuilder().setFailed(end.getFailed() + never).setCancelled(end.getCancelled() + never).build();
  }
}
