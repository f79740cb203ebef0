package io.infrafabric.governor.escalation;

import io.infrafabric.governor.v1.Escalation;
import io.infrafabric.governor.v1.EscalationEffectState;
import io.infrafabric.kit.time.Times;
import java.time.Instant;

/** How far an escalation is; each stage has what is legal in it. */
public sealed interface Stage {
  /** Nobody has decided. */
  record Open(int level, Instant deadline) implements Stage {}

  /** Somebody has decided, and what that asks of the coordinator is not done yet. */
  record Decided(boolean approved, String principal, String reason) implements Stage {}

  /** Somebody has decided, and what that asks for is done, or refused for good. */
  record Settled(boolean approved, String principal, Instant since) implements Stage {}

  /** There is nothing left to decide. */
  record Obsolete(String why, Instant since) implements Stage {}

  /** Written by a newer version; left alone. */
  record Foreign() implements Stage {}

  /** The stage of a record. */
  static Stage of(Escalation escalation) {
    return switch (escalation.getState()) {
      case ESCALATION_STATE_OPEN -> new Open(escalation.getLevel(), Times.toInstant(escalation.getDeadline()));
      case ESCALATION_STATE_APPROVED -> decided(escalation, true);
      case ESCALATION_STATE_REJECTED -> decided(escalation, false);
      case ESCALATION_STATE_OBSOLETE -> new Obsolete(escalation.getDecisionReason(), Times.toInstant(escalation.getDecidedAt()));
      case ESCALATION_STATE_UNSPECIFIED, UNRECOGNIZED -> new Foreign();
    };
  }

  private static Stage decided(Escalation escalation, boolean approved) {
    return escalation.getEffect().getState() == EscalationEffectState.ESCALATION_EFFECT_STATE_PENDING
        ? new Decided(approved, escalation.getPrincipal(), escalation.getDecisionReason())
        : new Settled(approved, escalation.getPrincipal(), Times.toInstant(escalation.getDecidedAt()));
  }
}
