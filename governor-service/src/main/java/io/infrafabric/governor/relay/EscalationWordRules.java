package io.infrafabric.governor.relay;

import io.infrafabric.governor.v1.Escalation;
import io.infrafabric.governor.v1.EscalationEventType;
import java.util.Optional;

/** What the world is told of a version of an escalation. */
final class EscalationWordRules {
  private EscalationWordRules() {}

  /**
   * The event; empty for what is not told, such as each try to deliver it.
   *
   * @param reconciled whether what led to this version may not have been told: then the state speaks
   */
  static Optional<EscalationEventType> event(Escalation escalation, boolean reconciled) {
    return switch (escalation.getLastEvent()) {
      case ESCALATION_EVENT_TYPE_TRIED -> reconciled ? byState(escalation) : Optional.empty();
      case ESCALATION_EVENT_TYPE_UNSPECIFIED, UNRECOGNIZED -> Optional.empty();
      case ESCALATION_EVENT_TYPE_RAISED,
          ESCALATION_EVENT_TYPE_RAISED_AGAIN,
          ESCALATION_EVENT_TYPE_APPROVED,
          ESCALATION_EVENT_TYPE_REJECTED,
          ESCALATION_EVENT_TYPE_OBSOLETE,
          ESCALATION_EVENT_TYPE_CARRIED_OUT,
          ESCALATION_EVENT_TYPE_UNDELIVERED,
          ESCALATION_EVENT_TYPE_REQUESTED ->
          Optional.of(escalation.getLastEvent());
    };
  }

  private static Optional<EscalationEventType> byState(Escalation escalation) {
    return switch (escalation.getState()) {
      case ESCALATION_STATE_OPEN ->
          Optional.of(
              escalation.getLevel() > 1 ? EscalationEventType.ESCALATION_EVENT_TYPE_RAISED_AGAIN : EscalationEventType.ESCALATION_EVENT_TYPE_RAISED);
      case ESCALATION_STATE_APPROVED -> Optional.of(EscalationEventType.ESCALATION_EVENT_TYPE_APPROVED);
      case ESCALATION_STATE_REJECTED -> Optional.of(EscalationEventType.ESCALATION_EVENT_TYPE_REJECTED);
      case ESCALATION_STATE_OBSOLETE -> Optional.of(EscalationEventType.ESCALATION_EVENT_TYPE_OBSOLETE);
      case ESCALATION_STATE_UNSPECIFIED, UNRECOGNIZED -> Optional.empty();
    };
  }
}
