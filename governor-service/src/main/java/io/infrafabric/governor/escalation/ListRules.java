package io.infrafabric.governor.escalation;

import io.infrafabric.governor.v1.DeliveryState;
import io.infrafabric.governor.v1.Escalation;
import io.infrafabric.governor.v1.EscalationState;
import io.infrafabric.governor.v1.EscalationType;
import io.infrafabric.governor.v1.ListEscalationsRequest;

/** Which escalations a list has. */
final class ListRules {
  private ListRules() {}

  static boolean matches(Escalation escalation, ListEscalationsRequest request) {
    return (!request.getOpenOnly() || escalation.getState() == EscalationState.ESCALATION_STATE_OPEN)
        && (request.getType() == EscalationType.ESCALATION_TYPE_UNSPECIFIED || request.getType() == escalation.getType())
        && (request.getSwarmId().isEmpty() || request.getSwarmId().equals(escalation.getSwarmId()))
        && (!request.getUndeliveredOnly() || isUndelivered(escalation));
  }

  /** Whether a webhook has not acknowledged it and is not sent it any more. */
  static boolean isUndelivered(Escalation escalation) {
    return escalation.getDeliveriesList().stream().anyMatch(delivery -> delivery.getState() == DeliveryState.DELIVERY_STATE_DEAD);
  }
}
