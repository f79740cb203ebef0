package io.infrafabric.governor;

import static io.infrafabric.governor.GovernorFixture.refusalOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.util.Timestamps;
import io.grpc.StatusRuntimeException;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.ClaimEnd;
import io.infrafabric.governor.v1.Account;
import io.infrafabric.governor.v1.AccountKind;
import io.infrafabric.governor.v1.AccountState;
import io.infrafabric.governor.v1.ChargeRequest;
import io.infrafabric.governor.v1.ChargeResponse;
import io.infrafabric.governor.v1.CloseAccountRequest;
import io.infrafabric.governor.v1.CreateAccountRequest;
import io.infrafabric.governor.v1.GetAccountRequest;
import io.infrafabric.governor.v1.GetAccountResponse;
import io.infrafabric.governor.v1.GetForecastRequest;
import io.infrafabric.governor.v1.GetForecastResponse;
import io.infrafabric.governor.v1.GetSwarmRequest;
import io.infrafabric.governor.v1.GrantRequest;
import io.infrafabric.governor.v1.ListAccountsRequest;
import io.infrafabric.governor.v1.ListAccountsResponse;
import io.infrafabric.governor.v1.ListTokenPricesRequest;
import io.infrafabric.governor.v1.PlaceAccountRequest;
import io.infrafabric.governor.v1.RefundRequest;
import io.infrafabric.governor.v1.StepType;
import io.infrafabric.governor.v1.TierSplit;
import io.infrafabric.governor.v1.TokenUse;
import io.infrafabric.governor.v1.TransferRequest;
import io.infrafabric.kit.grpc.Errors;
import io.infrafabric.names.Keys;
import io.infrafabric.testkit.store.MemoryStore;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The tree of accounts over gRPC, beside swarms that are registered and settled. */
class AccountTreeServiceTest {
  private final MemoryStore store = new MemoryStore(System::nanoTime);
  private GovernorFixture governor;
  private int requests;

  @BeforeEach
  void start() {
    governor = new GovernorFixture(store, new Keys().root());
    governor.register("alpha", "r1", "code:java");
    create("acme", "", AccountKind.ACCOUNT_KIND_ORGANISATION);
    governor.grant("acme", "g1", 10_000);
    place("alpha", "acme");
  }

  @AfterEach
  void stop() {
    governor.close();
  }

  private String request() {
    return "t-" + requests++;
  }

  private Account create(String id, String parent, AccountKind kind) {
    return governor.accounts.createAccount(CreateAccountRequest.newBuilder().setRequestId(request()).setAccountId(id).setParentId(parent).setKind(kind).build()).getAccount();
  }

  private void place(String id, String parent) {
    governor.accounts.placeAccount(PlaceAccountRequest.newBuilder().setRequestId(request()).setAccountId(id).setParentId(parent).build());
  }

  private void transfer(String from, String to, long micros) {
    governor.accounts.transfer(TransferRequest.newBuilder().setRequestId(request()).setFromAccountId(from).setToAccountId(to).setAmountMicros(micros).build());
  }

  private ChargeResponse charge(String id, long micros) {
    return governor.accounts.charge(ChargeRequest.newBuilder().setRequestId(request()).setAccountId(id).setAmountMicros(micros).build());
  }

  private GetAccountResponse get(String id) {
    return governor.accounts.getAccount(GetAccountRequest.newBuilder().setAccountId(id).build());
  }

  @Test
  void moneyGivenToASwarm_isItsCreditInItsStanding_andSettlementGoesOn() {
    transfer("acme", "alpha", 1_000);
    assertThat(governor.registry.getSwarm(GetSwarmRequest.newBuilder().setSwarmId("alpha").build()).getStanding().getCreditMicros()).isEqualTo(1_000);
    governor.coordinator.end("alpha", "c1", ClaimEnd.CLAIM_END_COMPLETED, 300);
    await().untilAsserted(() -> assertThat(get("alpha").getAccount().getSettledMicros()).isEqualTo(300));
    Account alpha = get("alpha").getAccount();
    assertThat(alpha.getCreditMicros()).isEqualTo(700);
    assertThat(alpha.getDrawnMicros()).isEqualTo(1_000);
    assertThat(alpha.hasLast()).as("written by a booking").isFalse();
    assertThat(get("alpha").getPathList()).containsExactly("acme", "alpha");
    assertThat(get("acme").getAccount().getAllottedMicros()).isEqualTo(1_000);
  }

  @Test
  void idOfAnAccount_isNoSwarms_andTheOtherWayRound() {
    assertThat(refusalOf(() -> governor.register("acme", "r9", "code:java"))).isEqualTo(ErrorCode.ERROR_CODE_ALREADY_EXISTS);
    assertThat(refusalOf(() -> create("alpha", "acme", AccountKind.ACCOUNT_KIND_RUN))).isEqualTo(ErrorCode.ERROR_CODE_ALREADY_EXISTS);
    assertThat(get("acme").getAccount().getKind()).isEqualTo(AccountKind.ACCOUNT_KIND_ORGANISATION);
  }

  @Test
  void split_isExactOverTheWire() {
    transfer("acme", "alpha", 1_000);
    CreateAccountRequest split =
        CreateAccountRequest.newBuilder()
            .setRequestId("s")
            .setAccountId("step-1")
            .setParentId("alpha")
            .setKind(AccountKind.ACCOUNT_KIND_STEP)
            .setSplit(TierSplit.newBuilder().setFromTier(2).setStepType(StepType.STEP_TYPE_DECISION_POINT))
            .build();
    assertThat(governor.accounts.createAccount(split).getAccount().getCreditMicros()).isEqualTo(324);
    assertThat(governor.accounts.createAccount(split).getAccount().getCreditMicros()).as("the same request again").isEqualTo(324);
    assertThat(get("alpha").getAccount().getCreditMicros()).isEqualTo(676);
  }

  @Test
  void tokens_areChargedAtThePriceOfTheirDay() {
    ChargeRequest.Builder request = ChargeRequest.newBuilder().setAccountId("acme");
    TokenUse.Builder use = TokenUse.newBuilder().setModel("sonnet").setInputTokens(100).setOutputTokens(10);
    ChargeResponse old = governor.accounts.charge(request.setRequestId("c1").setTokens(use.setAt(Timestamps.fromSeconds(1_720_000_000))).build());
    ChargeResponse now = governor.accounts.charge(request.setRequestId("c2").setTokens(use.clearAt()).build());
    assertThat(old.getAmountMicros()).isEqualTo(100 * 3 + 10 * 15);
    assertThat(now.getAmountMicros()).isEqualTo(100 * 4 + 10 * 20);
    assertThat(now.getAccount().getTokens().getUsedInput()).isEqualTo(200);
    assertThat(refusalOf(() -> governor.accounts.charge(request.setRequestId("c3").setTokens(use.setAt(Timestamps.fromSeconds(1))).build())))
        .isEqualTo(ErrorCode.ERROR_CODE_PRICE_NOT_FOUND);
    assertThat(governor.accounts.listTokenPrices(ListTokenPricesRequest.newBuilder().setModel("sonnet").build()).getPricesList()).hasSize(2);
  }

  @Test
  void tokensBeyondTheirLimit_areRefused() {
    governor.accounts.grant(GrantRequest.newBuilder().setRequestId("g9").setAccountId("acme").setTokens(100).build());
    ChargeRequest.Builder request = ChargeRequest.newBuilder().setAccountId("acme");
    TokenUse.Builder use = TokenUse.newBuilder().setModel("haiku");
    governor.accounts.charge(request.setRequestId("c1").setTokens(use.setInputTokens(99)).build());
    assertThat(refusalOf(() -> governor.accounts.charge(request.setRequestId("c2").setTokens(use.setInputTokens(2)).build()))).isEqualTo(ErrorCode.ERROR_CODE_BUDGET_EXCEEDED);
    governor.accounts.charge(request.setRequestId("c3").setTokens(use.setInputTokens(1)).build());
  }

  @Test
  void chargeForAClaim_carriesItsFence() {
    transfer("acme", "alpha", 1_000);
    long fence = governor.coordinator.claim("alpha", "c1", 100);
    ChargeRequest.Builder request = ChargeRequest.newBuilder().setAccountId("alpha").setAmountMicros(5).setClaimId("c1");
    governor.accounts.charge(request.setRequestId("c-1").setFence(fence).build());
    assertThat(refusalOf(() -> governor.accounts.charge(request.setRequestId("c-2").setFence(fence + 1).build()))).isEqualTo(ErrorCode.ERROR_CODE_STALE_FENCE);
    assertThat(refusalOf(() -> charge("alpha", 896))).as("100 of it is promised").isEqualTo(ErrorCode.ERROR_CODE_BUDGET_EXCEEDED);
    charge("alpha", 895);
    assertThat(get("alpha").getCommittedMicros()).isEqualTo(100);
  }

  /** The book of a swarm is written by every claim and end of it: its revision is nobody's fence. */
  @Test
  void chargeForAClaim_goesByItsTask_whateverElseTheSwarmDoes() {
    transfer("acme", "alpha", 1_000);
    long first = governor.coordinator.claim("alpha", "c1", 100);
    long second = governor.coordinator.claim("alpha", "c2", 100);
    long book = store.entries(new Keys().commitments()).getFirst().modRevision();
    chargeFor("c1", first);
    chargeFor("c2", second);
    assertThat(refusalOf(() -> chargeFor("c1", second))).as("the fence of another claim").isEqualTo(ErrorCode.ERROR_CODE_STALE_FENCE);
    assertThat(refusalOf(() -> chargeFor("c1", book))).as("a revision that is no fence").isEqualTo(ErrorCode.ERROR_CODE_STALE_FENCE);
    governor.coordinator.progress("alpha", "c1", first);
    governor.coordinator.end("alpha", "c3", ClaimEnd.CLAIM_END_COMPLETED, 1);
    chargeFor("c1", first);
  }

  @Test
  void chargeForAClaimThatANewerSessionHas_carriesTheNewFence() {
    transfer("acme", "alpha", 1_000);
    long old = governor.coordinator.claim("alpha", "c1", 100);
    chargeFor("c1", old);
    long now = governor.coordinator.inherit("alpha", "c1");
    assertThat(refusalOf(() -> chargeFor("c1", old))).isEqualTo(ErrorCode.ERROR_CODE_STALE_FENCE);
    chargeFor("c1", now);
    governor.coordinator.progress("alpha", "c1", now);
    chargeFor("c1", now);
  }

  /** What was charged for a claim stays so when it has ended: the request that comes again is answered. */
  @Test
  void chargeForAClaimThatHasEnded_isAnsweredAgainButNotMade() {
    transfer("acme", "alpha", 1_000);
    long fence = governor.coordinator.claim("alpha", "c1", 100);
    ChargeRequest.Builder request = ChargeRequest.newBuilder().setAccountId("alpha").setAmountMicros(5).setClaimId("c1").setFence(fence);
    governor.accounts.charge(request.setRequestId("c-1").build());
    governor.coordinator.change("alpha", book -> book.clearCommitments());
    assertThat(governor.accounts.charge(request.setRequestId("c-1").build()).getAmountMicros()).isEqualTo(5);
    assertThat(refusalOf(() -> governor.accounts.charge(request.setRequestId("c-2").build()))).isEqualTo(ErrorCode.ERROR_CODE_STALE_FENCE);
  }

  private void chargeFor(String claim, long fence) {
    governor.accounts.charge(ChargeRequest.newBuilder().setRequestId(request()).setAccountId("alpha").setAmountMicros(5).setClaimId(claim).setFence(fence).build());
  }

  @Test
  void refund_givesBackWhatACharge_tookOnce() {
    governor.accounts.charge(ChargeRequest.newBuilder().setRequestId("c-1").setAccountId("acme").setAmountMicros(500).build());
    RefundRequest refund = RefundRequest.newBuilder().setRequestId("f-1").setAccountId("acme").setChargeRequestId("c-1").build();
    assertThat(governor.accounts.refund(refund).getRefundedMicros()).isEqualTo(500);
    assertThat(governor.accounts.refund(refund).getAccount().getCreditMicros()).isEqualTo(10_000);
    assertThat(refusalOf(() -> governor.accounts.refund(refund.toBuilder().setRequestId("f-2").setChargeRequestId("nothing").build()))).isEqualTo(ErrorCode.ERROR_CODE_CHARGE_NOT_FOUND);
  }

  @Test
  void close_freesTheSubtree_overTheWire() {
    transfer("acme", "alpha", 1_000);
    create("run-1", "alpha", AccountKind.ACCOUNT_KIND_RUN);
    create("step-1", "run-1", AccountKind.ACCOUNT_KIND_STEP);
    transfer("alpha", "run-1", 600);
    transfer("run-1", "step-1", 200);
    charge("step-1", 50);
    assertThat(governor.accounts.closeAccount(CloseAccountRequest.newBuilder().setRequestId("k").setAccountId("run-1").build()).getState()).isEqualTo(AccountState.ACCOUNT_STATE_CLOSED);
    assertThat(get("alpha").getAccount().getCreditMicros()).isEqualTo(950);
    assertThat(refusalOf(() -> get("step-1"))).isEqualTo(ErrorCode.ERROR_CODE_ACCOUNT_NOT_FOUND);
  }

  @Test
  void swarm_readsItsOwnAccountAndThoseBeneathIt() {
    governor.register("beta", "r2", "code:java");
    place("beta", "acme");
    create("run-1", "alpha", AccountKind.ACCOUNT_KIND_RUN);
    create("run-2", "beta", AccountKind.ACCOUNT_KIND_RUN);
    for (String account : List.of("alpha", "run-1")) {
      assertThat(readAs("alpha", account).getAccount().getAccountId()).isEqualTo(account);
      assertThat(forecastAs("alpha", account).getAccountId()).isEqualTo(account);
    }
    for (String account : List.of("acme", "beta", "run-2", "nothing")) {
      assertThat(refusalOf(() -> readAs("alpha", account))).as(account).isEqualTo(ErrorCode.ERROR_CODE_PERMISSION_DENIED);
      assertThat(refusalOf(() -> forecastAs("alpha", account))).as(account).isEqualTo(ErrorCode.ERROR_CODE_PERMISSION_DENIED);
    }
    assertThat(refusalOf(() -> readAs("A b", "alpha"))).isEqualTo(ErrorCode.ERROR_CODE_INVALID_ID);
    assertThat(refusalOf(() -> forecastAs("A b", "alpha"))).isEqualTo(ErrorCode.ERROR_CODE_INVALID_ID);
  }

  private GetAccountResponse readAs(String swarm, String account) {
    return governor.accounts.getAccount(GetAccountRequest.newBuilder().setAccountId(account).setSwarmId(swarm).build());
  }

  private GetForecastResponse forecastAs(String swarm, String account) {
    return governor.accounts.getForecast(GetForecastRequest.newBuilder().setAccountId(account).setSwarmId(swarm).build());
  }

  @Test
  void pages_areById_andTellWhoStandsBeneath() {
    create("run-1", "alpha", AccountKind.ACCOUNT_KIND_RUN);
    create("other", "", AccountKind.ACCOUNT_KIND_ORGANISATION);
    ListAccountsRequest.Builder request = ListAccountsRequest.newBuilder().setUnderId("acme").setPageSize(2);
    ListAccountsResponse first = governor.accounts.listAccounts(request.build());
    assertThat(first.getAccountsList()).extracting(shown -> shown.getAccount().getAccountId()).containsExactly("acme", "alpha");
    ListAccountsResponse second = governor.accounts.listAccounts(request.setPageToken(first.getNextPageToken()).build());
    assertThat(second.getAccountsList()).singleElement().satisfies(shown -> assertThat(shown.getPathList()).containsExactly("acme", "alpha", "run-1"));
    assertThat(second.getNextPageToken()).isEmpty();
    assertThat(governor.accounts.listAccounts(ListAccountsRequest.newBuilder().setParentId("acme").build()).getAccountsList()).hasSize(1);
    assertThat(governor.accounts.listAccounts(ListAccountsRequest.newBuilder().setKind(AccountKind.ACCOUNT_KIND_ORGANISATION).build()).getAccountsList()).hasSize(2);
  }

  @Test
  void forecast_isUnknownWithoutData() {
    GetForecastResponse forecast =
        governor.accounts.getForecast(GetForecastRequest.newBuilder().setAccountId("acme").setPeriodEnd(Timestamps.fromMillis(Instant.now().toEpochMilli() + 3_600_000)).build());
    assertThat(forecast.getUnknownBecause()).isEqualTo("nothing was spent yet");
    assertThat(forecast.hasMicrosPerHour() || forecast.hasExhaustedAt() || forecast.hasLasts() || forecast.hasPeriodSpendMicros()).isFalse();
    assertThat(forecast.getLeftMicros()).isEqualTo(10_000);
    charge("acme", 10);
    assertThat(governor.accounts.getForecast(GetForecastRequest.newBuilder().setAccountId("acme").build()).getUnknownBecause()).contains("less than a minute");
    assertThat(refusalOf(() -> governor.accounts.getForecast(GetForecastRequest.newBuilder().setAccountId("acme").setPeriodEnd(Timestamps.fromSeconds(1)).build())))
        .isEqualTo(ErrorCode.ERROR_CODE_INVALID_ARGUMENT);
  }

  @Test
  void circle_isToldWithItsWay() {
    create("a", "", AccountKind.ACCOUNT_KIND_ORGANISATION);
    create("b", "a", AccountKind.ACCOUNT_KIND_ORGANISATION);
    StatusRuntimeException refused = catchThrowableOfType(StatusRuntimeException.class, () -> place("a", "b"));
    assertThat(Errors.refusalOf(refused).orElseThrow().code()).isEqualTo(ErrorCode.ERROR_CODE_ACCOUNT_CYCLE);
    assertThat(Errors.refusalOf(refused).orElseThrow().message()).contains("a/b/a");
    assertThat(get("a").getAccount().getParentId()).isEmpty();
  }
}
