package io.infrafabric.governor.budget;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.coordinator.v1.Claimed;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskRecord;
import io.infrafabric.governor.books.BooksCodec;
import io.infrafabric.governor.v1.ChargeRequest;
import io.infrafabric.governor.v1.ChargeResponse;
import io.infrafabric.kit.store.Entry;
import io.infrafabric.kit.store.Step;
import io.infrafabric.kit.store.Txn;
import io.infrafabric.names.Keys;
import io.infrafabric.names.SwarmId;
import io.infrafabric.names.TaskId;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What a change of accounts compares in its transaction. */
class BudgetDecisionTest {
  private static final Keys KEYS = new Keys();
  private static final String TASK = KEYS.task(new TaskId("t-1"));

  /** Between the look at the task and the booking the claim may end: then nothing is booked. */
  @Test
  void chargeForAClaim_isBookedOnlyWithItsTaskAsItWasSeen() {
    Holding account = new TreeBench().organisation("acme", "", 100).holdings.get("acme");
    String key = KEYS.account(new SwarmId("acme"));
    Claimed claim = Claimed.newBuilder().setSwarmId("acme").setClaimId("c1").build();
    Map<String, Entry> there =
        Map.of(
            key, new Entry(key, BooksCodec.bytes(account.account()), 5, 5, 0),
            TASK, new Entry(TASK, TaskRecord.newBuilder().setTask(Task.newBuilder().setClaimed(claim)).build().toByteString(), 70, 77, 0));
    ChargeRequest request = ChargeRequest.newBuilder().setRequestId("c").setAccountId("acme").setAmountMicros(1).setClaimId("c1").setFence(77).build();
    Scope scope = Scope.of("c", List.of(new SwarmId("acme"))).withTask(Optional.of(new TaskId("t-1")));
    BudgetDecision<ChargeResponse> decision =
        new BudgetDecision<>(new BooksCodec(KEYS), scope, 0, sheet -> ChargeRules.charge(sheet, request, new Cost(1, Optional.empty()), TreeBench.NOW));
    assertThat(decision.reads()).contains(TASK);
    Step<ChargeResponse> step = decision.decide(name -> Optional.ofNullable(there.get(name)));
    if (!(step instanceof Step.Commit<ChargeResponse>(Txn txn, var answer))) {
      throw new AssertionError(step);
    }
    assertThat(txn.compares()).contains(new Txn.Compare(TASK, 77));
  }
}
