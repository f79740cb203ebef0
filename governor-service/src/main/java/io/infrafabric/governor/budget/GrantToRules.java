package io.infrafabric.governor.budget;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;
import io.infrafabric.governor.input.Findings;
import io.infrafabric.governor.v1.Account;
import io.infrafabric.governor.v1.AccountOperation;
import io.infrafabric.governor.v1.GrantRequest;
import io.infrafabric.governor.v1.GrantResponse;
import io.infrafabric.governor.v1.LedgerLine;
import io.infrafabric.names.Limits;
import java.time.Instant;
import java.util.Optional;

/** Adds money from outside to an account that is no swarm's, and tokens to any. */
final class GrantToRules {
  private GrantToRules() {}

  /** Every invalid field at once, or nothing. */
  static Optional<Refusal> validate(GrantRequest request) {
    Findings wrong = new Findings("nothing is granted").requestId(request.getRequestId()).id("account_id", request.getAccountId());
    boolean tokensOnly = request.getTokens() != 0 && request.getAmountMicros() == 0;
    return (tokensOnly ? wrong : wrong.moneyAboveZero("amount_micros", request.getAmountMicros()))
        .require(request.getTokens() >= 0 && request.getTokens() <= Limits.TOKENS, "tokens", "0 to " + Limits.TOKENS)
        .refusal();
  }

  /** Decides on a request that {@link #validate} found well. */
  static BudgetRuling<GrantResponse> grant(Sheet sheet, GrantRequest request, Instant now) {
    Optional<Holding> found = sheet.at(request.getAccountId());
    Optional<BudgetRuling<GrantResponse>> done =
        LineRules.done(sheet, request.getRequestId(), request, () -> answer(found.map(Holding::account).orElse(Account.getDefaultInstance())));
    if (done.isPresent()) {
      return done.get();
    }
    if (found.isEmpty()) {
      return new BudgetRuling.Refuse<>(TreeRules.missing("account_id", request.getAccountId()));
    }
    String way = TreeRules.words(request.getAccountId(), sheet.look());
    return TreeRules.ended(request.getAccountId(), sheet.look())
        .or(() -> endless(found.get(), request, way))
        .or(() -> MoveRules.tooManyTokens(way, found.get().tokens().granted(), request.getTokens()))
        .or(() -> MoveRules.tooMuch(way, found.get().dollars().granted(), request.getAmountMicros()))
        .<BudgetRuling<GrantResponse>>map(BudgetRuling.Refuse::new)
        .orElseGet(() -> granted(found.get(), request, now));
  }

  private static Optional<Refusal> endless(Holding account, GrantRequest request, String way) {
    return request.getAmountMicros() > 0 && account.dollars().unlimited()
        ? Optional.of(
            Refusal.of(ErrorCode.ERROR_CODE_INVALID_MONEY, "account %s is unlimited: it needs no grant".formatted(way))
                .withField("account_id", "an account with a limit"))
        : Optional.empty();
  }

  private static BudgetRuling<GrantResponse> granted(Holding account, GrantRequest request, Instant now) {
    LedgerLine line =
        LineRules.line(account.id(), request.getRequestId(), AccountOperation.ACCOUNT_OPERATION_GRANTED, request, now)
            .setAmountMicros(request.getAmountMicros())
            .setOutsideMicros(request.getAmountMicros())
            .setTokens(request.getTokens())
            .build();
    Holding granted = account.withDollars(account.dollars().plus(request.getAmountMicros()));
    Holding richer = request.getTokens() == 0 ? granted : granted.withTokens(account.tokens().limited().plus(request.getTokens()));
    return BudgetRuling.Write.of(line, written -> answer(written.get(account.id())), richer.with(LineRules.told(richer.account(), line)));
  }

  private static GrantResponse answer(Account account) {
    return GrantResponse.newBuilder().setAccount(account).build();
  }
}
