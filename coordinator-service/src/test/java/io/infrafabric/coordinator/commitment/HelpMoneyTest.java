package io.infrafabric.coordinator.commitment;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Timestamp;
import io.infrafabric.coordinator.Samples;
import io.infrafabric.coordinator.v1.ClaimEnd;
import io.infrafabric.coordinator.v1.Claimed;
import io.infrafabric.coordinator.v1.Commitment;
import io.infrafabric.coordinator.v1.CommitmentsRecord;
import io.infrafabric.coordinator.v1.Parked;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.governor.v1.Standing;
import io.infrafabric.names.SwarmId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class HelpMoneyTest {
  private static final long CAP = 1_000;
  private static final Task STUCK = parked(Samples.spec("stuck").setMaxCostMicros(CAP).build(), "c1");
  private static final CommitmentsRecord BOOK = Samples.book("fox", Samples.open("c0", 7), Samples.open("c1", CAP));

  private static Task parked(TaskSpec spec, String claim) {
    return Samples.ready(spec).toBuilder().setParked(Parked.newBuilder().setClaim(Claimed.newBuilder().setSwarmId("fox").setClaimId(claim))).build();
  }

  private static TaskSpec help(String id, long cap, int attempts) {
    return Samples.spec(id).setMaxCostMicros(cap).setMaxAttempts(attempts).setPaidBySwarmId("fox").build();
  }

  private static Task held(TaskSpec spec, String claim) {
    return Samples.ready(spec).toBuilder().setClaimed(Claimed.newBuilder().setSwarmId("owl").setClaimId(claim)).build();
  }

  private static Commitment end(String claim, ClaimEnd how, long cost) {
    return Commitment.newBuilder().setClaimId(claim).setEnd(how).setCostMicros(cost).setFence(9).build();
  }

  private static long open(CommitmentsRecord book, String claim) {
    return book.getCommitmentsList().stream().filter(line -> line.getClaimId().equals(claim)).mapToLong(Commitment::getMaxCostMicros).sum();
  }

  @Test
  void help_isTakenOutOfTheBlockedClaim_forEachOfItsAttempts() {
    CommitmentsRecord aside = HelpMoney.setAside(BOOK, STUCK, List.of(help("h1", 150, 2), help("h2", 100, 2))).orElseThrow();
    assertThat(open(aside, "c1")).isEqualTo(500);
    assertThat(aside.getCommitmentsList()).extracting(Commitment::getClaimId).containsExactly("c0", "c1", "h1-1", "h1-2", "h2-1", "h2-2");
    assertThat(CommitmentRules.totalMicros(aside)).isEqualTo(CommitmentRules.totalMicros(BOOK));
    assertThat(CommitmentRules.atWork(aside)).as("no claims of the one who pays").isEqualTo(2);
    assertThat(CommitmentRules.claims(aside)).isEqualTo(2);
  }

  @Test
  void costOfHelp_isBookedOnce_andTheRestGoesBack() {
    TaskSpec h1 = help("h1", 150, 2);
    CommitmentsRecord aside = HelpMoney.setAside(BOOK, STUCK, List.of(h1)).orElseThrow();
    CommitmentsRecord failed = HelpMoney.ended(aside, held(h1, "x1"), end("x1", ClaimEnd.CLAIM_END_FAILED, 40), Optional.empty());
    assertThat(open(failed, "c1")).isEqualTo(700 + 110);
    CommitmentsRecord done = HelpMoney.finished(HelpMoney.ended(failed, held(h1, "x2"), end("x2", ClaimEnd.CLAIM_END_COMPLETED, 150), Optional.empty()), h1);
    assertThat(open(done, "c1")).isEqualTo(CAP - 40 - 150);
    assertThat(done.getCommitmentsList().stream().filter(HelpMoney::isHelp)).extracting(Commitment::getClaimId).containsExactly("x1", "x2");
    assertThat(done.getCommitmentsList().stream().filter(HelpMoney::isHelp)).extracting(Commitment::getEndedNumber).containsExactly(1L, 2L);
    assertThat(CommitmentRules.totalMicros(done)).isEqualTo(CommitmentRules.totalMicros(BOOK));
    assertThat(CommitmentRules.withoutSettled(done, Samples.standing("fox").addAllSettledClaimIds(List.of("x1", "x2")).build()).getCommitmentsCount()).isEqualTo(2);
  }

  @Test
  void costOfHelp_saysWhatKindOfWorkItWas_sinceWhen_andWhetherTheHelperHadAnythingOfIt() {
    TaskSpec h1 = help("h1", 150, 2).toBuilder().setTaskClass("security").clearRequiredCapabilities().addRequiredCapabilities("security:review").build();
    CommitmentsRecord aside = HelpMoney.setAside(BOOK, STUCK, List.of(h1)).orElseThrow();
    Timestamp since = Timestamp.newBuilder().setSeconds(1_700_000_000).build();
    Task held = held(h1, "x1").toBuilder().setClaimed(Claimed.newBuilder().setSwarmId("owl").setClaimId("x1").setSince(since)).build();
    Standing able = Samples.standing("owl").clearCapabilities().addCapabilities("security:review").build();
    Standing other = able.toBuilder().clearCapabilities().addCapabilities("docs:writing").build();
    for (Standing helper : List.of(able, other)) {
      Commitment line =
          HelpMoney.ended(aside, held, end("x1", ClaimEnd.CLAIM_END_COMPLETED, 40), Optional.of(helper)).getCommitmentsList().stream()
              .filter(one -> one.getClaimId().equals("x1"))
              .findFirst()
              .orElseThrow();
      assertThat(line.getTaskClass()).isEqualTo("security");
      assertThat(line.getClaimedAt()).isEqualTo(since);
      assertThat(line.getHelperSwarmId()).isEqualTo("owl");
      assertThat(line.getUnmatched()).isEqualTo(helper.equals(other));
    }
  }

  @Test
  void freeHelp_leavesNothingBehind_alsoWhenTheBlockedClaimHasEnded() {
    TaskSpec h1 = help("h1", 150, 2);
    CommitmentsRecord aside = HelpMoney.setAside(BOOK, STUCK, List.of(h1)).orElseThrow();
    assertThat(HelpMoney.finished(HelpMoney.ended(aside, held(h1, "x1"), end("x1", ClaimEnd.CLAIM_END_COMPLETED, 0), Optional.empty()), h1)).isEqualTo(BOOK);
    CommitmentsRecord gone = CommitmentRules.ended(aside, end("c1", ClaimEnd.CLAIM_END_CANCELLED, 0));
    assertThat(CommitmentRules.totalMicros(gone)).as("what helpers may cost stays promised").isEqualTo(7 + 300);
    assertThat(HelpMoney.finished(gone, h1).getCommitmentsList()).containsExactly(BOOK.getCommitments(0));
  }

  @Test
  void helpOfHelp_isTakenOutOfTheHelp_andPaidByTheSame() {
    TaskSpec h1 = help("h1", 400, 1);
    CommitmentsRecord aside = HelpMoney.setAside(BOOK, STUCK, List.of(h1)).orElseThrow();
    TaskSpec deeper = help("h1-h1", 100, 1);
    CommitmentsRecord twice = HelpMoney.setAside(aside, parked(h1, "x1"), List.of(deeper)).orElseThrow();
    assertThat(open(twice, "h1-1")).isEqualTo(300);
    assertThat(CommitmentRules.totalMicros(twice)).isEqualTo(CommitmentRules.totalMicros(BOOK));
    CommitmentsRecord back = HelpMoney.finished(HelpMoney.ended(twice, held(deeper, "y1"), end("y1", ClaimEnd.CLAIM_END_COMPLETED, 30), Optional.empty()), deeper);
    assertThat(open(back, "h1-1")).isEqualTo(370);
    CommitmentsRecord done = HelpMoney.finished(HelpMoney.ended(back, held(h1, "x1"), end("x1", ClaimEnd.CLAIM_END_COMPLETED, 370), Optional.empty()), h1);
    assertThat(open(done, "c1")).isEqualTo(CAP - 400);
  }

  @Test
  void nothingIsSetAside_thatIsNotThere() {
    assertThat(HelpMoney.setAside(BOOK, STUCK, List.of(help("h1", 501, 2)))).isEmpty();
    assertThat(HelpMoney.setAside(Samples.book("fox"), STUCK, List.of(help("h1", 1, 1)))).isEmpty();
    assertThat(HelpMoney.setAside(BOOK, STUCK, List.of(help("h1", 0, 2)))).as("free help needs no line").contains(BOOK);
  }

  @Test
  void book_hasRoomForSoManyLines() {
    List<TaskSpec> help = List.of(help("h1", 1, 2), help("h2", 1, 1));
    assertThat(HelpMoney.hasRoom(BOOK, help, 3)).isTrue();
    assertThat(HelpMoney.hasRoom(BOOK, help, 2)).isFalse();
    assertThat(HelpMoney.hasRoom(BOOK, List.of(help("h1", 0, 2)), 1)).as("free help needs no line").isTrue();
    CommitmentsRecord taken = HelpMoney.setAside(BOOK, STUCK, help).orElseThrow();
    assertThat(HelpMoney.lines(taken)).isEqualTo(3);
    assertThat(HelpMoney.hasRoom(taken, help, 5)).isFalse();
  }

  @Test
  void whoPays_isTheSwarmThatTheSpecNames() {
    assertThat(HelpMoney.payer(help("h1", 1, 1))).contains(new SwarmId("fox"));
    assertThat(HelpMoney.payer(STUCK.getSpec())).isEmpty();
    assertThat(CommitmentRules.promiseMicros(help("h1", 5, 1))).isZero();
    assertThat(CommitmentRules.promiseMicros(STUCK.getSpec())).isEqualTo(CAP);
  }

  @Test
  void whateverHelpersDo_theBookPromisesNoMoreThanTheCap_andNothingNegative() {
    for (int seed = 0; seed < 500; seed++) {
      Random random = new Random(seed);
      CommitmentsRecord book = BOOK;
      List<TaskSpec> helping = new ArrayList<>();
      int claims = 0;
      for (int step = 0; step < 30; step++) {
        if (helping.isEmpty() || random.nextInt(3) == 0) {
          TaskSpec spec = help("h" + step, random.nextLong(200), 2);
          var aside = HelpMoney.setAside(book, STUCK, List.of(spec));
          if (aside.isPresent()) {
            book = aside.get();
            helping.add(spec);
          }
        } else {
          TaskSpec spec = helping.get(random.nextInt(helping.size()));
          boolean last = random.nextBoolean();
          Commitment ended = end("x" + ++claims, last ? ClaimEnd.CLAIM_END_COMPLETED : ClaimEnd.CLAIM_END_RELEASED, random.nextLong(spec.getMaxCostMicros() + 1));
          boolean tried = book.getCommitmentsList().stream().filter(line -> CommitmentRules.isOpen(line) && line.getTaskId().equals(spec.getTaskId())).count() < 2;
          book = HelpMoney.ended(book, held(spec, ended.getClaimId()), ended, Optional.empty());
          if (last || tried) {
            book = HelpMoney.finished(book, spec);
            helping.remove(spec);
          }
        }
        assertThat(CommitmentRules.totalMicros(book)).as("seed %d", seed).isEqualTo(CommitmentRules.totalMicros(BOOK));
        assertThat(book.getCommitmentsList()).as("seed %d", seed).allMatch(line -> line.getMaxCostMicros() >= 0 && line.getCostMicros() <= line.getMaxCostMicros());
      }
    }
  }
}
