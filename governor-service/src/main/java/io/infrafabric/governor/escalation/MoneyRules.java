package io.infrafabric.governor.escalation;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;
import io.infrafabric.governor.books.Books;
import io.infrafabric.governor.books.Credit;
import io.infrafabric.governor.books.Ruling;
import io.infrafabric.governor.breaker.BreakerRules;
import io.infrafabric.governor.breaker.Cells;
import io.infrafabric.governor.escalation.EscalationRules.Command;
import io.infrafabric.governor.v1.Escalation;
import io.infrafabric.governor.v1.EscalationEffect;
import io.infrafabric.governor.v1.EscalationEffectState;
import io.infrafabric.governor.v1.EscalationType;
import io.infrafabric.governor.v1.ResetRequest;
import io.infrafabric.kit.time.Times;
import java.time.Instant;
import java.util.Optional;

/** Decisions about the governor's own records: what they do to the books is written with them. */
final class MoneyRules {
  private MoneyRules() {}

  /** Whether a decision about it is all the governor's own. */
  static boolean concerns(EscalationType type) {
    return type == EscalationType.ESCALATION_TYPE_BREAKER_RESET || type == EscalationType.ESCALATION_TYPE_BUDGET_REQUEST;
  }

  /** Resets the breaker or grants the money. Refused when the breaker has opened anew, or money was granted, since the question was put. */
  static Turn approve(Escalation known, Books books, Command given, Instant now) {
    Command command = given.grantMicros() > 0 ? given : new Command(true, given.requestId(), given.principal(), given.reason(), known.getRequestedMicros());
    Turn turn = EscalationRules.decide(known, command, done(sentence(known, command), now), now);
    if (!(turn instanceof Turn.Write(Escalation next))) {
      return turn;
    }
    boolean isReset = known.getType() == EscalationType.ESCALATION_TYPE_BREAKER_RESET;
    Ruling<Void> ruling = isReset ? reset(known, books, command, now) : grant(known, books, command, now);
    return switch (ruling) {
      case Ruling.Write<Void>(Books after, Void nothing) -> new Turn.WriteWithBooks(next, books, after);
      case Ruling.Keep<Void>(Books kept, Void nothing) -> new Turn.Write(next);
      case Ruling.Refuse<Void>(Refusal refusal) -> new Turn.Refuse(refusal);
    };
  }

  /** Leaves the books as they are. */
  static Turn reject(Escalation known, Command command, Instant now) {
    String stays =
        known.getType() == EscalationType.ESCALATION_TYPE_BREAKER_RESET
            ? breaker(known) + " stays open"
            : "nothing is granted to swarm " + known.getSwarmId();
    return EscalationRules.decide(known, command, done(stays, now), now);
  }

  private static Ruling<Void> reset(Escalation known, Books books, Command command, Instant now) {
    Optional<Cause> cause = CauseRules.trip(books, known.getCapability());
    if (Books.isOpen(Cells.of(books, known.getCapability())) && cause.filter(trip -> trip.id().value().equals(known.getEscalationId())).isEmpty()) {
      return new Ruling.Refuse<>(over(known, breaker(known) + " has opened again since"));
    }
    ResetRequest request =
        ResetRequest.newBuilder()
            .setRequestId(requestId(known))
            .setSwarmId(known.getSwarmId())
            .setCapability(known.getCapability())
            .setPrincipal(command.principal())
            .setReason(command.reason())
            .setGrantMicros(command.grantMicros())
            .build();
    return BreakerRules.reset(books, request, now);
  }

  private static Ruling<Void> grant(Escalation known, Books books, Command command, Instant now) {
    if (!CauseRules.budgetId(books).value().equals(known.getEscalationId())) {
      return new Ruling.Refuse<>(over(known, "swarm " + known.getSwarmId() + " has been granted money since"));
    }
    if (command.grantMicros() == 0) {
      return new Ruling.Refuse<>(
          Refusal.of(ErrorCode.ERROR_CODE_INVALID_MONEY, "swarm " + known.getSwarmId() + " named no amount: approve with a grant above 0")
              .withField("grant_micros", "above 0, because no amount was asked for"));
    }
    return Credit.tooMuch(books, command.grantMicros())
        .<Ruling<Void>>map(Ruling.Refuse::new)
        .orElseGet(() -> new Ruling.Write<>(Credit.add(books, requestId(known), command.grantMicros(), now), null));
  }

  /** Names what an escalation does wherever request ids are kept. */
  static String requestId(Escalation escalation) {
    return "escalation:" + escalation.getEscalationId();
  }

  private static Refusal over(Escalation known, String why) {
    return Refusal.of(ErrorCode.ERROR_CODE_ESCALATION_DECIDED, "escalation " + known.getEscalationId() + " is over: " + why)
        .with("escalation_id", known.getEscalationId());
  }

  private static String sentence(Escalation known, Command command) {
    String granted = command.grantMicros() > 0 ? CauseRules.dollars(command.grantMicros()) + " granted to swarm " + known.getSwarmId() : "";
    if (known.getType() == EscalationType.ESCALATION_TYPE_BUDGET_REQUEST) {
      return granted;
    }
    return breaker(known) + " is reset" + (granted.isEmpty() ? "" : ", " + granted);
  }

  private static String breaker(Escalation known) {
    return "the breaker of swarm " + known.getSwarmId() + (known.getCapability().isEmpty() ? "" : " for " + known.getCapability());
  }

  private static EscalationEffect done(String detail, Instant now) {
    return EscalationEffect.newBuilder()
        .setState(EscalationEffectState.ESCALATION_EFFECT_STATE_DONE)
        .setDetail(detail)
        .setAt(Times.toProto(now))
        .build();
  }
}
