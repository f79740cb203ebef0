package io.infrafabric.governor.budget;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;
import io.infrafabric.governor.input.Findings;
import io.infrafabric.governor.money.Allowance;
import io.infrafabric.governor.v1.Account;
import io.infrafabric.governor.v1.AccountOperation;
import io.infrafabric.governor.v1.LedgerLine;
import io.infrafabric.governor.v1.TransferRequest;
import io.infrafabric.governor.v1.TransferResponse;
import io.infrafabric.names.Limits;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/** Moves money and tokens between an account and its parent. */
final class TransferRules {
  private TransferRules() {}

  /** Every invalid field at once, or nothing. */
  static Optional<Refusal> validate(TransferRequest request) {
    Findings wrong =
        new Findings("nothing is transferred")
            .requestId(request.getRequestId())
            .id("from_account_id", request.getFromAccountId())
            .id("to_account_id", request.getToAccountId())
            .money("amount_micros", request.getAmountMicros())
            .require(request.getTokens() >= 0 && request.getTokens() <= Limits.TOKENS, "tokens", "0 to " + Limits.TOKENS)
            .require(request.getAmountMicros() != 0 || request.getTokens() != 0, "amount_micros", "an amount or tokens are needed")
            .require(
                request.getFromAccountId().isEmpty() || !request.getFromAccountId().equals(request.getToAccountId()),
                "to_account_id",
                "another account than it comes from");
    if (!request.getSwarmId().isEmpty()) {
      wrong.id("swarm_id", request.getSwarmId());
    }
    return wrong.refusal();
  }

  /** Decides on a request that {@link #validate} found well. */
  static BudgetRuling<TransferResponse> transfer(Sheet sheet, TransferRequest request, AccountOperation operation, Instant now) {
    Optional<Holding> from = sheet.at(request.getFromAccountId());
    Optional<Holding> to = sheet.at(request.getToAccountId());
    Optional<BudgetRuling<TransferResponse>> done =
        LineRules.done(sheet, request.getRequestId(), request, () -> answer(from.map(Holding::account), to.map(Holding::account)));
    if (done.isPresent()) {
      return done.get();
    }
    if (from.isEmpty()) {
      return new BudgetRuling.Refuse<>(TreeRules.missing("from_account_id", request.getFromAccountId()));
    }
    if (to.isEmpty()) {
      return new BudgetRuling.Refuse<>(TreeRules.missing("to_account_id", request.getToAccountId()));
    }
    boolean down = to.get().account().getParentId().equals(from.get().id());
    boolean up = from.get().account().getParentId().equals(to.get().id());
    Optional<Refusal> refusal =
        TreeRules.outOfReach(request.getSwarmId(), from.get().id(), sheet.look())
            .or(() -> TreeRules.outOfReach(request.getSwarmId(), to.get().id(), sheet.look()))
            .or(() -> strangers(sheet, from.get(), to.get(), down || up))
            .or(() -> down ? TreeRules.ended(to.get().id(), sheet.look()) : Optional.empty())
            .or(() -> endless(sheet, down ? to.get() : from.get(), request))
            .or(() -> down ? notDown(sheet, from.get(), to.get(), request) : notUp(sheet, from.get(), request));
    if (refusal.isPresent()) {
      return new BudgetRuling.Refuse<>(refusal.get());
    }
    LedgerLine line =
        LineRules.line(request.getFromAccountId(), request.getRequestId(), operation, request, now)
            .setOtherAccountId(request.getToAccountId())
            .setAmountMicros(request.getAmountMicros())
            .setTokens(request.getTokens())
            .setSwarmId(request.getSwarmId())
            .build();
    Holding source = moved(from.get(), request, down);
    Holding target = down ? received(to.get(), request) : taken(to.get(), request);
    return BudgetRuling.Write.of(
        line,
        written -> answer(written, request),
        source.with(LineRules.told(source.account(), line)),
        target.with(LineRules.told(target.account(), line)));
  }

  private static Optional<Refusal> strangers(Sheet sheet, Holding from, Holding to, boolean related) {
    if (related) {
      return Optional.empty();
    }
    String there = TreeRules.words(to.id(), sheet.look());
    return Optional.of(
        Refusal.of(
                ErrorCode.ERROR_CODE_INVALID_ARGUMENT,
                "money goes between an account and its parent only, and not from %s to %s".formatted(TreeRules.words(from.id(), sheet.look()), there))
            .withField("to_account_id", "the parent of the account that it comes from, or one right beneath that"));
  }

  /** An account with as much money as it asks for neither takes nor gives any. */
  private static Optional<Refusal> endless(Sheet sheet, Holding child, TransferRequest request) {
    return request.getAmountMicros() > 0 && child.dollars().unlimited()
        ? Optional.of(
            Refusal.of(ErrorCode.ERROR_CODE_INVALID_ARGUMENT, "account %s is unlimited: there is nothing to move".formatted(TreeRules.words(child.id(), sheet.look())))
                .withField("amount_micros", "nothing, because the account beneath is unlimited"))
        : Optional.empty();
  }

  private static Optional<Refusal> notDown(Sheet sheet, Holding from, Holding to, TransferRequest request) {
    String way = TreeRules.words(from.id(), sheet.look());
    return MoveRules.shortOf(way, from.free(), request.getAmountMicros())
        .or(() -> MoveRules.shortOfTokens(way, from.tokens().allowance(), request.getTokens()))
        .or(() -> MoveRules.tooMuch(TreeRules.words(to.id(), sheet.look()), to.dollars().granted(), request.getAmountMicros()));
  }

  /** Only what it has drawn goes back: what came from outside is its own. */
  private static Optional<Refusal> notUp(Sheet sheet, Holding from, TransferRequest request) {
    String way = TreeRules.words(from.id(), sheet.look());
    return MoveRules.shortOf(way, returnable(from), request.getAmountMicros())
        .or(() -> MoveRules.shortOfTokens(way, Allowance.of(from.tokens().returnable()), request.getTokens()));
  }

  /** What an account may give back: what it has drawn and neither spent nor promised. */
  static Allowance returnable(Holding holding) {
    return holding.free() instanceof Allowance.Limited(long free) ? Allowance.of(Math.min(free, holding.dollars().drawn())) : Allowance.of(0);
  }

  private static Holding moved(Holding from, TransferRequest request, boolean down) {
    return down
        ? from.withDollars(from.dollars().allot(request.getAmountMicros())).withTokens(from.tokens().allot(request.getTokens()))
        : from.withDollars(from.dollars().giveBack(request.getAmountMicros())).withTokens(from.tokens().giveBack(request.getTokens()));
  }

  private static Holding received(Holding to, TransferRequest request) {
    Holding richer = to.withDollars(to.dollars().receive(request.getAmountMicros()));
    // Whoever is given tokens has a limit from then on.
    return request.getTokens() == 0 ? richer : richer.withTokens(to.tokens().limited().receive(request.getTokens()));
  }

  private static Holding taken(Holding to, TransferRequest request) {
    return to.withDollars(to.dollars().takeBack(request.getAmountMicros())).withTokens(to.tokens().takeBack(request.getTokens()));
  }

  private static TransferResponse answer(Map<String, Account> written, TransferRequest request) {
    return answer(Optional.of(written.get(request.getFromAccountId())), Optional.of(written.get(request.getToAccountId())));
  }

  private static TransferResponse answer(Optional<Account> from, Optional<Account> to) {
    TransferResponse.Builder response = TransferResponse.newBuilder();
    from.ifPresent(response::setFrom);
    to.ifPresent(response::setTo);
    return response.build();
  }
}
