package io.infrafabric.governor.budget;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;
import io.infrafabric.governor.money.Allowance;
import io.infrafabric.names.Limits;
import java.util.Optional;

/** Whether an amount fits. */
final class MoveRules {
  private MoveRules() {}

  /** Why micro-dollars cannot be taken, if so: the refusal names the way, what is free and the shortfall. */
  static Optional<Refusal> shortOf(String way, Allowance free, long amount) {
    return lacking(way, free, amount, "micro-dollars", "free_micros", "shortfall_micros");
  }

  /** Why tokens cannot be taken, if so. */
  static Optional<Refusal> shortOfTokens(String way, Allowance free, long tokens) {
    return lacking(way, free, tokens, "tokens", "free_tokens", "shortfall_tokens");
  }

  private static Optional<Refusal> lacking(String way, Allowance free, long amount, String unit, String freeField, String shortField) {
    if (free.fits(amount)) {
      return Optional.empty();
    }
    long left = free instanceof Allowance.Limited(long most) ? most : 0;
    return Optional.of(
        Refusal.of(
                ErrorCode.ERROR_CODE_BUDGET_EXCEEDED,
                "account %s has %d %s that are neither spent nor promised: %d do not fit, %d are missing".formatted(way, left, unit, amount, amount - left))
            .with("path", way)
            .with(freeField, left)
            .with(shortField, amount - left));
  }

  /** Why an account cannot take more, if so: it would be more than the fabric books. */
  static Optional<Refusal> tooMuch(String way, long granted, long amount) {
    if (amount <= Limits.MONEY_MICROS - granted) {
      return Optional.empty();
    }
    long most = Math.max(0, Limits.MONEY_MICROS - granted);
    return Optional.of(
        Refusal.of(ErrorCode.ERROR_CODE_INVALID_MONEY, "account %s was granted %d micro-dollars and may get at most %d more".formatted(way, granted, most))
            .with("path", way)
            .withField("amount_micros", "at most " + most));
  }

  /** Why an account cannot take more tokens, if so. */
  static Optional<Refusal> tooManyTokens(String way, long granted, long tokens) {
    return tokens <= Limits.TOKENS - granted
        ? Optional.empty()
        : Optional.of(
            Refusal.of(ErrorCode.ERROR_CODE_INVALID_ARGUMENT, "account %s was granted %d tokens and may get at most %d more".formatted(way, granted, Limits.TOKENS - granted))
                .with("path", way)
                .withField("tokens", "at most " + Math.max(0, Limits.TOKENS - granted)));
  }
}
