package io.infrafabric.governor.escalation;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;
import io.infrafabric.governor.escalation.EscalationRules.Command;
import io.infrafabric.governor.input.Findings;
import io.infrafabric.governor.v1.Escalation;
import io.infrafabric.governor.v1.RequestBudgetRequest;
import java.util.Optional;
import java.util.regex.Pattern;

/** What the calls of escalations must say, and who may say it. */
final class CommandRules {
  /** As the coordinator takes it, which is told who has decided. */
  private static final Pattern PRINCIPAL = Pattern.compile("[!-~]([ -~]{0,253}[!-~])?");

  private CommandRules() {}

  /** Every invalid field at once, or nothing. */
  static Optional<Refusal> validate(String escalationId, Command command) {
    return new Findings("nothing is decided")
        .requestId(command.requestId())
        .id("escalation_id", escalationId)
        .require(PRINCIPAL.matcher(command.principal()).matches(), "principal", "who decides, at most 255 printable characters")
        .text("reason", command.reason())
        .money("grant_micros", command.grantMicros())
        .refusal();
  }

  /** Every invalid field at once, or nothing. */
  static Optional<Refusal> validate(RequestBudgetRequest request) {
    return new Findings("no money is asked for")
        .requestId(request.getRequestId())
        .id("swarm_id", request.getSwarmId())
        .money("amount_micros", request.getAmountMicros())
        .text("reason", request.getReason())
        .refusal();
  }

  /**
   * Why a well-formed decision about this escalation is not taken, if so.
   *
   * @param mayMoveMoney whether the caller may do by other calls what an approval of it does
   */
  static Optional<Refusal> refused(Escalation known, Command command, boolean mayMoveMoney) {
    boolean money = MoneyRules.concerns(known.getType());
    if (money && command.approve() && !mayMoveMoney) {
      return Optional.of(
          Refusal.of(
                  ErrorCode.ERROR_CODE_PERMISSION_DENIED,
                  "escalation %s resets a breaker or grants money when it is approved, which is for an admin".formatted(known.getEscalationId()))
              .with("escalation_id", known.getEscalationId()));
    }
    if (!money && command.grantMicros() > 0) {
      return Optional.of(
          Refusal.of(ErrorCode.ERROR_CODE_INVALID_ARGUMENT, "nothing is granted with escalation " + known.getEscalationId())
              .with("escalation_id", known.getEscalationId())
              .withField("grant_micros", "0, because it is not about money"));
    }
    return Optional.empty();
  }

  /** The refusal of a request of a swarm that is stopped. */
  static Refusal stopped(String swarmId) {
    return Refusal.of(
            ErrorCode.ERROR_CODE_BREAKER_OPEN,
            "the breaker of swarm %s is open: whether it is reset, and with what money, is being asked already".formatted(swarmId))
        .with("swarm_id", swarmId);
  }

  /** The refusal of a request that met a grant: with that it is another question. */
  static Refusal granted(String swarmId) {
    return Refusal.of(ErrorCode.ERROR_CODE_CONTENDED, "swarm %s was granted money just now".formatted(swarmId)).with("swarm_id", swarmId);
  }
}
