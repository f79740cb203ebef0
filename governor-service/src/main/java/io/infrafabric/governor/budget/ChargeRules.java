package io.infrafabric.governor.budget;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;
import io.infrafabric.governor.breaker.EndedRules;
import io.infrafabric.governor.input.Findings;
import io.infrafabric.governor.money.Purses;
import io.infrafabric.governor.money.SpendRules;
import io.infrafabric.governor.money.TokenCostRules;
import io.infrafabric.governor.money.TokenPrices;
import io.infrafabric.governor.v1.Account;
import io.infrafabric.governor.v1.AccountOperation;
import io.infrafabric.governor.v1.ChargeRequest;
import io.infrafabric.governor.v1.ChargeResponse;
import io.infrafabric.governor.v1.DatedTokenPrice;
import io.infrafabric.governor.v1.LedgerLine;
import io.infrafabric.governor.v1.TokenUse;
import io.infrafabric.kit.time.Times;
import io.infrafabric.names.Limits;
import java.time.Instant;
import java.util.Optional;

/** Books a cost that no claim end brings; what does not fit is refused. */
final class ChargeRules {
  private ChargeRules() {}

  /** Every invalid field at once, or nothing. */
  static Optional<Refusal> validate(ChargeRequest request) {
    Findings wrong =
        new Findings("nothing is charged")
            .requestId(request.getRequestId())
            .id("account_id", request.getAccountId())
            .atMost("claim_id", request.getClaimId(), Limits.TEXT_CHARACTERS)
            .atMost("reason", request.getReason(), Limits.TEXT_CHARACTERS)
            .require(
                request.getClaimId().isEmpty() == (request.getFence() == 0) && request.getFence() >= 0,
                "fence",
                "the fence of the claim, above 0; nothing without a claim_id");
    if (!request.getSwarmId().isEmpty()) {
      wrong.id("swarm_id", request.getSwarmId());
    }
    if (request.hasTokens()) {
      TokenUse use = request.getTokens();
      wrong
          .require(request.getAmountMicros() == 0, "amount_micros", "nothing beside tokens: what they cost is computed")
          .require(!use.getModel().isEmpty(), "tokens.model", "the model whose tokens they are")
          .require(isCount(use.getInputTokens()), "tokens.input_tokens", "0 to " + Limits.TOKENS)
          .require(isCount(use.getOutputTokens()), "tokens.output_tokens", "0 to " + Limits.TOKENS)
          .require(use.getInputTokens() != 0 || use.getOutputTokens() != 0, "tokens", "tokens read or written are needed");
    } else {
      wrong.moneyAboveZero("amount_micros", request.getAmountMicros());
    }
    return wrong.refusal();
  }

  private static boolean isCount(long tokens) {
    return tokens >= 0 && tokens <= Limits.TOKENS;
  }

  /** What a request that {@link #validate} found well comes to, or why that is not known. */
  static Optional<Cost> cost(ChargeRequest request, TokenPrices prices, Instant now) {
    if (!request.hasTokens()) {
      return Optional.of(new Cost(request.getAmountMicros(), Optional.empty()));
    }
    TokenUse use = request.getTokens();
    return prices
        .of(use.getModel(), usedAt(use, now))
        .map(price -> new Cost(TokenCostRules.costMicros(price, use.getInputTokens(), use.getOutputTokens()), Optional.of(price)));
  }

  /** The refusal where no price was valid. */
  static Refusal noPrice(ChargeRequest request, Instant now) {
    TokenUse use = request.getTokens();
    return Refusal.of(
            ErrorCode.ERROR_CODE_PRICE_NOT_FOUND, "there is no price for tokens of %s at %s".formatted(use.getModel(), usedAt(use, now)))
        .with("model", use.getModel())
        .withField("tokens.model", "a model with a price at that time");
  }

  private static Instant usedAt(TokenUse use, Instant now) {
    return use.hasAt() ? Times.toInstant(use.getAt()) : now;
  }

  /** The refusal of a cost that is more than the fabric books. */
  static Optional<Refusal> tooLarge(Cost cost) {
    return new Findings("nothing is charged").money("tokens", cost.micros()).refusal();
  }

  /** Decides on a request that {@link #validate} found well. */
  static BudgetRuling<ChargeResponse> charge(Sheet sheet, ChargeRequest request, Cost cost, Instant now) {
    String id = request.getAccountId();
    Optional<Holding> found = sheet.at(id);
    Optional<BudgetRuling<ChargeResponse>> done =
        LineRules.done(
            sheet, request.getRequestId(), request, () -> again(found.map(Holding::account).orElse(Account.getDefaultInstance()), sheet.line(request.getRequestId()).orElseThrow()));
    if (done.isPresent()) {
      return done.get();
    }
    if (found.isEmpty()) {
      return new BudgetRuling.Refuse<>(TreeRules.missing("account_id", id));
    }
    Holding account = found.get();
    String way = TreeRules.words(id, sheet.look());
    long tokens = request.getTokens().getInputTokens() + request.getTokens().getOutputTokens();
    return TreeRules.outOfReach(request.getSwarmId(), id, sheet.look())
        .or(() -> TreeRules.ended(id, sheet.look()))
        .or(() -> request.getClaimId().isEmpty() ? Optional.empty() : stale(sheet, request))
        .or(() -> MoveRules.shortOf(way, account.free(), cost.micros()))
        .or(() -> MoveRules.shortOfTokens(way, account.tokens().allowance(), tokens))
        .<BudgetRuling<ChargeResponse>>map(BudgetRuling.Refuse::new)
        .orElseGet(() -> charged(account, request, cost, now));
  }

  /** The swarm that holds the claim of a charge: the one that is named, or the account's. */
  static String holder(ChargeRequest request) {
    return request.getSwarmId().isEmpty() ? request.getAccountId() : request.getSwarmId();
  }

  /** A charge for a claim counts while the claim is held under this fence (I4), by the record of its task as every report of the holder is judged. */
  private static Optional<Refusal> stale(Sheet sheet, ChargeRequest request) {
    HeldClaim named = new HeldClaim(holder(request), request.getClaimId(), request.getFence());
    if (sheet.held().filter(named::equals).isPresent()) {
      return Optional.empty();
    }
    return Optional.of(
        Refusal.of(
                ErrorCode.ERROR_CODE_STALE_FENCE,
                "swarm %s does not hold claim %s under fence %d: nothing is charged for it".formatted(holder(request), request.getClaimId(), request.getFence()))
            .with("swarm_id", holder(request))
            .with("claim_id", request.getClaimId())
            .with("fence", request.getFence()));
  }

  private static BudgetRuling<ChargeResponse> charged(Holding account, ChargeRequest request, Cost cost, Instant now) {
    TokenUse use = request.getTokens();
    LedgerLine.Builder line =
        LineRules.line(account.id(), request.getRequestId(), AccountOperation.ACCOUNT_OPERATION_CHARGED, request, now)
            .setAmountMicros(cost.micros())
            .setClaimId(request.getClaimId())
            .setFence(request.getFence())
            .setReason(request.getReason())
            .setSwarmId(request.getSwarmId())
            .setInputTokens(use.getInputTokens())
            .setOutputTokens(use.getOutputTokens());
    cost.price().ifPresent(line::setPrice);
    LedgerLine written = line.build();
    Holding spent = spend(account, cost, use, now);
    Holding told = spent.with(LineRules.told(spent.account(), written));
    return BudgetRuling.Write.of(written, accounts -> again(accounts.get(account.id()), written), exhausted(told, cost, now));
  }

  private static Holding spend(Holding account, Cost cost, TokenUse use, Instant now) {
    Account record = account.account();
    Account dollars = SpendRules.booked(Purses.with(record, account.dollars().spend(cost.micros())), cost.micros(), now);
    if (use.getInputTokens() == 0 && use.getOutputTokens() == 0) {
      return account.with(dollars);
    }
    long input = Math.addExact(record.getTokens().getUsedInput(), use.getInputTokens());
    long output = Math.addExact(record.getTokens().getUsedOutput(), use.getOutputTokens());
    return account.with(Purses.withTokens(dollars, account.tokens().spend(use.getInputTokens() + use.getOutputTokens()), input, output));
  }

  /** A swarm that has spent the last of its money is stopped in the same transaction, unless it draws on a parent. */
  private static Holding exhausted(Holding account, Cost cost, Instant now) {
    return switch (account) {
      case Holding.OfSwarm(var books, var commitments) ->
          books.account().hasDraw() ? account : new Holding.OfSwarm(EndedRules.afterCharge(books, cost.micros(), now), commitments);
      case Holding.Own own -> own;
    };
  }

  private static ChargeResponse again(Account account, LedgerLine line) {
    ChargeResponse.Builder response = ChargeResponse.newBuilder().setAccount(account).setAmountMicros(line.getAmountMicros());
    if (line.hasPrice()) {
      DatedTokenPrice price = line.getPrice();
      response.setPrice(price);
    }
    return response.build();
  }
}
