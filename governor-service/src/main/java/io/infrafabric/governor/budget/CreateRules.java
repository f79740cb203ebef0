package io.infrafabric.governor.budget;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;
import io.infrafabric.governor.input.Findings;
import io.infrafabric.governor.money.Allowance;
import io.infrafabric.governor.money.Purse;
import io.infrafabric.governor.money.Purses;
import io.infrafabric.governor.money.TierSplitRules;
import io.infrafabric.governor.v1.Account;
import io.infrafabric.governor.v1.AccountKind;
import io.infrafabric.governor.v1.AccountOperation;
import io.infrafabric.governor.v1.CreateAccountRequest;
import io.infrafabric.governor.v1.CreateAccountRequest.BudgetCase;
import io.infrafabric.governor.v1.CreateAccountRequest.TokenBudgetCase;
import io.infrafabric.governor.v1.CreateAccountResponse;
import io.infrafabric.governor.v1.LedgerLine;
import io.infrafabric.governor.v1.TierSplit;
import io.infrafabric.names.Limits;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Opens an account, with what it draws from its parent at once. */
final class CreateRules {
  private CreateRules() {}

  /** Every invalid field at once, or nothing. */
  static Optional<Refusal> validate(CreateAccountRequest request) {
    boolean top = request.getParentId().isEmpty();
    Findings wrong =
        new Findings("no account is opened")
            .requestId(request.getRequestId())
            .id("account_id", request.getAccountId())
            .money("amount_micros", request.getAmountMicros())
            .require(request.getTokens() >= 0 && request.getTokens() <= Limits.TOKENS, "tokens", "0 to " + Limits.TOKENS)
            .atMost("description", request.getDescription(), Limits.TEXT_CHARACTERS)
            .require(isKind(request.getKind()), "kind", "organisation, task, run or step: a swarm's account begins with its registration")
            .require(
                !top || !isKind(request.getKind()) || request.getKind() == AccountKind.ACCOUNT_KIND_ORGANISATION,
                "parent_id",
                "the account above; only an organisation has none");
    if (!top) {
      wrong.id("parent_id", request.getParentId());
    }
    if (!request.getSwarmId().isEmpty()) {
      wrong.id("swarm_id", request.getSwarmId());
    }
    if (request.hasSplit()) {
      split(wrong, request.getSplit(), top);
    }
    return wrong.refusal();
  }

  private static boolean isKind(AccountKind kind) {
    return switch (kind) {
      case ACCOUNT_KIND_ORGANISATION, ACCOUNT_KIND_TASK, ACCOUNT_KIND_RUN, ACCOUNT_KIND_STEP -> true;
      case ACCOUNT_KIND_SWARM, ACCOUNT_KIND_UNSPECIFIED, UNRECOGNIZED -> false;
    };
  }

  private static void split(Findings wrong, TierSplit split, boolean top) {
    wrong
        .require(!top, "split", "only beneath an account: there is nothing to split without one")
        .require(split.getFromTier() == 1 || split.getFromTier() == 2, "split.from_tier", "1 or 2")
        .require(TierSplitRules.isToolFactor(split.getToolFactorMillis()), "split.tool_factor_millis", "1200 to 1400, or 0 without a tool")
        .require(isPercent(split.getSpeedPercent()), "split.speed_percent", "0 to 100")
        .require(isPercent(split.getThriftPercent()), "split.thrift_percent", "0 to 100")
        .require(isPercent(split.getReliabilityPercent()), "split.reliability_percent", "0 to 100");
  }

  private static boolean isPercent(int percent) {
    return percent >= 0 && percent <= 100;
  }

  /** Decides on a request that {@link #validate} found well. */
  static BudgetRuling<CreateAccountResponse> create(Sheet sheet, CreateAccountRequest request, Instant now) {
    String id = request.getAccountId();
    Optional<BudgetRuling<CreateAccountResponse>> done = LineRules.done(sheet, request.getRequestId(), request, () -> shown(sheet, id));
    if (done.isPresent()) {
      return done.get();
    }
    if (sheet.at(id).isPresent()) {
      return new BudgetRuling.Refuse<>(
          Refusal.of(ErrorCode.ERROR_CODE_ALREADY_EXISTS, "there is an account %s: %s".formatted(id, TreeRules.words(id, sheet.look()))).with("account_id", id));
    }
    return request.getParentId().isEmpty() ? top(request, now) : beneath(sheet, request, now);
  }

  private static CreateAccountResponse shown(Sheet sheet, String id) {
    Account account = sheet.at(id).map(Holding::account).orElseGet(() -> Account.newBuilder().setAccountId(id).build());
    return CreateAccountResponse.newBuilder().setAccount(account).addAllPath(TreeRules.path(id, sheet.look())).build();
  }

  private static BudgetRuling<CreateAccountResponse> top(CreateAccountRequest request, Instant now) {
    Purse dollars = request.getUnlimited() ? Purse.UNLIMITED : Purse.EMPTY.plus(request.getAmountMicros());
    Purse tokens = request.getTokenBudgetCase() == TokenBudgetCase.TOKENS ? Purse.EMPTY.plus(request.getTokens()) : Purse.UNLIMITED;
    LedgerLine line = line(request, dollars.granted(), now).setOutsideMicros(dollars.granted()).setTokens(tokens.granted()).build();
    Holding opened = new Holding.Own(opened(request, dollars, tokens, line));
    return BudgetRuling.Write.of(line, written -> answer(written.get(request.getAccountId()), List.of(request.getAccountId())), opened);
  }

  private static BudgetRuling<CreateAccountResponse> beneath(Sheet sheet, CreateAccountRequest request, Instant now) {
    Optional<Holding> above = sheet.at(request.getParentId());
    if (above.isEmpty()) {
      return new BudgetRuling.Refuse<>(TreeRules.missing("parent_id", request.getParentId()));
    }
    Holding parent = above.get();
    String way = TreeRules.words(parent.id(), sheet.look());
    Optional<Refusal> refusal =
        TreeRules.outOfReach(request.getSwarmId(), parent.id(), sheet.look())
            .or(() -> TreeRules.ended(parent.id(), sheet.look()))
            .or(() -> TreeRules.misplaced(request.getAccountId(), request.getKind(), parent.account(), sheet.look()))
            .or(() -> endless(request, parent, way));
    if (refusal.isPresent()) {
      return new BudgetRuling.Refuse<>(refusal.get());
    }
    long micros = micros(request, parent);
    return MoveRules.shortOf(way, parent.free(), micros)
        .or(() -> MoveRules.shortOfTokens(way, parent.tokens().allowance(), request.getTokens()))
        .<BudgetRuling<CreateAccountResponse>>map(BudgetRuling.Refuse::new)
        .orElseGet(() -> drawn(sheet, request, parent, micros, now));
  }

  /** What is beneath something with an end has one, too. */
  private static Optional<Refusal> endless(CreateAccountRequest request, Holding parent, String way) {
    boolean all = request.getBudgetCase() == BudgetCase.UNLIMITED && request.getUnlimited();
    if (all && !parent.dollars().unlimited()) {
      return Optional.of(endless("unlimited", way));
    }
    if (request.getUnlimitedTokens() && !parent.tokens().unlimited()) {
      return Optional.of(endless("unlimited_tokens", way));
    }
    boolean splitOfAll = request.hasSplit() && parent.free() instanceof Allowance.Unlimited;
    return splitOfAll
        ? Optional.of(
            Refusal.of(ErrorCode.ERROR_CODE_INVALID_ARGUMENT, "account %s is unlimited: there is nothing to split".formatted(way))
                .with("path", way)
                .withField("split", "an amount, or unlimited"))
        : Optional.empty();
  }

  private static Refusal endless(String field, String way) {
    return Refusal.of(ErrorCode.ERROR_CODE_INVALID_ARGUMENT, "account %s has a limit: what stands beneath it has one too".formatted(way))
        .with("path", way)
        .withField(field, "an amount, because the account above has a limit");
  }

  private static long micros(CreateAccountRequest request, Holding parent) {
    return switch (request.getBudgetCase()) {
      case AMOUNT_MICROS -> request.getAmountMicros();
      case SPLIT -> parent.free() instanceof Allowance.Limited(long left) ? TierSplitRules.of(left, request.getSplit()) : 0;
      case UNLIMITED, BUDGET_NOT_SET -> 0;
    };
  }

  private static BudgetRuling<CreateAccountResponse> drawn(Sheet sheet, CreateAccountRequest request, Holding parent, long micros, Instant now) {
    Purse dollars = request.getUnlimited() ? Purse.UNLIMITED : Purse.EMPTY.receive(micros);
    boolean some = request.getTokenBudgetCase() == TokenBudgetCase.TOKENS;
    boolean all = !some && parent.tokens().unlimited();
    Purse tokens = all ? Purse.UNLIMITED : Purse.EMPTY.receive(request.getTokens());
    LedgerLine line = line(request, micros, now).setOtherAccountId(parent.id()).setTokens(request.getTokens()).build();
    Holding opened = new Holding.Own(opened(request, dollars, tokens, line));
    Holding given = parent.withDollars(parent.dollars().allot(micros)).withTokens(parent.tokens().allot(request.getTokens()));
    Account counted = given.account().toBuilder().setChildren(given.account().getChildren() + 1).build();
    List<String> path = new ArrayList<>(TreeRules.path(parent.id(), sheet.look()));
    path.add(request.getAccountId());
    return BudgetRuling.Write.of(line, written -> answer(written.get(request.getAccountId()), path), opened, given.with(LineRules.told(counted, line)));
  }

  private static LedgerLine.Builder line(CreateAccountRequest request, long micros, Instant now) {
    return LineRules.line(request.getAccountId(), request.getRequestId(), AccountOperation.ACCOUNT_OPERATION_OPENED, request, now)
        .setAmountMicros(micros)
        .setSwarmId(request.getSwarmId());
  }

  private static Account opened(CreateAccountRequest request, Purse dollars, Purse tokens, LedgerLine line) {
    Account account =
        Account.newBuilder()
            .setAccountId(request.getAccountId())
            .setParentId(request.getParentId())
            .setKind(request.getKind())
            .setDescription(request.getDescription())
            .setOpenedAt(line.getAt())
            .build();
    return LineRules.told(Purses.withTokens(Purses.with(account, dollars), tokens), line);
  }

  private static CreateAccountResponse answer(Account account, List<String> path) {
    return CreateAccountResponse.newBuilder().setAccount(account).addAllPath(path).build();
  }
}
