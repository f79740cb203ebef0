package io.infrafabric.governor.account;

import static io.infrafabric.governor.books.BooksFixture.NOW;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.infrafabric.coordinator.v1.ClaimEnd;
import io.infrafabric.governor.CommitmentsHand;
import io.infrafabric.governor.DeafStore;
import io.infrafabric.governor.books.Books;
import io.infrafabric.governor.books.BooksCodec;
import io.infrafabric.governor.books.BooksFixture;
import io.infrafabric.governor.books.ReplicaBooks;
import io.infrafabric.governor.books.Ruling;
import io.infrafabric.governor.spend.SpendCodec;
import io.infrafabric.governor.spend.SpendRules;
import io.infrafabric.governor.v1.Settlement;
import io.infrafabric.governor.v1.SpendCell;
import io.infrafabric.governor.v1.SpendRecord;
import io.infrafabric.governor.v1.Standing;
import io.infrafabric.governor.v1.SwarmRecord;
import io.infrafabric.kit.store.Prefix;
import io.infrafabric.kit.store.Replica;
import io.infrafabric.kit.store.ReplicaSettings;
import io.infrafabric.names.Keys;
import io.infrafabric.names.SwarmId;
import io.infrafabric.policy.BreakerPolicy;
import io.infrafabric.testkit.store.MemoryStore;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A settler whose copy of the store is as old as its last look. */
class SettlerTest {
  private static final Keys KEYS = new Keys();
  private static final SwarmId SWARM = new SwarmId("s1");

  private final MemoryStore store = new MemoryStore();
  private final CommitmentsHand coordinator = new CommitmentsHand(store, KEYS);
  private final List<String> told = new ArrayList<>();
  private final List<Replica> replicas = new ArrayList<>();
  private Settler settler;

  @BeforeEach
  void start() {
    ReplicaBooks books = books();
    books.change(SWARM, known -> new Ruling.Write<>(BooksFixture.granted(1_000), null)).join();
    settler = settler(books);
  }

  @AfterEach
  void stop() {
    replicas.forEach(Replica::close);
  }

  @Test
  void commitmentsThatMoved_areReadAgainAndBookedWhole() {
    end("c1");
    settler.settleAfterRefresh(SWARM).join();
    end("c2");
    // Unknown here: nothing is due.
    assertThat(settler.settle(SWARM).join()).isZero();
    assertThat(settler.settleAfterRefresh(SWARM).join()).isEqualTo(1);
    assertThat(told).containsExactly("c1", "c2");
  }

  @Test
  void aDecisionOnOldCommitments_doesNotCommit() {
    end("c1");
    ReplicaBooks stale = books();
    stale.refresh(SWARM).join();
    end("c2");
    assertThat(settler(stale).settle(SWARM).join()).isEqualTo(2);
    assertThat(standing().getSettledClaimIdsList()).containsExactly("c1", "c2");
  }

  @Test
  void aClaimThatAnotherBookedAndTheCoordinatorDropped_isNotBookedFromAnOldCopy() {
    end("c1");
    ReplicaBooks stale = books();
    stale.refresh(SWARM).join();
    settler.settleAfterRefresh(SWARM).join();
    coordinator.dropBooked("s1");
    end("c2");
    settler.settleAfterRefresh(SWARM).join();
    assertThat(standing().getSettledClaimIdsList()).containsExactly("c2");
    assertThat(settler(stale).settle(SWARM).join()).isZero();
    assertThat(standing().getCreditMicros()).isEqualTo(1_000 - 2);
  }

  @Test
  void moreThanOneTransactionHolds_isBookedInSeveral() {
    IntStream.range(0, 300).forEach(i -> end("c" + i));
    assertThat(settler.settleAfterRefresh(SWARM).join()).isEqualTo(300);
    assertThat(standing().getBookedThrough()).isEqualTo(300);
  }

  @Test
  void whatWasBooked_isInTheRecordOfTheDay_atEveryRevisionOfTheAccount() {
    coordinator.end("s1", "c1", ClaimEnd.CLAIM_END_COMPLETED, 5);
    coordinator.end("s1", "c2", ClaimEnd.CLAIM_END_FAILED, 7);
    settler.settleAfterRefresh(SWARM).join();
    coordinator.end("s1", "c3", ClaimEnd.CLAIM_END_COMPLETED, 11);
    ReplicaBooks stale = books();
    settler.settleAfterRefresh(SWARM).join();
    settler(stale).settleAfterRefresh(SWARM).join();
    SpendRecord today = SpendCodec.record(store.entries(KEYS.spend(SWARM)).getFirst());
    assertThat(today.getSlot()).isEqualTo(SpendRules.slot(NOW));
    assertThat(today.getCellsList()).extracting(SpendCell::getEnd, SpendCell::getClaims, SpendCell::getCostMicros)
        .containsExactly(tuple(ClaimEnd.CLAIM_END_COMPLETED, 2L, 16L), tuple(ClaimEnd.CLAIM_END_FAILED, 1L, 7L));
    assertThat(store.entries(KEYS.spend(SWARM)).getFirst().modRevision()).as("in one transaction").isEqualTo(store.entries(KEYS.account(SWARM)).getFirst().modRevision());
  }

  @Test
  void help_isBookedAtThePriceOfTheHelper() {
    ReplicaBooks books = books();
    Books helper = BooksFixture.granted(1_000);
    Standing sonnet = helper.standing().toBuilder().setSwarmId("s2").setModel("sonnet").setCostPerHourMicros(15_000_000).build();
    SwarmRecord registration = helper.registration().toBuilder().setManifest(helper.registration().getManifest().toBuilder().setSwarmId("s2")).build();
    Books s2 = new Books(registration, sonnet, helper.account().toBuilder().setAccountId("s2").build(), helper.breaker().toBuilder().setSwarmId("s2").build());
    books.change(new SwarmId("s2"), known -> new Ruling.Write<>(s2, null)).join();
    coordinator.change(
        "s1",
        record ->
            record
                .setEndedCount(1)
                .addCommitments(
                    BooksFixture.ended("h1", 1, ClaimEnd.CLAIM_END_COMPLETED, 15).toBuilder().setOutOfClaimId("c1").setHelperSwarmId("s2").setMaxCostMicros(15)));
    new Settler(books, () -> new SettlementLimits(BreakerPolicy.ofThreshold(3), 20, 1, 30_000_000), () -> NOW, Runnable::run, (after, settled) -> {}).settleAfterRefresh(SWARM).join();
    SpendCell cell = SpendCodec.record(store.entries(KEYS.spend(SWARM)).getFirst()).getCells(0);
    assertThat(cell.getModel()).isEqualTo("sonnet");
    assertThat(cell.getReferenceMicros()).isEqualTo(30);
    assertThat(cell.getHelp()).isTrue();
  }

  @Test
  void commitmentsOfAnUnknownSwarm_areLeftAlone() {
    coordinator.end("nobody", "c1", ClaimEnd.CLAIM_END_COMPLETED, 1);
    assertThat(settler.settleAfterRefresh(new SwarmId("nobody")).join()).isZero();
  }

  private void end(String claim) {
    coordinator.end("s1", claim, ClaimEnd.CLAIM_END_COMPLETED, 1);
  }

  private ReplicaBooks books() {
    List<Prefix> prefixes =
        List.of(
            Prefix.of(KEYS.swarms()),
            Prefix.of(KEYS.standings()),
            Prefix.of(KEYS.accounts()),
            Prefix.of(KEYS.breakers()),
            Prefix.of(KEYS.spend()),
            Prefix.of(KEYS.commitments()));
    Replica replica = Replica.open("settler-test", new DeafStore(store), prefixes, ReplicaSettings.defaults());
    replica.ready().join();
    replicas.add(replica);
    return new ReplicaBooks(replica, KEYS);
  }

  private Settler settler(ReplicaBooks books) {
    return new Settler(
        books,
        () -> new SettlementLimits(3, 20, 1),
        () -> NOW,
        Runnable::run,
        (after, settled) -> settled.bookings().stream().map(Booking::fact).map(Settlement::getClaimId).forEach(told::add));
  }

  private Standing standing() {
    return BooksCodec.standing(store.entries(KEYS.standing(SWARM)).getFirst());
  }
}
