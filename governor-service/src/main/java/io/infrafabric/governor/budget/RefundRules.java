package io.infrafabric.governor.budget;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;
import io.infrafabric.governor.input.Findings;
import io.infrafabric.governor.money.Purses;
import io.infrafabric.governor.money.SpendRules;
import io.infrafabric.governor.v1.Account;
import io.infrafabric.governor.v1.AccountOperation;
import io.infrafabric.governor.v1.AccountState;
import io.infrafabric.governor.v1.LedgerLine;
import io.infrafabric.governor.v1.RefundRequest;
import io.infrafabric.governor.v1.RefundResponse;
import io.infrafabric.names.Ids;
import io.infrafabric.names.Limits;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Gives a charge back, once per request id and never more than it was. Tokens stay used. */
final class RefundRules {
  private RefundRules() {}

  /** Every invalid field at once, or nothing. */
  static Optional<Refusal> validate(RefundRequest request) {
    return new Findings("nothing is refunded")
        .requestId(request.getRequestId())
        .id("account_id", request.getAccountId())
        .require(
            Ids.isRequestId(request.getChargeRequestId()) && !request.getChargeRequestId().equals(request.getRequestId()),
            "charge_request_id",
            "the request id of the charge, another than that of the refund")
        .money("amount_micros", request.getAmountMicros())
        .atMost("reason", request.getReason(), Limits.TEXT_CHARACTERS)
        .refusal();
  }

  /** Decides on a request that {@link #validate} found well; the line of the charge is among those that are compared. */
  static BudgetRuling<RefundResponse> refund(Sheet sheet, RefundRequest request, Instant now) {
    String id = request.getAccountId();
    Optional<Holding> found = sheet.at(id);
    Optional<BudgetRuling<RefundResponse>> done =
        LineRules.done(
            sheet,
            request.getRequestId(),
            request,
            () -> answer(found.map(Holding::account).orElse(Account.getDefaultInstance()), sheet.line(request.getRequestId()).orElseThrow().getAmountMicros()));
    if (done.isPresent()) {
      return done.get();
    }
    Optional<LedgerLine> charge = sheet.line(request.getChargeRequestId()).filter(line -> line.getOperation() == AccountOperation.ACCOUNT_OPERATION_CHARGED);
    if (found.isEmpty()) {
      return new BudgetRuling.Refuse<>(charge.isEmpty() ? TreeRules.missing("account_id", id) : ended(request));
    }
    if (found.get().account().getState() == AccountState.ACCOUNT_STATE_CLOSED) {
      return new BudgetRuling.Refuse<>(ended(request));
    }
    if (charge.isEmpty()) {
      return new BudgetRuling.Refuse<>(
          Refusal.of(ErrorCode.ERROR_CODE_CHARGE_NOT_FOUND, "account %s has no charge %s".formatted(id, request.getChargeRequestId()))
              .with("account_id", id)
              .with("charge_request_id", request.getChargeRequestId()));
    }
    long left = charge.get().getAmountMicros() - charge.get().getRefundedMicros();
    long amount = request.getAmountMicros() == 0 ? left : request.getAmountMicros();
    return tooMuch(found.get(), request, left, amount)
        .<BudgetRuling<RefundResponse>>map(BudgetRuling.Refuse::new)
        .orElseGet(() -> refunded(found.get(), charge.get(), request, amount, now));
  }

  /** What was given back to an account that nobody can spend from would be lost; who has its spend in his books is not known here. */
  private static Refusal ended(RefundRequest request) {
    String id = request.getAccountId();
    return Refusal.of(
            ErrorCode.ERROR_CODE_ACCOUNT_ENDED,
            "account %s is closed: charge %s cannot be given back any more; grant what it was to an account that is open".formatted(id, request.getChargeRequestId()))
        .with("account_id", id)
        .with("ended_account_id", id)
        .with("charge_request_id", request.getChargeRequestId());
  }

  private static Optional<Refusal> tooMuch(Holding account, RefundRequest request, long left, long amount) {
    // What stands in the books of a former parent is not given back here.
    long most = Math.min(left, account.dollars().spent() - Math.min(account.dollars().spent(), account.dollars().handed()));
    return amount > 0 && amount <= most
        ? Optional.empty()
        : Optional.of(
            Refusal.of(
                    ErrorCode.ERROR_CODE_INVALID_MONEY,
                    "of charge %s at most %d micro-dollars can be given back, not %d".formatted(request.getChargeRequestId(), Math.max(0, most), amount))
                .with("account_id", account.id())
                .with("left_micros", Math.max(0, most))
                .withField("amount_micros", "above 0 and at most " + Math.max(0, most)));
  }

  private static BudgetRuling<RefundResponse> refunded(Holding account, LedgerLine charge, RefundRequest request, long amount, Instant now) {
    LedgerLine line =
        LineRules.line(account.id(), request.getRequestId(), AccountOperation.ACCOUNT_OPERATION_REFUNDED, request, now)
            .setAmountMicros(amount)
            .setChargeRequestId(request.getChargeRequestId())
            .setClaimId(charge.getClaimId())
            .setFence(charge.getFence())
            .setReason(request.getReason())
            .build();
    LedgerLine less = charge.toBuilder().setRefundedMicros(charge.getRefundedMicros() + amount).build();
    Account richer = SpendRules.booked(Purses.with(account.account(), account.dollars().refund(amount)), -amount, now);
    Account told = LineRules.told(richer.toBuilder().setRefundedMicros(richer.getRefundedMicros() + amount).build(), line);
    return new BudgetRuling.Write<>(List.of(account.with(told)), List.of(), List.of(line, less), written -> answer(written.get(account.id()), amount));
  }

  private static RefundResponse answer(Account account, long micros) {
    return RefundResponse.newBuilder().setAccount(account).setRefundedMicros(micros).build();
  }
}
