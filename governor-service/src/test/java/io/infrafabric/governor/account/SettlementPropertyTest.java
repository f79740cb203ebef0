package io.infrafabric.governor.account;

import static io.infrafabric.governor.books.BooksFixture.NOW;
import static io.infrafabric.governor.books.BooksFixture.granted;
import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.coordinator.v1.ClaimEnd;
import io.infrafabric.coordinator.v1.Commitment;
import io.infrafabric.coordinator.v1.CommitmentsRecord;
import io.infrafabric.governor.books.Books;
import io.infrafabric.governor.books.Commitments;
import io.infrafabric.governor.books.Ruling;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * I7 and I8 under any interleaving: a coordinator that claims, ends and drops, and two settlers that read each record at
 * moments of their own, decide on what they have, commit late and send again what they do not know to be committed.
 */
class SettlementPropertyTest {
  private static final long GRANTED = 2_000;
  private static final int STEPS = 3_000;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 5, 8, 13, 21, 34, 55, 89})
  void anyInterleaving_booksEachEndedClaimOnce(long seed) {
    Cell cell = new Cell(new Random(seed));
    for (int i = 0; i < STEPS; i++) {
      cell.step();
      cell.check(seed);
    }
    cell.quiesce();
    cell.check(seed);
    assertThat(cell.bookedOnce).as("seed %d", seed).isEqualTo(cell.endedCosts);
    assertThat(cell.books.account().getSettledMicros())
        .as("seed %d", seed)
        .isEqualTo(cell.endedCosts.values().stream().mapToLong(Long::longValue).sum());
  }

  /** The store with compare-and-set, the coordinator, and two settlers. */
  private static final class Cell {
    private final Random random;
    private final SettlerModel[] settlers = {new SettlerModel(), new SettlerModel()};
    private final Map<String, Long> endedCosts = new HashMap<>();
    private final Map<String, Long> bookedOnce = new HashMap<>();
    private Books books = granted(GRANTED);
    private long booksRevision = 1;
    private CommitmentsRecord commitments = CommitmentsRecord.newBuilder().setSwarmId("s1").build();
    private long commitmentsRevision = 1;
    private int claims;

    Cell(Random random) {
      this.random = random;
    }

    void step() {
      SettlerModel settler = settlers[random.nextInt(2)];
      switch (random.nextInt(8)) {
        case 0, 1 -> claim();
        case 2 -> end();
        case 3 -> drop();
        case 4 -> settler.readBooks(this);
        case 5 -> settler.readCommitments(this);
        case 6 -> settler.decide();
        default -> settler.send(this);
      }
    }

    void quiesce() {
      while (commitments.getCommitmentsList().stream().anyMatch(claim -> !Commitments.hasEnded(claim))) {
        end();
      }
      for (SettlerModel settler : settlers) {
        settler.readBooks(this);
        settler.readCommitments(this);
        settler.decide();
        settler.send(this);
        drop();
      }
    }

    void check(long seed) {
      var account = books.account();
      assertThat(account.getGrantedMicros()).as("seed %d", seed).isEqualTo(account.getCreditMicros() + account.getSettledMicros());
      assertThat(books.standing().getCreditMicros()).as("seed %d", seed).isEqualTo(account.getCreditMicros());
      assertThat(account.getCreditMicros())
          .as("seed %d", seed)
          .isGreaterThanOrEqualTo(Commitments.committedMicros(commitments, books.standing()));
      assertThat(account.getSettledMicros())
          .as("seed %d", seed)
          .isEqualTo(bookedOnce.values().stream().mapToLong(Long::longValue).sum());
    }

    private void claim() {
      long max = random.nextLong(1, 20);
      if (Commitments.committedMicros(commitments, books.standing()) + max <= books.standing().getCreditMicros()) {
        Commitment claim = Commitment.newBuilder().setClaimId("c" + claims++).setMaxCostMicros(max).build();
        write(commitments.toBuilder().addCommitments(claim));
      }
    }

    private void end() {
      List<Integer> open = new ArrayList<>();
      for (int i = 0; i < commitments.getCommitmentsCount(); i++) {
        if (!Commitments.hasEnded(commitments.getCommitments(i))) {
          open.add(i);
        }
      }
      if (open.isEmpty()) {
        return;
      }
      int at = open.get(random.nextInt(open.size()));
      Commitment claim = commitments.getCommitments(at);
      ClaimEnd end = ClaimEnd.forNumber(random.nextInt(1, 6));
      long cost = random.nextLong(0, claim.getMaxCostMicros() + 1);
      long number = commitments.getEndedCount() + 1;
      endedCosts.put(claim.getClaimId(), cost);
      write(
          commitments.toBuilder()
              .setEndedCount(number)
              .setCommitments(at, claim.toBuilder().setEnd(end).setCostMicros(cost).setEndedNumber(number)));
    }

    private void drop() {
      List<Commitment> kept =
          commitments.getCommitmentsList().stream()
              .filter(claim -> !books.standing().getSettledClaimIdsList().contains(claim.getClaimId()))
              .toList();
      write(commitments.toBuilder().clearCommitments().addAllCommitments(kept));
    }

    private void write(CommitmentsRecord.Builder next) {
      commitments = next.build();
      commitmentsRevision++;
    }

    private void commit(Proposal proposal) {
      if (proposal.booksRevision == booksRevision && proposal.commitmentsRevision == commitmentsRevision) {
        books = proposal.write.next();
        booksRevision++;
        for (Booking booking : proposal.write.answer().bookings()) {
          Long before = bookedOnce.put(booking.fact().getClaimId(), booking.fact().getCostMicros());
          assertThat(before).as("booked twice: %s", booking.fact()).isNull();
        }
      }
    }
  }

  private record Proposal(Ruling.Write<Settled> write, long booksRevision, long commitmentsRevision) {}

  /** Knows the records as they were when it read them, and what it sent last. */
  private static final class SettlerModel {
    private Books books = granted(GRANTED);
    private long booksRevision = 1;
    private CommitmentsRecord commitments = CommitmentsRecord.getDefaultInstance();
    private long commitmentsRevision;
    private Proposal proposal;

    void readBooks(Cell cell) {
      books = cell.books;
      booksRevision = cell.booksRevision;
    }

    void readCommitments(Cell cell) {
      commitments = cell.commitments;
      commitmentsRevision = cell.commitmentsRevision;
    }

    void decide() {
      if (SettlementRules.settle(books, commitments, new SettlementLimits(3, 20, 1), NOW) instanceof Ruling.Write<Settled> write) {
        proposal = new Proposal(write, booksRevision, commitmentsRevision);
      }
    }

    void send(Cell cell) {
      if (proposal != null) {
        cell.commit(proposal);
      }
    }
  }
}
