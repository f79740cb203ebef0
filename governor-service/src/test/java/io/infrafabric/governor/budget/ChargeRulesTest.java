package io.infrafabric.governor.budget;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.Claimed;
import io.infrafabric.coordinator.v1.Completed;
import io.infrafabric.coordinator.v1.Parked;
import io.infrafabric.coordinator.v1.Ready;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskRecord;
import io.infrafabric.governor.money.TokenPrices;
import io.infrafabric.governor.v1.AccountKind;
import io.infrafabric.governor.v1.BreakerReason;
import io.infrafabric.governor.v1.BreakerState;
import io.infrafabric.governor.v1.ChargeRequest;
import io.infrafabric.governor.v1.ChargeResponse;
import io.infrafabric.governor.v1.RefundRequest;
import io.infrafabric.governor.v1.TokenUse;
import io.infrafabric.kit.store.Entry;
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

  /** A version of a task that was written at revision 77 holds no fence when it is the one that made it. */
  @ParameterizedTest
  @CsvSource({
    "CLAIMED,   alpha, 0,  77, true",
    "CLAIMED,   alpha, 0,  76, false",
    "CLAIMED,   alpha, 50, 50, true",
    "CLAIMED,   alpha, 50, 77, false",
    "PARKED,    alpha, 0,  77, true",
    "PARKED,    alpha, 50, 50, true",
    "CLAIMED,   beta,  0,  77, false",
    "READY,     alpha, 0,  77, false",
    "COMPLETED, alpha, 77, 77, false",
  })
  void chargeForAClaim_countsWhileItsTaskIsHeldUnderThatFence(Task.StateCase state, String swarm, long recorded, long fence, boolean held) {
    Claimed claim = Claimed.newBuilder().setSwarmId(swarm).setClaimId("c1").setFence(recorded).build();
    Task.Builder task = Task.newBuilder();
    switch (state) {
      case CLAIMED -> task.setClaimed(claim);
      case PARKED -> task.setParked(Parked.newBuilder().setClaim(claim));
      case READY -> task.setReady(Ready.getDefaultInstance());
      case COMPLETED -> task.setCompleted(Completed.newBuilder().setClaim(Claimed.newBuilder().setClaimId("c1").setSwarmId(swarm).setFence(recorded)));
      case WAITING, FAILED, CANCELLED, QUARANTINED, STATE_NOT_SET -> throw new AssertionError(state);
    }
    tree.swarm("alpha", 100).held = HeldClaim.of(new Entry("t", TaskRecord.newBuilder().setTask(task).build().toByteString(), 77, 77, 0));
    TreeBench.Done<ChargeResponse> done =
        tree.charge(ChargeRequest.newBuilder().setRequestId("c").setAccountId("alpha").setAmountMicros(1).setClaimId("c1").setFence(fence).build());
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

  /** Nobody can spend from an account that is closed: what was given back to it would be lost. */
  @Test
  void refundOfAChargeOnAnAccountThatIsClosed_isRefused() {
    tree.organisation("acme", "", 100);
    tree.create("run-1", "acme", AccountKind.ACCOUNT_KIND_RUN, 10).orThrow();
    ChargeRequest charge = ChargeRequest.newBuilder().setRequestId("c1").setAccountId("run-1").setAmountMicros(4).build();
    tree.charge(charge).orThrow();
    tree.charge(charge.toBuilder().setRequestId("c2").setAccountId("acme").build()).orThrow();
    tree.close("run-1").orThrow();
    RefundRequest.Builder refund = RefundRequest.newBuilder().setRequestId("f").setAccountId("run-1").setChargeRequestId("c1");
    TreeBench.Done<?> gone = tree.refund(refund.build());
    assertThat(gone.code()).isEqualTo(ErrorCode.ERROR_CODE_ACCOUNT_ENDED);
    assertThat(gone.refusal().orElseThrow().message()).contains("account run-1 is closed", "charge c1");
    assertThat(tree.refund(refund.setChargeRequestId("never").build()).code()).isEqualTo(ErrorCode.ERROR_CODE_ACCOUNT_NOT_FOUND);
    tree.close("acme").orThrow();
    assertThat(tree.refund(refund.setAccountId("acme").setChargeRequestId("c2").build()).code()).isEqualTo(ErrorCode.ERROR_CODE_ACCOUNT_ENDED);
    assertThat(tree.credit("acme")).isZero();
    assertThat(tree.account("acme").getRefundedMicros()).isZero();
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
