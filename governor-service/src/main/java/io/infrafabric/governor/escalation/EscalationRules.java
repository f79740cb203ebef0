package io.infrafabric.governor.escalation;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;
import io.infrafabric.governor.v1.Delivery;
import io.infrafabric.governor.v1.DeliveryState;
import io.infrafabric.governor.v1.Escalation;
import io.infrafabric.governor.v1.EscalationEffect;
import io.infrafabric.governor.v1.EscalationEffectState;
import io.infrafabric.governor.v1.EscalationEventType;
import io.infrafabric.governor.v1.EscalationState;
import io.infrafabric.kit.time.Times;
import io.infrafabric.names.EscalationId;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/** What becomes of an escalation: raised once for its cause, raised again when nobody decides, over when its cause is, decided once. */
final class EscalationRules {
  private EscalationRules() {}

  /**
   * Looks at an escalation and at its cause, both as they are now.
   *
   * @param cause empty when there is none (any more)
   * @param whyOver what became of it then
   * @param room whether one more may be open
   */
  static Turn review(Optional<Escalation> known, Optional<Cause> cause, String whyOver, Terms terms, boolean room, Instant now) {
    if (known.isEmpty()) {
      return cause.isPresent() && room ? new Turn.Write(raised(cause.get(), terms, now)) : new Turn.Keep();
    }
    return switch (Stage.of(known.get())) {
      case Stage.Open(int level, Instant deadline) -> {
        if (cause.isEmpty()) {
          yield new Turn.Write(over(known.get(), whyOver, now));
        }
        yield deadline.isAfter(now) ? new Turn.Keep() : new Turn.Write(again(known.get(), cause.get(), terms, now));
      }
      case Stage.Obsolete(String why, Instant since) -> {
        if (cause.isPresent() && cause.get().returns()) {
          yield room ? new Turn.Write(again(known.get(), cause.get(), terms, now)) : new Turn.Keep();
        }
        yield forget(cause, since, terms, now);
      }
      case Stage.Settled(boolean approved, String principal, Instant since) -> forget(cause, since, terms, now);
      case Stage.Decided decided -> new Turn.Keep();
      case Stage.Foreign foreign -> new Turn.Keep();
    };
  }

  private static Turn forget(Optional<Cause> cause, Instant since, Terms terms, Instant now) {
    return cause.isEmpty() && !since.plus(terms.keep()).isAfter(now) ? new Turn.Delete() : new Turn.Keep();
  }

  private static Escalation raised(Cause cause, Terms terms, Instant now) {
    Escalation.Builder raised =
        Escalation.newBuilder()
            .setEscalationId(cause.id().value())
            .setType(cause.type())
            .setSubjectId(cause.about().subject())
            .setSwarmId(cause.about().swarm())
            .setTaskId(cause.about().task())
            .setBlockerId(cause.about().blocker())
            .setPlanId(cause.about().plan())
            .setCapability(cause.about().capability())
            .setRaisedAt(Times.toProto(now))
            .setTrace(cause.trace())
            .addAllInstructions(InstructionRules.of(cause));
    return loud(raised, cause, terms, now).setLastEvent(EscalationEventType.ESCALATION_EVENT_TYPE_RAISED).build();
  }

  private static Escalation again(Escalation known, Cause cause, Terms terms, Instant now) {
    Escalation.Builder next = known.toBuilder();
    if (known.getState() != EscalationState.ESCALATION_STATE_OPEN) {
      next.clearRequestId().clearRequestedMicros();
    }
    loud(next, cause, terms, now).setLastEvent(EscalationEventType.ESCALATION_EVENT_TYPE_RAISED_AGAIN);
    if (isAsked(known)) {
      next.setReason(known.getReason()).clearEvidence().addAllEvidence(known.getEvidenceList()); // what the swarm said
    }
    return next.build();
  }

  /** Open, one level higher than before, with what is known now; every webhook is to be told. */
  private static Escalation.Builder loud(Escalation.Builder escalation, Cause cause, Terms terms, Instant now) {
    escalation
        .setState(EscalationState.ESCALATION_STATE_OPEN)
        .setLevel(escalation.getLevel() + 1)
        .setReason(cause.reason())
        .clearEvidence()
        .addAllEvidence(cause.evidence())
        .clearLinks()
        .addAllLinks(LinkRules.of(terms.links(), places(cause)))
        .setDeadline(Times.toProto(now.plus(terms.deadline())))
        .setLastAt(Times.toProto(now))
        .clearDecidedAt()
        .clearDecisionReason()
        .clearDeliveries();
    for (String sink : terms.sinks()) {
      escalation.addDeliveries(
          Delivery.newBuilder().setSink(sink).setState(DeliveryState.DELIVERY_STATE_PENDING).setNextAt(Times.toProto(now)));
    }
    return escalation;
  }

  private static Map<String, String> places(Cause cause) {
    String parent = cause.trace().getTraceparent();
    return Map.of(
        "id", cause.id().value(),
        "swarm", cause.about().swarm(),
        "task", cause.about().task(),
        "trace", parent.length() >= 35 ? parent.substring(3, 35) : "");
  }

  private static Escalation over(Escalation known, String why, Instant now) {
    return known.toBuilder()
        .setState(EscalationState.ESCALATION_STATE_OBSOLETE)
        .setDecisionReason(why)
        .setDecidedAt(Times.toProto(now))
        .setLastEvent(EscalationEventType.ESCALATION_EVENT_TYPE_OBSOLETE)
        .setLastAt(Times.toProto(now))
        .build();
  }

  /**
   * A swarm asks for money: raises the question, or adds to the one that is open.
   *
   * @param cause of the budget, with what the swarm says as its reason
   */
  static Turn request(Optional<Escalation> known, Cause cause, String requestId, long amountMicros, Terms terms, boolean room, Instant now) {
    Optional<Escalation> before = known.filter(one -> Stage.of(one) instanceof Stage.Open);
    if (before.isEmpty() && known.isPresent() && !(Stage.of(known.get()) instanceof Stage.Obsolete)) {
      return new Turn.Refuse(decided(known.get()));
    }
    if (before.isPresent() && before.get().getRequestId().equals(requestId)) {
      return before.get().getRequestedMicros() == amountMicros ? new Turn.Keep() : new Turn.Refuse(reused(before.get(), requestId));
    }
    if (before.isEmpty() && !room) {
      return new Turn.Refuse(
          Refusal.of(ErrorCode.ERROR_CODE_OVERLOADED, "as many escalations are open as may be: ask again when some are decided"));
    }
    Escalation asked = before.orElseGet(() -> known.map(one -> again(one, cause, terms, now)).orElseGet(() -> raised(cause, terms, now)));
    return new Turn.Write(
        asked.toBuilder()
            .setReason(cause.reason())
            .clearEvidence()
            .addAllEvidence(cause.evidence())
            .setRequestId(requestId)
            .setRequestedMicros(amountMicros)
            .setLastEvent(before.isPresent() ? EscalationEventType.ESCALATION_EVENT_TYPE_REQUESTED : asked.getLastEvent())
            .setLastAt(Times.toProto(now))
            .build());
  }

  /** Whether a swarm has asked, and nobody has decided. */
  static boolean isAsked(Escalation escalation) {
    return Stage.of(escalation) instanceof Stage.Open && !escalation.getRequestId().isEmpty();
  }

  /**
   * What a named person has decided.
   *
   * @param grantMicros granted with an approval, 0 for nothing
   */
  record Command(boolean approve, String requestId, String principal, String reason, long grantMicros) {}

  /**
   * Decides. The first decision stands, and the same request answers it again.
   *
   * @param effect what is to be done, or was, in words; a pending one is the coordinator's to carry out
   */
  static Turn decide(Escalation known, Command command, EscalationEffect effect, Instant now) {
    return switch (Stage.of(known)) {
      case Stage.Open open ->
          new Turn.Write(
              known.toBuilder()
                  .setState(command.approve() ? EscalationState.ESCALATION_STATE_APPROVED : EscalationState.ESCALATION_STATE_REJECTED)
                  .setPrincipal(command.principal())
                  .setDecisionReason(command.reason())
                  .setGrantMicros(command.grantMicros())
                  .setRequestId(command.requestId())
                  .setDecidedAt(Times.toProto(now))
                  .setEffect(effect)
                  .setLastEvent(
                      command.approve()
                          ? EscalationEventType.ESCALATION_EVENT_TYPE_APPROVED
                          : EscalationEventType.ESCALATION_EVENT_TYPE_REJECTED)
                  .setLastAt(Times.toProto(now))
                  .build());
      case Stage.Decided before -> repeated(known, command, before.approved());
      case Stage.Settled before -> repeated(known, command, before.approved());
      case Stage.Obsolete before -> new Turn.Refuse(decided(known));
      case Stage.Foreign foreign -> new Turn.Refuse(decided(known));
    };
  }

  private static Turn repeated(Escalation known, Command command, boolean approved) {
    if (!known.getRequestId().equals(command.requestId())) {
      return new Turn.Refuse(decided(known));
    }
    return approved == command.approve() && known.getPrincipal().equals(command.principal())
        ? new Turn.Keep()
        : new Turn.Refuse(reused(known, command.requestId()));
  }

  /** What the decision asked for is done, or never will be. */
  static Turn carriedOut(Escalation known, EscalationEffectState state, String detail, Instant now) {
    if (!(Stage.of(known) instanceof Stage.Decided)) {
      return new Turn.Keep();
    }
    EscalationEffect.Builder effect = EscalationEffect.newBuilder().setState(state).setDetail(detail);
    if (state == EscalationEffectState.ESCALATION_EFFECT_STATE_PENDING) {
      return known.getEffect().getDetail().equals(detail)
          ? new Turn.Keep()
          : new Turn.Write(known.toBuilder().setEffect(effect).setLastEvent(EscalationEventType.ESCALATION_EVENT_TYPE_TRIED).setLastAt(Times.toProto(now)).build());
    }
    return new Turn.Write(
        known.toBuilder()
            .setEffect(effect.setAt(Times.toProto(now)))
            .setLastEvent(EscalationEventType.ESCALATION_EVENT_TYPE_CARRIED_OUT)
            .setLastAt(Times.toProto(now))
            .build());
  }

  /** The refusal of a decision that comes too late. */
  static Refusal decided(Escalation known) {
    String what =
        switch (Stage.of(known)) {
          case Stage.Decided(boolean approved, String principal, String reason) -> (approved ? "approved" : "rejected") + " by " + principal;
          case Stage.Settled(boolean approved, String principal, Instant since) -> (approved ? "approved" : "rejected") + " by " + principal;
          case Stage.Obsolete(String why, Instant since) -> "obsolete: " + why;
          case Stage.Foreign foreign -> "in a state that this version does not know";
          case Stage.Open open -> "about what is over";
        };
    return Refusal.of(ErrorCode.ERROR_CODE_ESCALATION_DECIDED, "escalation " + known.getEscalationId() + " is " + what)
        .with("escalation_id", known.getEscalationId())
        .with("principal", known.getPrincipal());
  }

  /** The refusal about an escalation that is not there. */
  static Refusal notFound(EscalationId id) {
    return Refusal.of(ErrorCode.ERROR_CODE_ESCALATION_NOT_FOUND, "there is no escalation " + id + ": it may have been forgotten since")
        .with("escalation_id", id);
  }

  private static Refusal reused(Escalation known, String requestId) {
    return Refusal.of(
            ErrorCode.ERROR_CODE_REQUEST_ID_REUSED,
            "request %s did something else to escalation %s: use a new request id".formatted(requestId, known.getEscalationId()))
        .with("escalation_id", known.getEscalationId())
        .with("request_id", requestId);
  }
}
