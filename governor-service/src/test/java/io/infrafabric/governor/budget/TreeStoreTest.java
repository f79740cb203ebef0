package io.infrafabric.governor.budget;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.InvalidProtocolBufferException;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.Commitment;
import io.infrafabric.coordinator.v1.CommitmentsRecord;
import io.infrafabric.governor.books.BooksCodec;
import io.infrafabric.governor.v1.Account;
import io.infrafabric.governor.v1.AccountKind;
import io.infrafabric.governor.v1.AccountOperation;
import io.infrafabric.governor.v1.AccountState;
import io.infrafabric.governor.v1.ChargeRequest;
import io.infrafabric.governor.v1.CloseAccountRequest;
import io.infrafabric.governor.v1.CloseAccountResponse;
import io.infrafabric.governor.v1.CreateAccountRequest;
import io.infrafabric.governor.v1.DrawOrder;
import io.infrafabric.governor.v1.GrantRequest;
import io.infrafabric.governor.v1.LedgerLine;
import io.infrafabric.governor.v1.PlaceAccountRequest;
import io.infrafabric.governor.v1.TransferRequest;
import io.infrafabric.governor.v1.TransferResponse;
import io.infrafabric.kit.store.Entry;
import io.infrafabric.kit.store.Step;
import io.infrafabric.kit.store.Txn;
import io.infrafabric.kit.store.View;
import io.infrafabric.names.SwarmId;
import io.infrafabric.testkit.store.Faults;
import io.infrafabric.testkit.store.FaultyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The tree in a store: what is compared, what is remembered and for how long, what two governors do at once, and what goes on by itself. */
class TreeStoreTest {
  private static final Duration SOON = Duration.ofSeconds(20);

  private final TreeCell cell = new TreeCell(Duration.ofMinutes(10));
  private AccountTree tree;
  private int requests;

  @BeforeEach
  void plant() {
    tree = cell.tree(cell.store);
    create("acme", "", AccountKind.ACCOUNT_KIND_ORGANISATION, 0).join();
    grant("acme", 1_000);
    cell.swarm("alpha");
    place("alpha", "acme", Optional.empty());
  }

  @AfterEach
  void judge() throws Exception {
    assertThat(cell.violations()).isEmpty();
    cell.close();
  }

  private String request() {
    return "r-" + requests++;
  }

  private CompletableFuture<?> create(String id, String parent, AccountKind kind, long micros) {
    return tree.create(CreateAccountRequest.newBuilder().setRequestId(request()).setAccountId(id).setParentId(parent).setKind(kind).setAmountMicros(micros).build());
  }

  private void grant(String id, long micros) {
    tree.grant(GrantRequest.newBuilder().setRequestId(request()).setAccountId(id).setAmountMicros(micros).build()).join();
  }

  private void place(String id, String parent, Optional<DrawOrder> draw) {
    PlaceAccountRequest.Builder place = PlaceAccountRequest.newBuilder().setRequestId(request()).setAccountId(id).setParentId(parent);
    draw.ifPresent(place::setDraw);
    tree.place(place.build()).join();
  }

  private CompletableFuture<?> transfer(String from, String to, long micros) {
    return tree.transfer(TransferRequest.newBuilder().setRequestId(request()).setFromAccountId(from).setToAccountId(to).setAmountMicros(micros).build());
  }

  private CloseAccountResponse close(String id) {
    return tree.close(CloseAccountRequest.newBuilder().setRequestId(request()).setAccountId(id).build()).join();
  }

  private static ErrorCode code(CompletableFuture<?> call) {
    try {
      call.join();
    } catch (CompletionException failure) {
      return ReplicaAccounts.code(failure).orElseThrow(() -> failure);
    }
    throw new AssertionError("it was done");
  }

  private void promise(String swarm, long micros) {
    String key = TreeCell.KEYS.commitments(new SwarmId(swarm));
    Map<String, Entry> there = new HashMap<>();
    cell.store.entries(key).forEach(entry -> there.put(entry.key(), entry));
    CommitmentsRecord.Builder record = CommitmentsRecord.newBuilder().setSwarmId(swarm);
    if (micros > 0) {
      record.addCommitments(Commitment.newBuilder().setClaimId("h").setTaskId("t").setMaxCostMicros(micros).setOutOfClaimId("c0"));
    }
    View view = name -> Optional.ofNullable(there.get(name));
    cell.store.commit(List.of(Txn.builder().put(view, key, record.build().toByteString()).build())).join();
  }

  /** 200 allocations at once: together never more than the parent has, and those that fit are all of it (spec X7). */
  @Test
  void allocationsAtOnce_neverExceedTheirParent() throws Exception {
    transfer("acme", "alpha", 1_000).join();
    AccountTree other = cell.tree(cell.store);
    List<CompletableFuture<?>> all =
        IntStream.range(0, 200)
            .<CompletableFuture<?>>mapToObj(
                i ->
                    (i % 2 == 0 ? tree : other)
                        .create(
                            CreateAccountRequest.newBuilder()
                                .setRequestId("many")
                                .setAccountId("run-" + i)
                                .setParentId("alpha")
                                .setKind(AccountKind.ACCOUNT_KIND_RUN)
                                .setAmountMicros(7)
                                .build()))
            .toList();
    long done = all.stream().filter(call -> call.handle((answer, failure) -> failure == null).join()).count();
    assertThat(done).isEqualTo(142);
    assertThat(cell.account("alpha").getCreditMicros()).isEqualTo(1_000 - 142 * 7);
    assertThat(cell.account("alpha").getChildren()).isEqualTo(142);
    assertThat(close("alpha").getClosed()).as("the runs, and the swarm's account itself").isEqualTo(143);
    assertThat(cell.accounts()).extracting(Account::getAccountId).containsExactly("acme", "alpha");
    assertThat(cell.account("acme").getCreditMicros()).isEqualTo(1_000);
    assertThat(cell.account("alpha").getParentId()).isEmpty();
  }

  /** Spec G8: 200 charges at once, and the sum of the accepted ones is the budget exactly. */
  @Test
  void chargesAtOnce_areAcceptedToTheLastMicroDollar() {
    transfer("acme", "alpha", 100).join();
    AccountTree other = cell.tree(cell.store);
    List<CompletableFuture<?>> all =
        IntStream.range(0, 200)
            .<CompletableFuture<?>>mapToObj(
                i -> (i % 2 == 0 ? tree : other).charge(ChargeRequest.newBuilder().setRequestId("c-" + i).setAccountId("alpha").setAmountMicros(1).build()))
            .toList();
    long done = all.stream().filter(call -> call.handle((answer, failure) -> failure == null).join()).count();
    assertThat(done).isEqualTo(100);
    assertThat(cell.account("alpha").getSettledMicros()).isEqualTo(100);
    assertThat(cell.store.changes(TreeCell.KEYS.breaker(new SwarmId("alpha")))).as("registered, and opened once").hasSize(2);
  }

  @Test
  void promisesOfASwarm_areComparedWhereItsCreditGoesDown_andNotWhereItGoesUp() {
    transfer("acme", "alpha", 100).join();
    assertThat(compares(TransferRequest.newBuilder().setRequestId("x").setFromAccountId("alpha").setToAccountId("acme").setAmountMicros(1).build()))
        .contains(TreeCell.KEYS.commitments(new SwarmId("alpha")));
    assertThat(compares(TransferRequest.newBuilder().setRequestId("x").setFromAccountId("acme").setToAccountId("alpha").setAmountMicros(1).build()))
        .doesNotContain(TreeCell.KEYS.commitments(new SwarmId("alpha")))
        .contains(TreeCell.KEYS.standing(new SwarmId("alpha")));
  }

  private List<String> compares(TransferRequest request) {
    Map<String, Entry> entries = new HashMap<>();
    cell.store.entries(TreeCell.KEYS.root()).forEach(entry -> entries.put(entry.key(), entry));
    Scope scope = Scope.of("x", List.of(new SwarmId(request.getFromAccountId()), new SwarmId(request.getToAccountId())));
    BudgetRule<TransferResponse> rule = sheet -> TransferRules.transfer(sheet, request, AccountOperation.ACCOUNT_OPERATION_TRANSFERRED, TreeBench.NOW);
    Step<?> step = new BudgetDecision<>(new BooksCodec(TreeCell.KEYS), scope, 1, rule).decide(key -> Optional.ofNullable(entries.get(key)));
    return ((Step.Commit<?>) step).txn().compares().stream().map(Txn.Compare::key).toList();
  }

  @Test
  void whatClaimsPromise_staysWithTheSwarm_alsoWhenTheyClaimMeanwhile() {
    transfer("acme", "alpha", 100).join();
    promise("alpha", 60);
    assertThat(code(transfer("alpha", "acme", 41))).isEqualTo(ErrorCode.ERROR_CODE_BUDGET_EXCEEDED);
    transfer("alpha", "acme", 40).join();
    assertThat(cell.account("alpha").getCreditMicros()).isEqualTo(60);
    promise("alpha", 0);
  }

  @Test
  void unknownOutcome_isAnsweredByWhatWasDone() {
    FaultyStore way = new FaultyStore(cell.store, 5);
    AccountTree faulty = cell.tree(way);
    way.set(new Faults(0.5, 0.1, 0.1, 0.1, 0, Duration.ofMillis(2)));
    for (int i = 0; i < 12; i++) {
      ChargeRequest charge = ChargeRequest.newBuilder().setRequestId("c-" + i).setAccountId("acme").setAmountMicros(3).build();
      await().atMost(SOON).until(() -> faulty.charge(charge).handle((done, failure) -> failure == null).join());
      assertThat(tree.charge(charge).join().getAmountMicros()).isEqualTo(3);
    }
    way.set(Faults.NONE);
    assertThat(cell.account("acme").getSettledMicros()).isEqualTo(36);
  }

  @Test
  void twoMovesAtOnce_makeNoCircle() {
    for (int round = 0; round < 20; round++) {
      String a = "a" + round;
      String b = "b" + round;
      String c = "c" + round;
      String d = "d" + round;
      for (String top : List.of(b, d)) {
        create(top, "", AccountKind.ACCOUNT_KIND_ORGANISATION, 0).join();
      }
      create(a, b, AccountKind.ACCOUNT_KIND_ORGANISATION, 0).join();
      create(c, d, AccountKind.ACCOUNT_KIND_ORGANISATION, 0).join();
      AccountTree other = round == 0 ? cell.tree(cell.store) : tree;
      CompletableFuture<?> one = tree.place(PlaceAccountRequest.newBuilder().setRequestId("p").setAccountId(b).setParentId(c).build());
      CompletableFuture<?> two = other.place(PlaceAccountRequest.newBuilder().setRequestId("p").setAccountId(d).setParentId(a).build());
      boolean both = one.handle((done, failure) -> failure == null).join() & two.handle((done, failure) -> failure == null).join();
      assertThat(both).as("round %d", round).isFalse();
    }
  }

  @Test
  void closeOfALargeTree_isDoneInSteps_andALaterGovernorGoesOn() {
    transfer("acme", "alpha", 900).join();
    List<CompletableFuture<?>> all = new ArrayList<>();
    for (int run = 0; run < 8; run++) {
      create("run-" + run, "alpha", AccountKind.ACCOUNT_KIND_RUN, 100).join();
      for (int step = 0; step < 20; step++) {
        all.add(create("step-" + run + "-" + step, "run-" + run, AccountKind.ACCOUNT_KIND_STEP, 5));
      }
    }
    all.forEach(CompletableFuture::join);
    promise("alpha", 50);
    CloseAccountResponse waits = close("acme");
    assertThat(waits.getState()).isEqualTo(AccountState.ACCOUNT_STATE_CLOSING);
    assertThat(waits.getWaitsForSwarmsList()).containsExactly("alpha");
    assertThat(waits.getClosed()).isEqualTo(8 * 21);
    assertThat(cell.account("alpha").getCreditMicros()).isEqualTo(50);
    assertThat(code(create("late", "acme", AccountKind.ACCOUNT_KIND_RUN, 0))).isEqualTo(ErrorCode.ERROR_CODE_ACCOUNT_ENDED);
    promise("alpha", 0);
    await().atMost(SOON).until(() -> cell.account("acme").getState() == AccountState.ACCOUNT_STATE_CLOSED);
    assertThat(cell.account("alpha").getCreditMicros()).isZero();
    assertThat(cell.account("alpha").getParentId()).isEmpty();
  }

  @Test
  void closeThatComesAgain_isAnswered() {
    create("run-1", "alpha", AccountKind.ACCOUNT_KIND_RUN, 0).join();
    CloseAccountRequest close = CloseAccountRequest.newBuilder().setRequestId("k").setAccountId("run-1").setReason("done with it").build();
    assertThat(tree.close(close).join().getState()).isEqualTo(AccountState.ACCOUNT_STATE_CLOSED);
    assertThat(tree.close(close).join().getState()).isEqualTo(AccountState.ACCOUNT_STATE_CLOSED);
    assertThat(code(tree.close(close.toBuilder().setRequestId("k2").build()))).isEqualTo(ErrorCode.ERROR_CODE_ACCOUNT_NOT_FOUND);
  }

  @Test
  void swarmWithAnOrder_drawsByItself_untilItsParentHasNothing() {
    place("alpha", "acme", Optional.of(DrawOrder.newBuilder().setBelowMicros(20).setAmountMicros(300).build()));
    await().atMost(SOON).until(() -> cell.account("alpha").getCreditMicros() == 300);
    for (int i = 0; i < 3; i++) {
      long before = cell.account("acme").getCreditMicros();
      long most = cell.account("alpha").getCreditMicros();
      tree.charge(ChargeRequest.newBuilder().setRequestId("c-" + i).setAccountId("alpha").setAmountMicros(most - 20).build()).join();
      await().atMost(SOON).until(() -> cell.account("acme").getCreditMicros() == Math.max(0, before - 300));
    }
    assertThat(cell.account("acme").getCreditMicros()).isZero();
    assertThat(cell.account("alpha").getCreditMicros()).isEqualTo(120);
    assertThat(cell.store.changes(TreeCell.KEYS.breaker(new SwarmId("alpha")))).as("it waits for money and not for a person").hasSize(1);
    tree.charge(ChargeRequest.newBuilder().setRequestId("last").setAccountId("alpha").setAmountMicros(120).build()).join();
    assertThat(cell.store.changes(TreeCell.KEYS.breaker(new SwarmId("alpha")))).hasSize(1);
  }

  @Test
  void lines_tellWhatWasDone_andGoWithTheirLease() {
    transfer("acme", "alpha", 10).join();
    List<LedgerLine> lines = cell.store.entries(TreeCell.KEYS.ledger()).stream().map(TreeStoreTest::line).toList();
    assertThat(lines)
        .extracting(LedgerLine::getOperation)
        .containsExactlyInAnyOrder(
            AccountOperation.ACCOUNT_OPERATION_OPENED,
            AccountOperation.ACCOUNT_OPERATION_GRANTED,
            AccountOperation.ACCOUNT_OPERATION_PLACED,
            AccountOperation.ACCOUNT_OPERATION_TRANSFERRED);
    assertThat(cell.store.entries(TreeCell.KEYS.ledger())).allSatisfy(entry -> assertThat(entry.lease()).isNotZero());
    cell.store.advance(Duration.ofMinutes(10));
    assertThat(cell.store.entries(TreeCell.KEYS.ledger())).as("remembered for ten minutes at least").isNotEmpty();
    cell.store.advance(Duration.ofMinutes(2));
    assertThat(cell.store.entries(TreeCell.KEYS.ledger())).isEmpty();
    transfer("acme", "alpha", 10).exceptionally(leaseGone -> null).join();
    transfer("acme", "alpha", 10).join();
  }

  private static LedgerLine line(Entry entry) {
    try {
      return LedgerLine.parseFrom(entry.value());
    } catch (InvalidProtocolBufferException malformed) {
      throw new AssertionError(malformed);
    }
  }

  @Test
  void littleLeft_isToldOnce() {
    tree.charge(ChargeRequest.newBuilder().setRequestId("c1").setAccountId("acme").setAmountMicros(799).build()).join();
    assertThat(cell.published).isEmpty();
    tree.charge(ChargeRequest.newBuilder().setRequestId("c2").setAccountId("acme").setAmountMicros(1).build()).join();
    tree.charge(ChargeRequest.newBuilder().setRequestId("c3").setAccountId("acme").setAmountMicros(1).build()).join();
    await().atMost(SOON).until(() -> !cell.published.isEmpty());
    assertThat(cell.published).singleElement().satisfies(message -> assertThat(message.subject()).isEqualTo("if.v1.event.account.low.acme"));
  }
}
