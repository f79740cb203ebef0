package io.infrafabric.governor.budget;

import static io.infrafabric.governor.books.BooksFixture.commitments;
import static io.infrafabric.governor.books.BooksFixture.ended;
import static io.infrafabric.governor.books.BooksFixture.open;
import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.ClaimEnd;
import io.infrafabric.coordinator.v1.CommitmentsRecord;
import io.infrafabric.governor.v1.AccountKind;
import io.infrafabric.governor.v1.AccountState;
import io.infrafabric.governor.v1.CreateAccountRequest;
import io.infrafabric.governor.v1.DrawOrder;
import io.infrafabric.governor.v1.PlaceAccountRequest;
import io.infrafabric.governor.v1.StepType;
import io.infrafabric.governor.v1.TierSplit;
import io.infrafabric.governor.v1.TransferRequest;
import io.infrafabric.names.Limits;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Spec X7 on the rules alone: who draws on whom, what goes back, and what is refused with which words. */
class TreeMovesTest {
  private final TreeBench tree = new TreeBench();

  private TreeBench acme() {
    return tree.organisation("acme", "", 1_000).swarm("alpha", 0).place("alpha", "acme");
  }

  private void run(String id, String parent, long micros) {
    tree.create(id, parent, AccountKind.ACCOUNT_KIND_RUN, micros).orThrow();
  }

  private void step(String id, String parent, long micros) {
    tree.create(id, parent, AccountKind.ACCOUNT_KIND_STEP, micros).orThrow();
  }

  @Test
  void child_drawsOnWhatItsParentHasLeft_atAnyDepth() {
    acme().transfer("acme", "alpha", 600).orThrow();
    run("run-1", "alpha", 400);
    step("step-1", "run-1", 399);
    assertThat(tree.credit("acme")).isEqualTo(400);
    assertThat(tree.credit("alpha")).isEqualTo(200);
    assertThat(tree.credit("run-1")).isEqualTo(1);
    assertThat(tree.credit("step-1")).isEqualTo(399);
    TreeBench.Done<?> tooMuch = tree.create("step-2", "run-1", AccountKind.ACCOUNT_KIND_STEP, 2);
    assertThat(tooMuch.code()).isEqualTo(ErrorCode.ERROR_CODE_BUDGET_EXCEEDED);
    assertThat(tooMuch.refusal().orElseThrow().message()).contains("acme/alpha/run-1", "2 do not fit, 1 are missing");
    assertThat(tooMuch.refusal().orElseThrow().metadata()).containsEntry("shortfall_micros", "1").containsEntry("free_micros", "1");
  }

  /** Siblings draw on what is left after those before them: the reference lets each take 54 % of the same parent. */
  @Test
  void siblings_shareWhatIsLeft() {
    acme().transfer("acme", "alpha", 1_000).orThrow();
    run("run-1", "alpha", 540);
    assertThat(tree.create("run-2", "alpha", AccountKind.ACCOUNT_KIND_RUN, 540).code()).isEqualTo(ErrorCode.ERROR_CODE_BUDGET_EXCEEDED);
    run("run-2", "alpha", 460);
    assertThat(tree.credit("alpha")).isZero();
  }

  @ParameterizedTest
  @CsvSource({"DECISION_POINT, 324", "TOOL_CALL, 648"})
  void split_isOfWhatTheParentHasLeft(String step, long micros) {
    acme().transfer("acme", "alpha", 1_000).orThrow();
    CreateAccountRequest request =
        CreateAccountRequest.newBuilder()
            .setRequestId("c")
            .setAccountId("step-1")
            .setParentId("alpha")
            .setKind(AccountKind.ACCOUNT_KIND_STEP)
            .setSplit(TierSplit.newBuilder().setFromTier(2).setStepType(StepType.valueOf("STEP_TYPE_" + step)))
            .build();
    assertThat(tree.create(request).orThrow().getAccount().getCreditMicros()).isEqualTo(micros);
    assertThat(tree.credit("alpha")).isEqualTo(1_000 - micros);
  }

  @Test
  void partOfADraw_goesBack_andWhatCameFromOutsideDoesNot() {
    tree.organisation("acme", "", 1_000).swarm("alpha", 50).place("alpha", "acme");
    tree.transfer("acme", "alpha", 300).orThrow();
    tree.transfer("alpha", "acme", 120).orThrow();
    assertThat(tree.credit("acme")).isEqualTo(820);
    assertThat(tree.credit("alpha")).isEqualTo(230);
    assertThat(tree.transfer("alpha", "acme", 181).code()).isEqualTo(ErrorCode.ERROR_CODE_BUDGET_EXCEEDED);
    tree.transfer("alpha", "acme", 180).orThrow();
    assertThat(tree.credit("alpha")).isEqualTo(50);
    assertThat(tree.credit("acme")).isEqualTo(1_000);
  }

  @Test
  void whatClaimsPromise_isNotGivenAway() {
    acme().transfer("acme", "alpha", 100).orThrow();
    tree.promises("alpha", commitments(open("c1"), ended("c2", 1, ClaimEnd.CLAIM_END_COMPLETED, 7)));
    assertThat(tree.create("run-1", "alpha", AccountKind.ACCOUNT_KIND_RUN, 84).code()).isEqualTo(ErrorCode.ERROR_CODE_BUDGET_EXCEEDED);
    assertThat(tree.transfer("alpha", "acme", 84).code()).isEqualTo(ErrorCode.ERROR_CODE_BUDGET_EXCEEDED);
    run("run-1", "alpha", 83);
    assertThat(tree.credit("alpha")).isEqualTo(17);
  }

  @Test
  void closing_restoresExactly_andKeepsWhatWasSpent() {
    acme().transfer("acme", "alpha", 500).orThrow();
    run("run-1", "alpha", 400);
    step("step-1", "run-1", 100);
    step("step-2", "run-1", 100);
    tree.charge("step-1", 30).orThrow();
    tree.charge("run-1", 5).orThrow();
    tree.close("step-1").orThrow();
    assertThat(tree.credit("run-1")).isEqualTo(265);
    assertThat(tree.close("run-1").orThrow()).isEqualTo(new CloseRules.Step(true, 2, List.of()));
    assertThat(tree.holdings).containsOnlyKeys("acme", "alpha");
    assertThat(tree.credit("alpha")).isEqualTo(465);
    assertThat(tree.account("alpha").getSpentBelowMicros()).isEqualTo(35);
    assertThat(tree.account("alpha").getAllottedMicros()).isZero();
    assertThat(tree.account("alpha").getSpendHours(0).getMicros()).isEqualTo(35);
  }

  /** Killing a parent frees the subtree: what swarms drew and did not spend is the organisation's again, and then nobody's. */
  @Test
  void closingAnOrganisation_freesTheWholeSubtree() {
    tree.organisation("acme", "", 1_000).organisation("lab", "acme", 600).swarm("alpha", 10).place("alpha", "lab");
    tree.transfer("lab", "alpha", 500).orThrow();
    run("run-1", "alpha", 200);
    step("step-1", "run-1", 100);
    tree.charge("step-1", 40).orThrow();
    assertThat(tree.close("lab").orThrow().done()).isTrue();
    assertThat(tree.holdings).containsOnlyKeys("acme", "alpha");
    assertThat(tree.account("alpha").getParentId()).isEmpty();
    assertThat(tree.credit("alpha")).as("what came from outside, less what was spent of it").isEqualTo(0);
    assertThat(tree.account("acme").getSpentBelowMicros() + tree.account("alpha").getSpentBelowMicros() - tree.account("alpha").getHandedMicros()).isEqualTo(40);
    assertThat(tree.credit("acme") + tree.credit("alpha")).isEqualTo(1_010 - 40);
    assertThat(tree.close("acme").orThrow().done()).isTrue();
    assertThat(tree.account("acme").getState()).isEqualTo(AccountState.ACCOUNT_STATE_CLOSED);
    assertThat(tree.credit("acme")).isZero();
    assertThat(tree.charge("acme", 1).code()).isEqualTo(ErrorCode.ERROR_CODE_ACCOUNT_ENDED);
    assertThat(tree.create("x", "acme", AccountKind.ACCOUNT_KIND_RUN, 0).code()).isEqualTo(ErrorCode.ERROR_CODE_ACCOUNT_ENDED);
  }

  @Test
  void closing_waitsForWhatClaimsPromise_andGivesTheRestBackAtOnce() {
    acme().transfer("acme", "alpha", 100).orThrow();
    tree.promises("alpha", commitments(open("c1")));
    CloseRules.Step first = tree.close("acme").orThrow();
    assertThat(first).isEqualTo(new CloseRules.Step(false, 0, List.of("alpha")));
    assertThat(tree.account("acme").getState()).isEqualTo(AccountState.ACCOUNT_STATE_CLOSING);
    assertThat(tree.credit("alpha")).isEqualTo(10);
    assertThat(tree.credit("acme")).isEqualTo(990);
    assertThat(tree.charge("alpha", 0 + 1).code()).isEqualTo(ErrorCode.ERROR_CODE_ACCOUNT_ENDED);
    assertThat(tree.create("x", "alpha", AccountKind.ACCOUNT_KIND_RUN, 0).code()).as("beneath what is being closed").isEqualTo(ErrorCode.ERROR_CODE_ACCOUNT_ENDED);
    tree.promises("alpha", CommitmentsRecord.getDefaultInstance());
    assertThat(tree.close("acme").orThrow().done()).isTrue();
    assertThat(tree.account("alpha").getParentId()).isEmpty();
  }

  @Test
  void unlimited_isAValue_andEndsWhereALimitBegins() {
    tree.create(CreateAccountRequest.newBuilder().setRequestId("o").setAccountId("acme").setKind(AccountKind.ACCOUNT_KIND_ORGANISATION).setUnlimited(true).build()).orThrow();
    tree.create(CreateAccountRequest.newBuilder().setRequestId("l").setAccountId("lab").setParentId("acme").setKind(AccountKind.ACCOUNT_KIND_ORGANISATION).setUnlimited(true).build())
        .orThrow();
    tree.charge("lab", Limits.MONEY_MICROS).orThrow();
    assertThat(tree.account("lab").getUnlimited()).isTrue();
    assertThat(tree.credit("lab")).isZero();
    run("run-1", "acme", 77);
    TreeBench.Done<?> endless =
        tree.create(CreateAccountRequest.newBuilder().setRequestId("e").setAccountId("e").setParentId("run-1").setKind(AccountKind.ACCOUNT_KIND_STEP).setUnlimited(true).build());
    assertThat(endless.code()).isEqualTo(ErrorCode.ERROR_CODE_INVALID_ARGUMENT);
    assertThat(endless.refusal().orElseThrow().message()).contains("acme/run-1 has a limit");
    assertThat(tree.charge("run-1", 78).code()).isEqualTo(ErrorCode.ERROR_CODE_BUDGET_EXCEEDED);
    assertThat(tree.transfer("acme", "lab", 1).code()).isEqualTo(ErrorCode.ERROR_CODE_INVALID_ARGUMENT);
  }

  @Test
  void circle_isRefusedWithItsWay() {
    tree.organisation("a", "", 0).organisation("b", "a", 0).organisation("c", "b", 0);
    TreeBench.Done<?> circle = tree.placed("a", "c");
    assertThat(circle.code()).isEqualTo(ErrorCode.ERROR_CODE_ACCOUNT_CYCLE);
    assertThat(circle.refusal().orElseThrow().message()).contains("a/b/c/a");
    assertThat(tree.placed("a", "a").code()).isEqualTo(ErrorCode.ERROR_CODE_ACCOUNT_CYCLE);
    TreeBench.Done<?> nowhere = tree.create("x", "nobody", AccountKind.ACCOUNT_KIND_RUN, 0);
    assertThat(nowhere.code()).isEqualTo(ErrorCode.ERROR_CODE_ACCOUNT_NOT_FOUND);
    assertThat(nowhere.refusal().orElseThrow().message()).isEqualTo("parent_id: there is no account nobody");
  }

  @ParameterizedTest
  @CsvSource({
    "ORGANISATION, ORGANISATION, true",
    "ORGANISATION, TASK,         true",
    "ORGANISATION, RUN,          true",
    "ORGANISATION, STEP,         true",
    "SWARM,        TASK,         true",
    "SWARM,        RUN,          true",
    "SWARM,        STEP,         true",
    "SWARM,        ORGANISATION, false",
    "TASK,         TASK,         true",
    "TASK,         STEP,         true",
    "TASK,         RUN,          false",
    "RUN,          RUN,          true",
    "RUN,          TASK,         false",
    "RUN,          ORGANISATION, false",
    "STEP,         STEP,         true",
    "STEP,         RUN,          false",
  })
  void kinds_standInOrder(String above, String beneath, boolean allowed) {
    tree.organisation("acme", "", 0);
    String parent = above.equals("ORGANISATION") ? "acme" : "parent";
    if (above.equals("SWARM")) {
      tree.swarm("parent", 0).place("parent", "acme");
    } else if (!above.equals("ORGANISATION")) {
      tree.create("parent", "acme", AccountKind.valueOf("ACCOUNT_KIND_" + above), 0).orThrow();
    }
    TreeBench.Done<?> done = tree.create("child", parent, AccountKind.valueOf("ACCOUNT_KIND_" + beneath), 0);
    assertThat(done.answer().isPresent()).isEqualTo(allowed);
    if (!allowed) {
      assertThat(done.refusal().orElseThrow().fields()).extracting(field -> field.path()).containsExactly("kind");
    }
  }

  @Test
  void tree_isAtMost16Deep() {
    tree.organisation("o1", "", 0);
    for (int i = 2; i <= Limits.ACCOUNT_DEPTH; i++) {
      tree.organisation("o" + i, "o" + (i - 1), 0);
    }
    assertThat(tree.create("deep", "o16", AccountKind.ACCOUNT_KIND_STEP, 0).refusal().orElseThrow().message()).contains("deeper than 16", "o1/o2/o3");
  }

  @Test
  void swarmThatMoves_givesBackWhatItDrew_andNotWhatItPromised() {
    tree.organisation("acme", "", 1_000).organisation("other", "", 0).swarm("alpha", 0).place("alpha", "acme");
    tree.transfer("acme", "alpha", 100).orThrow();
    tree.charge("alpha", 30).orThrow();
    tree.promises("alpha", commitments(open("c1")));
    assertThat(tree.placed("alpha", "other").code()).isEqualTo(ErrorCode.ERROR_CODE_ACCOUNT_BUSY);
    assertThat(tree.credit("alpha")).isEqualTo(70);
    tree.promises("alpha", CommitmentsRecord.getDefaultInstance()).place("alpha", "other");
    assertThat(tree.credit("acme")).isEqualTo(970);
    assertThat(tree.account("acme").getSpentBelowMicros()).isEqualTo(30);
    assertThat(tree.account("alpha").getSettledMicros()).isEqualTo(30);
    assertThat(tree.account("alpha").getHandedMicros()).isEqualTo(30);
    assertThat(tree.account("other").getChildren()).isEqualTo(1);
  }

  @Test
  void runsAndSteps_stayWhereTheyWereOpened() {
    acme().transfer("acme", "alpha", 10).orThrow();
    run("run-1", "alpha", 1);
    assertThat(tree.placed("run-1", "acme").code()).isEqualTo(ErrorCode.ERROR_CODE_INVALID_ARGUMENT);
    assertThat(tree.transfer("acme", "run-1", 1).refusal().orElseThrow().message()).contains("between an account and its parent only", "acme/alpha/run-1");
  }

  @Test
  void swarm_reachesOnlyWhatStandsBeneathItsOwn() {
    acme().swarm("beta", 0).place("beta", "acme");
    CreateAccountRequest.Builder request =
        CreateAccountRequest.newBuilder().setRequestId("c").setAccountId("run-1").setKind(AccountKind.ACCOUNT_KIND_RUN).setSwarmId("beta");
    assertThat(tree.create(request.setParentId("alpha").build()).code()).isEqualTo(ErrorCode.ERROR_CODE_PERMISSION_DENIED);
    assertThat(tree.create(request.setParentId("acme").build()).code()).isEqualTo(ErrorCode.ERROR_CODE_PERMISSION_DENIED);
    tree.create(request.setParentId("beta").build()).orThrow();
    TransferRequest out =
        TransferRequest.newBuilder().setRequestId("t").setFromAccountId("acme").setToAccountId("beta").setAmountMicros(1).setSwarmId("beta").build();
    assertThat(tree.transfer(out).code()).as("its own wages").isEqualTo(ErrorCode.ERROR_CODE_PERMISSION_DENIED);
  }

  /** Only an admin places accounts: closing its own would take a swarm out of its tree, with its draw. */
  @Test
  void swarm_closesWhatStandsBeneathItsOwn_andNotItsOwn() {
    acme().transfer("acme", "alpha", 10).orThrow();
    run("run-1", "alpha", 4);
    TreeBench.Done<?> own = tree.close("alpha", "alpha");
    assertThat(own.code()).isEqualTo(ErrorCode.ERROR_CODE_PERMISSION_DENIED);
    assertThat(own.refusal().orElseThrow().message()).contains("cannot close its own account");
    assertThat(tree.account("alpha").getParentId()).isEqualTo("acme");
    assertThat(tree.close("acme", "alpha").code()).isEqualTo(ErrorCode.ERROR_CODE_PERMISSION_DENIED);
    assertThat(tree.close("run-1", "alpha").orThrow().done()).isTrue();
    assertThat(tree.close("alpha").orThrow().done()).as("by an admin").isTrue();
    assertThat(tree.account("alpha").getParentId()).isEmpty();
  }

  @Test
  void requestThatComesAgain_isAnsweredAndNotDoneAgain() {
    acme();
    TransferRequest request = TransferRequest.newBuilder().setRequestId("t").setFromAccountId("acme").setToAccountId("alpha").setAmountMicros(10).build();
    tree.transfer(request).orThrow();
    tree.transfer(request).orThrow();
    assertThat(tree.credit("alpha")).isEqualTo(10);
    assertThat(tree.transfer(request.toBuilder().setAmountMicros(11).build()).code()).isEqualTo(ErrorCode.ERROR_CODE_REQUEST_ID_REUSED);
  }

  @Test
  void tokens_areASecondPurse() {
    acme();
    TransferRequest tokens = TransferRequest.newBuilder().setRequestId("t").setFromAccountId("acme").setToAccountId("alpha").setTokens(1_000).build();
    tree.transfer(tokens).orThrow();
    assertThat(tree.account("alpha").getTokens().getGranted()).isEqualTo(1_000);
    CreateAccountRequest.Builder request = CreateAccountRequest.newBuilder().setParentId("alpha").setKind(AccountKind.ACCOUNT_KIND_RUN);
    tree.create(request.setRequestId("c1").setAccountId("run-1").setTokens(900).build()).orThrow();
    TreeBench.Done<?> more = tree.create(request.setRequestId("c2").setAccountId("run-2").setTokens(101).build());
    assertThat(more.refusal().orElseThrow().message()).contains("100 tokens", "1 are missing");
    tree.create(request.setRequestId("c3").setAccountId("run-3").clearTokenBudget().build()).orThrow();
    assertThat(tree.account("run-3").getTokens()).as("none, because its parent has a limit").satisfies(meter -> assertThat(meter.getUnlimited()).isFalse());
    tree.close("run-1").orThrow();
    assertThat(tree.account("alpha").getTokens().getAllotted()).isZero();
  }

  @Test
  void drawIsDue_whenLittleIsLeft_andTheParentHasSome() {
    acme();
    PlaceAccountRequest order =
        PlaceAccountRequest.newBuilder()
            .setRequestId("p")
            .setAccountId("alpha")
            .setParentId("acme")
            .setDraw(DrawOrder.newBuilder().setBelowMicros(50).setAmountMicros(700))
            .build();
    tree.run("p", "", sheet -> PlaceRules.place(sheet, order, TreeBench.NOW)).orThrow();
    TransferRequest first = DrawRules.due(tree.holdings.get("alpha"), tree.holdings.get("acme"), 0).orElseThrow();
    assertThat(first.getAmountMicros()).isEqualTo(700);
    tree.transfer(first).orThrow();
    assertThat(DrawRules.due(tree.holdings.get("alpha"), tree.holdings.get("acme"), 0)).isEmpty();
    tree.charge("alpha", 660).orThrow();
    assertThat(DrawRules.due(tree.holdings.get("alpha"), tree.holdings.get("acme"), 0).orElseThrow().getAmountMicros()).as("what is left").isEqualTo(300);
    tree.transfer(first.toBuilder().setRequestId("t2").setAmountMicros(300).build()).orThrow();
    tree.charge("alpha", 340).orThrow();
    assertThat(DrawRules.due(tree.holdings.get("alpha"), tree.holdings.get("acme"), 0)).as("the parent has nothing").isEmpty();
  }

  /** Free 6, mark 1, a task that may cost 8: nothing but a draw would ever let it be claimed. */
  @Test
  void drawIsDue_whenLessIsFreeThanATaskMayCost() {
    acme().transfer("acme", "alpha", 6).orThrow();
    Holding alpha = tree.holdings.get("alpha");
    Holding drawing = alpha.with(alpha.account().toBuilder().setDraw(DrawOrder.newBuilder().setBelowMicros(1).setAmountMicros(2)).build());
    assertThat(DrawRules.due(drawing, tree.holdings.get("acme"), 6)).as("what there is, is enough").isEmpty();
    assertThat(DrawRules.due(drawing, tree.holdings.get("acme"), 500).orElseThrow().getAmountMicros()).as("all that is missing, at once").isEqualTo(494);
    tree.transfer(DrawRules.due(drawing, tree.holdings.get("acme"), 8).orElseThrow()).orThrow();
    assertThat(tree.credit("alpha")).isEqualTo(8);
    Holding enough = drawing.with(drawing.account().toBuilder().setGrantedMicros(8).setCreditMicros(8).build());
    assertThat(DrawRules.due(enough, tree.holdings.get("acme"), 8)).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(names = {"ACCOUNT_KIND_SWARM", "ACCOUNT_KIND_UNSPECIFIED"})
  void swarmsAccount_isNotOpenedByHand(AccountKind kind) {
    CreateAccountRequest request =
        CreateAccountRequest.newBuilder().setRequestId("").setAccountId("A b").setKind(kind).setAmountMicros(-1).setTokens(-1).setDescription("x".repeat(2_000)).build();
    assertThat(CreateRules.validate(request).orElseThrow().fields())
        .extracting(field -> field.path())
        .containsExactlyInAnyOrder("request_id", "account_id", "amount_micros", "tokens", "description", "kind");
  }
}
