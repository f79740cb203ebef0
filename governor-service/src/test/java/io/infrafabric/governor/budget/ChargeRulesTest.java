package io.infrafabric.governor.budget;

import static io.infrafabric.governor.books.BooksFixture.commitments;
import static io.infrafabric.governor.books.BooksFixture.ended;
import static io.infrafabric.governor.books.BooksFixture.open;
import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.ClaimEnd;
import io.infrafabric.governor.money.TokenPrices;
import io.infrafabric.governor.v1.AccountKind;
import io.infrafabric.governor.v1.BreakerReason;
import io.infrafabric.governor.v1.BreakerState;
import io.infrafabric.governor.v1.ChargeRequest;
import io.infrafabric.governor.v1.ChargeResponse;
import io.infrafabric.governor.v1.RefundRequest;
import io.infrafabric.governor.v1.TokenUse;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Spec G7, G8: what fits is booked once, what does not is refused, and what was charged may be given back. */
class ChargeRulesTest {
  private final TreeBench tree = new TreeBench();

  /** Budget 10, 8 spent: 5 are refused, 2 are not. */
  @ParameterizedTest
  @CsvSource({"5, false", "3, false", "2, true", "1, true"})
  void chargeThatDoesNotFit_isRefused_andNothingIsBooked(long micros, boolean fits) {
    tree.swarm("alpha", 10).charge("alpha", 8).orThrow();
    TreeBench.Done<ChargeResponse> done = tree.charge("alpha", micros);
    assertThat(done.answer().isPresent()).isEqualTo(fits);
    assertThat(tree.credit("alpha")).isEqualTo(fits ? 2 - micros : 2);
    if (!fits) {
      assertThat(done.code()).isEqualTo(ErrorCode.ERROR_CODE_BUDGET_EXCEEDED);
      assertThat(done.refusal().orElseThrow().metadata()).containsEntry("shortfall_micros", String.valueOf(micros - 2));
    }
  }

  @Test
  void lastOfTheMoney_stopsTheSwarmInTheSameWrite() {
    tree.swarm("alpha", 10).charge("alpha", 9).orThrow();
    Holding.OfSwarm before = (Holding.OfSwarm) tree.holdings.get("alpha");
    assertThat(before.books().breaker().getState()).isEqualTo(BreakerState.BREAKER_STATE_CLOSED);
    tree.charge("alpha", 1).orThrow();
    Holding.OfSwarm after = (Holding.OfSwarm) tree.holdings.get("alpha");
    assertThat(after.books().breaker().getReason()).isEqualTo(BreakerReason.BREAKER_REASON_BUDGET_EXHAUSTED);
    assertThat(after.books().standing().getBreaker()).isEqualTo(BreakerState.BREAKER_STATE_OPEN);
  }

  /** Money that went to accounts beneath is not spent: nobody is stopped for it. */
  @Test
  void lastOfTheMoneyGivenToARun_stopsNobody() {
    tree.swarm("alpha", 10).create("run-1", "alpha", AccountKind.ACCOUNT_KIND_RUN, 10).orThrow();
    assertThat(((Holding.OfSwarm) tree.holdings.get("alpha")).books().isBreakerOpen()).isFalse();
  }

  @Test
  void chargeThatComesAgain_isBookedOnce() {
    ChargeRequest request = ChargeRequest.newBuilder().setRequestId("c").setAccountId("alpha").setAmountMicros(4).build();
    tree.swarm("alpha", 10);
    ChargeResponse first = tree.charge(request).orThrow();
    assertThat(tree.charge(request).orThrow().getAmountMicros()).isEqualTo(first.getAmountMicros());
    assertThat(tree.credit("alpha")).isEqualTo(6);
    assertThat(tree.charge(request.toBuilder().setAmountMicros(5).build()).code()).isEqualTo(ErrorCode.ERROR_CODE_REQUEST_ID_REUSED);
  }

  /** The record of the fixture was written at revision 77: that is the fence of a claim without one. */
  @ParameterizedTest
  @CsvSource({"c1, 77, true", "c1, 76, false", "c2, 77, false", "gone, 77, false", "c3, 5, true", "c3, 77, false"})
  void chargeForAClaim_countsWhileItIsHeldUnderThatFence(String claim, long fence, boolean held) {
    tree.swarm("alpha", 100).promises("alpha", commitments(open("c1"), ended("c2", 1, ClaimEnd.CLAIM_END_COMPLETED, 1), open("c3").toBuilder().setFence(5).build()));
    TreeBench.Done<ChargeResponse> done =
        tree.charge(ChargeRequest.newBuilder().setRequestId("c").setAccountId("alpha").setAmountMicros(1).setClaimId(claim).setFence(fence).build());
    assertThat(done.answer().isPresent()).isEqualTo(held);
    if (!held) {
      assertThat(done.code()).isEqualTo(ErrorCode.ERROR_CODE_STALE_FENCE);
    }
  }

  @Test
  void tokens_areChargedAtThePriceOfTheDay_andCounted() {
    tree.swarm("alpha", 1_000_000);
    TokenUse use = TokenUse.newBuilder().setModel("sonnet").setInputTokens(1_000).setOutputTokens(500).build();
    ChargeResponse charged = tree.charge(ChargeRequest.newBuilder().setRequestId("c").setAccountId("alpha").setTokens(use).build()).orThrow();
    assertThat(charged.getAmountMicros()).isEqualTo(10_500);
    assertThat(charged.getPrice().getOutputPerMillionMicros()).isEqualTo(15_000_000);
    assertThat(tree.credit("alpha")).isEqualTo(989_500);
    assertThat(tree.account("alpha").getTokens().getUsedInput()).isEqualTo(1_000);
    assertThat(tree.account("alpha").getTokens().getUsedOutput()).isEqualTo(500);
    assertThat(tree.account("alpha").getTokens().getUnlimited()).isTrue();
    assertThat(tree.lines.get("c").getPrice()).isEqualTo(charged.getPrice());
  }

  @Test
  void modelWithoutAPriceThen_isNotCharged() {
    ChargeRequest request = ChargeRequest.newBuilder().setTokens(TokenUse.newBuilder().setModel("gpt").setInputTokens(1)).build();
    assertThat(ChargeRules.cost(request, TokenPrices.defaults(), TreeBench.NOW)).isEmpty();
    assertThat(ChargeRules.noPrice(request, TreeBench.NOW).code()).isEqualTo(ErrorCode.ERROR_CODE_PRICE_NOT_FOUND);
  }

  @Test
  void refund_isNeverMoreThanTheCharge_andOnceForARequest() {
    tree.swarm("alpha", 10).charge(ChargeRequest.newBuilder().setRequestId("c").setAccountId("alpha").setAmountMicros(8).build()).orThrow();
    RefundRequest part = RefundRequest.newBuilder().setRequestId("f1").setAccountId("alpha").setChargeRequestId("c").setAmountMicros(3).build();
    assertThat(tree.refund(part).orThrow().getRefundedMicros()).isEqualTo(3);
    assertThat(tree.refund(part).orThrow().getRefundedMicros()).isEqualTo(3);
    assertThat(tree.credit("alpha")).isEqualTo(5);
    assertThat(tree.refund(part.toBuilder().setRequestId("f2").setAmountMicros(6).build()).code()).isEqualTo(ErrorCode.ERROR_CODE_INVALID_MONEY);
    assertThat(tree.refund(part.toBuilder().setRequestId("f3").setAmountMicros(0).build()).orThrow().getRefundedMicros()).isEqualTo(5);
    assertThat(tree.credit("alpha")).isEqualTo(10);
    assertThat(tree.account("alpha").getRefundedMicros()).isEqualTo(8);
    assertThat(tree.refund(part.toBuilder().setRequestId("f4").setAmountMicros(0).build()).code()).as("nothing is left of it").isEqualTo(ErrorCode.ERROR_CODE_INVALID_MONEY);
    assertThat(tree.refund(part.toBuilder().setRequestId("f5").setChargeRequestId("f1").build()).code()).as("a refund is no charge").isEqualTo(ErrorCode.ERROR_CODE_CHARGE_NOT_FOUND);
  }

  @Test
  void badFields_areAllNamedAtOnce() {
    ChargeRequest request =
        ChargeRequest.newBuilder().setRequestId("?").setAccountId("").setSwarmId("A").setAmountMicros(-1).setClaimId("c").setReason("x".repeat(2_000)).build();
    assertThat(ChargeRules.validate(request).orElseThrow().fields())
        .extracting(field -> field.path())
        .containsExactlyInAnyOrder("request_id", "account_id", "swarm_id", "amount_micros", "fence", "reason");
    ChargeRequest tokens = ChargeRequest.newBuilder().setRequestId("r").setAccountId("a").setAmountMicros(1).setTokens(TokenUse.newBuilder().setInputTokens(-1)).build();
    assertThat(ChargeRules.validate(tokens).orElseThrow().fields())
        .extracting(field -> field.path())
        .containsExactlyInAnyOrder("amount_micros", "tokens.model", "tokens.input_tokens");
  }
}
