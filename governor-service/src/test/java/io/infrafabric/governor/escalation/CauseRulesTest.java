package io.infrafabric.governor.escalation;

import static io.infrafabric.governor.books.BooksFixture.NOW;
import static io.infrafabric.governor.books.BooksFixture.granted;
import static io.infrafabric.governor.escalation.EscalationSamples.blocker;
import static io.infrafabric.governor.escalation.EscalationSamples.exhausted;
import static io.infrafabric.governor.escalation.EscalationSamples.spent;
import static io.infrafabric.governor.escalation.EscalationSamples.waiting;
import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.common.v1.TraceContext;
import io.infrafabric.coordinator.v1.Attempt;
import io.infrafabric.coordinator.v1.BlockerState;
import io.infrafabric.coordinator.v1.Cancelled;
import io.infrafabric.coordinator.v1.Quarantined;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.governor.books.Books;
import io.infrafabric.governor.books.Credit;
import io.infrafabric.governor.money.Purses;
import io.infrafabric.governor.v1.Account;
import io.infrafabric.governor.v1.AccountState;
import io.infrafabric.governor.v1.DrawOrder;
import io.infrafabric.governor.v1.EscalationType;
import io.infrafabric.kit.time.Times;
import io.infrafabric.names.EscalationId;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class CauseRulesTest {
  private static Books unregistered(Books books) {
    return books.with(books.standing().toBuilder().setUnregistered(true).build());
  }

  @Test
  void trip_isOneCauseForEachTimeThatABreakerOpens() {
    Cause cause = CauseRules.trip(exhausted(NOW), "").orElseThrow();
    assertThat(cause.type()).isEqualTo(EscalationType.ESCALATION_TYPE_BREAKER_RESET);
    assertThat(cause.about()).isEqualTo(Cause.About.swarm("s1"));
    assertThat(cause.reason()).isEqualTo("swarm s1 is stopped (budget exhausted): 10000000 of 10000000 micro-dollars are spent");
    assertThat(cause.evidence())
        .containsExactly(
            "since 2026-01-01T00:00:00Z",
            "$10.00 granted, $10.00 spent, $0.00 left",
            "$0.00 of it on attempts without a result",
            "4 claims completed, 0 failed",
            "0 failures in a row");
    assertThat(CauseRules.trip(exhausted(NOW), "").orElseThrow().id()).isEqualTo(cause.id());
    assertThat(CauseRules.trip(exhausted(NOW.plusMillis(1)), "").orElseThrow().id()).isNotEqualTo(cause.id());
    assertThat(CauseRules.trip(granted(10), "")).isEmpty();
    assertThat(CauseRules.trip(unregistered(exhausted(NOW)), "")).isEmpty();
  }

  @Test
  void budget_isACauseFromTheThresholdOn_orWhenTheSwarmAsks_andOneForEachSumGranted() {
    assertThat(CauseRules.budget(spent(7_999_999), Optional.empty(), 20, false)).isEmpty();
    Cause low = CauseRules.budget(spent(8_000_000), Optional.empty(), 20, false).orElseThrow();
    assertThat(low.type()).isEqualTo(EscalationType.ESCALATION_TYPE_BUDGET_REQUEST);
    assertThat(low.reason()).isEqualTo("swarm s1 has $2.00 left of $10.00");
    assertThat(CauseRules.budget(spent(9_500_000), Optional.empty(), 20, false).orElseThrow().id()).isEqualTo(low.id());
    assertThat(CauseRules.budget(spent(1), Optional.empty(), 20, true).orElseThrow().id()).isEqualTo(low.id());
    Books more = spent(9_500_000);
    more = more.with(more.account().toBuilder().setGrantedMicros(10_500_000).build());
    assertThat(CauseRules.budget(more, Optional.empty(), 20, false).orElseThrow().id()).isNotEqualTo(low.id());
  }

  private static Account organisation(long left) {
    return Account.newBuilder().setAccountId("acme").setGrantedMicros(left).setCreditMicros(left).build();
  }

  private static Books drawing(Books books) {
    return books.with(books.account().toBuilder().setParentId("acme").setDraw(DrawOrder.newBuilder().setBelowMicros(1).setAmountMicros(5)).build());
  }

  /** However often it draws nobody is asked, until its organisation has nothing; what it asks for itself is a question all the same. */
  @Test
  void budget_isNoCauseForWhoDrawsOnAParentWithMoney() {
    Books low = drawing(spent(9_900_000));
    assertThat(CauseRules.budget(low, Optional.of(organisation(1)), 20, false)).isEmpty();
    assertThat(CauseRules.budget(low, Optional.of(organisation(0).toBuilder().setUnlimited(true).build()), 20, false)).isEmpty();
    assertThat(CauseRules.budget(low, Optional.of(organisation(1)), 20, true)).isPresent();
    assertThat(CauseRules.budget(low, Optional.of(organisation(0)), 20, false)).isPresent();
    assertThat(CauseRules.budget(low, Optional.of(organisation(1).toBuilder().setAccountId("other").build()), 20, false)).as("it was put elsewhere").isPresent();
    Account closing = organisation(1).toBuilder().setState(AccountState.ACCOUNT_STATE_CLOSING).build();
    assertThat(CauseRules.budget(low, Optional.of(closing), 20, false)).as("nothing can be drawn on it any more").isPresent();
    assertThat(CauseRules.budget(spent(9_900_000), Optional.of(organisation(1)), 20, false)).as("it does not draw").isPresent();
  }

  @Test
  void budgetId_neverComesBack_whateverIsGivenBack() {
    Books before = spent(9_000_000);
    EscalationId first = CauseRules.budgetId(before);
    Books more = before.with(Purses.with(before.account(), Purses.dollars(before.account()).receive(5_000_000)));
    Books back = more.with(Purses.with(more.account(), Purses.dollars(more.account()).giveBack(5_000_000)));
    assertThat(back.account().getGrantedMicros()).isEqualTo(before.account().getGrantedMicros());
    assertThat(CauseRules.budgetId(back)).as("another question than before it got some").isNotEqualTo(first).isEqualTo(CauseRules.budgetId(more));
    Books granted = Credit.add(back, "g", 2_000_000, NOW);
    assertThat(granted.account().getReceivedMicros()).isEqualTo(17_000_000);
    assertThat(CauseRules.budgetId(granted)).isNotIn(first, CauseRules.budgetId(more));
    assertThat(Credit.add(before, "g", 1, NOW).account().getReceivedMicros()).as("not kept while nothing has gone back").isZero();
  }

  @Test
  void budget_isNoCauseForWhoHasGotNothing_isStopped_orIsOut() {
    assertThat(CauseRules.budget(granted(0), Optional.empty(), 20, false)).isEmpty();
    assertThat(CauseRules.budget(exhausted(NOW), Optional.empty(), 20, true)).isEmpty();
    assertThat(CauseRules.budget(unregistered(spent(9_000_000)), Optional.empty(), 20, true)).isEmpty();
  }

  @Test
  void help_isACauseWhileABlockerNeedsAPerson() {
    Cause cause = CauseRules.help(blocker(BlockerState.BLOCKER_STATE_ESCALATED)).orElseThrow();
    assertThat(cause.about()).isEqualTo(new Cause.About("t1", "s1", "t1", "b1", ""));
    assertThat(cause.reason()).isEqualTo("task t1 of swarm s1 cannot go on: nobody was found for legal:review");
    assertThat(cause.evidence())
        .containsExactly(
            "blocked by legal since 2026-01-01T00:00:00Z", "may we use it?", "severity high", "needs legal:review", "nobody for legal:review");
    for (BlockerState other : List.of(BlockerState.BLOCKER_STATE_OPEN, BlockerState.BLOCKER_STATE_WAITING, BlockerState.BLOCKER_STATE_RESOLVED)) {
      assertThat(CauseRules.help(blocker(other))).as(other.name()).isEmpty();
    }
  }

  @Test
  void gate_isACauseUntilTheTaskWaitsForNobody() {
    Cause cause = CauseRules.gate(waiting(true)).orElseThrow();
    assertThat(cause.type()).isEqualTo(EscalationType.ESCALATION_TYPE_APPROVAL_GATE);
    assertThat(cause.evidence()).containsExactly("submitted 2026-01-01T00:00:00Z", "may cost $0.25", "requires code:java");
    assertThat(cause.returns()).isFalse();
    assertThat(CauseRules.gate(waiting(false))).isEmpty();
    assertThat(CauseRules.gate(waiting(true).toBuilder().setCancelled(Cancelled.getDefaultInstance()).build())).isEmpty();
  }

  private static Task given(String id, String plan, int second, String paidBy) {
    return Task.newBuilder()
        .setSpec(TaskSpec.newBuilder().setTaskId(id).setPlanId(plan).setPaidBySwarmId(paidBy))
        .setAttempt(3)
        .addAttempts(Attempt.newBuilder().setReason("no luck"))
        .setQuarantined(Quarantined.newBuilder().setAt(Times.toProto(NOW.plusSeconds(second))))
        .build();
  }

  @Test
  void quarantinedTasks_areOneCauseForAPlan_andOneForEachWithout_butHelpIsNone() {
    List<Cause> causes =
        CauseRules.quarantined(List.of(given("a", "p", 5, ""), given("b", "", 1, ""), given("c", "p", 2, ""), given("d", "", 1, "s1")));
    assertThat(causes).extracting(Cause::about).containsExactly(new Cause.About("p", "", "", "", "p"), Cause.About.task("b"));
    assertThat(causes.get(0).reason()).isEqualTo("tasks of plan p are quarantined");
    assertThat(causes.get(0).evidence())
        .containsExactly("2 tasks, the first at 2026-01-01T00:00:02Z", "c after 3 attempts, the last: no luck", "a after 3 attempts, the last: no luck");
    assertThat(causes.get(1).reason()).isEqualTo("task b is quarantined");
    assertThat(CauseRules.quarantined(List.of(given("c", "p", 2, ""), given("e", "p", 9, ""))).getFirst().id()).isEqualTo(causes.get(0).id());
    assertThat(CauseRules.quarantined(List.of(given("a", "p", 5, ""))).getFirst().id()).as("the first was requeued").isNotEqualTo(causes.get(0).id());
  }

  @Test
  void ids_areOfTheGrammar_andDifferWithEachPart() {
    EscalationId id = Cause.id("gate", "a".repeat(63), "2026-01-01T00:00:00Z");
    assertThat(id.value()).matches("gate-[0-9a-f]{24}");
    assertThat(Cause.id("gate", "ab", "c")).isNotEqualTo(Cause.id("gate", "a", "bc"));
    assertThat(Cause.id("gate", "a")).isNotEqualTo(Cause.id("help", "a"));
  }

  @Test
  void whatIsTooLong_isCut() {
    Cause long1 =
        new Cause(
            Cause.id("gate", "a"),
            EscalationType.ESCALATION_TYPE_APPROVAL_GATE,
            Cause.About.task("a"),
            "x".repeat(5_000),
            Collections.nCopies(100, "y".repeat(5_000)),
            false,
            TraceContext.getDefaultInstance());
    assertThat(long1.reason()).hasSize(1_024).endsWith("x...");
    assertThat(long1.evidence()).hasSize(16).allMatch(line -> line.length() == 512);
  }

  @Test
  void dollars_areExact() {
    assertThat(CauseRules.dollars(0)).isEqualTo("$0.00");
    assertThat(CauseRules.dollars(250_000)).isEqualTo("$0.25");
    assertThat(CauseRules.dollars(1)).isEqualTo("$0.000001");
    assertThat(CauseRules.dollars(100_000_000)).isEqualTo("$100.00");
  }
}
