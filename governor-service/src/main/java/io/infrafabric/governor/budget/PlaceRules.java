package io.infrafabric.governor.budget;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;
import io.infrafabric.governor.input.Findings;
import io.infrafabric.governor.money.Allowance;
import io.infrafabric.governor.money.Purse;
import io.infrafabric.governor.v1.Account;
import io.infrafabric.governor.v1.AccountKind;
import io.infrafabric.governor.v1.AccountOperation;
import io.infrafabric.governor.v1.LedgerLine;
import io.infrafabric.governor.v1.PlaceAccountRequest;
import io.infrafabric.governor.v1.PlaceAccountResponse;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Puts the account of a swarm or organisation beneath another, or takes it out of its tree. */
final class PlaceRules {
  private PlaceRules() {}

  /** Every invalid field at once, or nothing. */
  static Optional<Refusal> validate(PlaceAccountRequest request) {
    Findings wrong = new Findings("the account is not placed").requestId(request.getRequestId()).id("account_id", request.getAccountId());
    if (!request.getParentId().isEmpty()) {
      wrong.id("parent_id", request.getParentId());
    }
    if (request.hasDraw()) {
      wrong
          .require(!request.getParentId().isEmpty(), "draw", "only beneath an account: there is nothing to draw on without one")
          .money("draw.below_micros", request.getDraw().getBelowMicros())
          .moneyAboveZero("draw.amount_micros", request.getDraw().getAmountMicros());
    }
    return wrong.refusal();
  }

  /** Decides on a request that {@link #validate} found well; its old parent is among the accounts that are compared. */
  static BudgetRuling<PlaceAccountResponse> place(Sheet sheet, PlaceAccountRequest request, Instant now) {
    String id = request.getAccountId();
    Optional<Holding> found = sheet.at(id);
    Optional<BudgetRuling<PlaceAccountResponse>> done =
        LineRules.done(sheet, request.getRequestId(), request, () -> answer(found.map(Holding::account).orElse(Account.getDefaultInstance()), TreeRules.path(id, sheet.look())));
    if (done.isPresent()) {
      return done.get();
    }
    if (found.isEmpty()) {
      return new BudgetRuling.Refuse<>(TreeRules.missing("account_id", id));
    }
    Holding account = found.get();
    boolean moves = !account.account().getParentId().equals(request.getParentId());
    Optional<Refusal> refusal =
        fixed(account, request)
            .or(() -> TreeRules.ended(id, sheet.look()))
            .or(() -> moves && !request.getParentId().isEmpty() ? notThere(sheet, account, request.getParentId()) : Optional.empty());
    if (refusal.isPresent()) {
      return new BudgetRuling.Refuse<>(refusal.get());
    }
    return moves ? moved(sheet, account, request, now) : ordered(sheet, account, request, now);
  }

  private static Optional<Refusal> fixed(Holding account, PlaceAccountRequest request) {
    AccountKind kind = TreeRules.kindOf(account.account());
    if (kind != AccountKind.ACCOUNT_KIND_SWARM && kind != AccountKind.ACCOUNT_KIND_ORGANISATION) {
      return Optional.of(
          Refusal.of(ErrorCode.ERROR_CODE_INVALID_ARGUMENT, "account %s stays where it was opened: only swarms and organisations are placed".formatted(account.id()))
              .withField("account_id", "the account of a swarm or an organisation"));
    }
    return request.hasDraw() && kind != AccountKind.ACCOUNT_KIND_SWARM
        ? Optional.of(
            Refusal.of(ErrorCode.ERROR_CODE_INVALID_ARGUMENT, "account %s is no swarm's: only those draw by themselves".formatted(account.id()))
                .withField("draw", "only for the account of a swarm"))
        : Optional.empty();
  }

  private static Optional<Refusal> notThere(Sheet sheet, Holding account, String parent) {
    Optional<Holding> above = sheet.at(parent);
    if (above.isEmpty()) {
      return Optional.of(TreeRules.missing("parent_id", parent));
    }
    return TreeRules.cycle(account.id(), parent, sheet.look())
        .or(() -> TreeRules.ended(parent, sheet.look()))
        .or(() -> TreeRules.misplaced(account.id(), TreeRules.kindOf(account.account()), above.get().account(), sheet.look()))
        .or(() -> endless(sheet, account, above.get()));
  }

  private static Optional<Refusal> endless(Sheet sheet, Holding account, Holding parent) {
    // A swarm's tokens are counted and not limited until somebody grants some.
    boolean wrong = account.dollars().unlimited() && !parent.dollars().unlimited();
    return wrong
        ? Optional.of(
            Refusal.of(
                    ErrorCode.ERROR_CODE_INVALID_ARGUMENT,
                    "account %s is unlimited and %s has a limit: what stands beneath it has one too".formatted(account.id(), TreeRules.words(parent.id(), sheet.look())))
                .withField("parent_id", "an unlimited account"))
        : Optional.empty();
  }

  private static BudgetRuling<PlaceAccountResponse> ordered(Sheet sheet, Holding account, PlaceAccountRequest request, Instant now) {
    LedgerLine line = line(request, now);
    List<String> path = TreeRules.path(account.id(), sheet.look());
    return BudgetRuling.Write.of(
        line, written -> answer(written.get(account.id()), path), account.with(LineRules.told(withOrder(account.account(), request), line)));
  }

  private static BudgetRuling<PlaceAccountResponse> moved(Sheet sheet, Holding account, PlaceAccountRequest request, Instant now) {
    LedgerLine line = line(request, now);
    List<Holding> next = new ArrayList<>();
    Holding free = account;
    if (!account.account().getParentId().isEmpty()) {
      Optional<Holding> old = sheet.at(account.account().getParentId());
      if (old.isEmpty()) {
        return new BudgetRuling.Refuse<>(TreeRules.moved(account.id()));
      }
      Left left = leave(account, old.get());
      if (!left.whole()) {
        return new BudgetRuling.Refuse<>(busy(sheet, account));
      }
      free = left.account();
      next.add(left.parent().with(LineRules.told(left.parent().account(), line)));
    }
    List<String> path = new ArrayList<>();
    if (!request.getParentId().isEmpty()) {
      Holding parent = sheet.at(request.getParentId()).orElseThrow();
      next.add(parent.with(LineRules.told(parent.account().toBuilder().setChildren(parent.account().getChildren() + 1).build(), line)));
      path.addAll(TreeRules.path(parent.id(), sheet.look()));
    }
    path.add(account.id());
    Account placed = withOrder(free.account().toBuilder().setParentId(request.getParentId()).build(), request);
    next.add(free.with(LineRules.told(placed, line)));
    return new BudgetRuling.Write<>(next, List.of(), List.of(line), written -> answer(written.get(account.id()), path));
  }

  private static Account withOrder(Account account, PlaceAccountRequest request) {
    return request.hasDraw() ? account.toBuilder().setDraw(request.getDraw()).build() : account.toBuilder().clearDraw().build();
  }

  /**
   * An account that goes on without its parent, as far as that is possible now.
   *
   * @param whole false while money that it has drawn is promised: then it has only given back the rest
   */
  record Left(Holding account, Holding parent, boolean whole) {}

  /** Takes an account out of its tree: what is neither spent nor promised of what it drew goes back, what is spent stands in its parent's books. */
  static Left leave(Holding account, Holding parent) {
    long back = TransferRules.returnable(account) instanceof Allowance.Limited(long amount) ? amount : 0;
    long tokens = account.tokens().returnable();
    Purse dollars = account.dollars().unlimited() ? account.dollars() : account.dollars().giveBack(back);
    Purse meter = account.tokens().unlimited() ? account.tokens() : account.tokens().giveBack(tokens);
    Holding given = account.withDollars(dollars).withTokens(meter);
    Holding taken = parent.withDollars(parent.dollars().takeBack(back)).withTokens(parent.tokens().takeBack(tokens));
    if (given.dollars().returnable() != 0) {
      return new Left(given, taken, false);
    }
    Holding gone = given.withDollars(given.dollars().leave()).withTokens(given.tokens().leave());
    Holding released = taken.withDollars(taken.dollars().release(given.dollars())).withTokens(taken.tokens().release(given.tokens()));
    return new Left(
        gone.with(gone.account().toBuilder().clearParentId().clearDraw().build()),
        released.with(released.account().toBuilder().setChildren(released.account().getChildren() - 1).build()),
        true);
  }

  private static Refusal busy(Sheet sheet, Holding account) {
    return Refusal.of(
            ErrorCode.ERROR_CODE_ACCOUNT_BUSY,
            "money that account %s has drawn is promised to claims that are held or not booked yet".formatted(TreeRules.words(account.id(), sheet.look())))
        .with("account_id", account.id());
  }

  private static LedgerLine line(PlaceAccountRequest request, Instant now) {
    return LineRules.line(request.getAccountId(), request.getRequestId(), AccountOperation.ACCOUNT_OPERATION_PLACED, request, now)
        .setOtherAccountId(request.getParentId())
        .build();
  }

  private static PlaceAccountResponse answer(Account account, List<String> path) {
    return PlaceAccountResponse.newBuilder().setAccount(account).addAllPath(path).build();
  }
}
