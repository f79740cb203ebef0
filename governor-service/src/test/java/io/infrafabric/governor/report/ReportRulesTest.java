package io.infrafabric.governor.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Timestamp;
import com.google.protobuf.util.Durations;
import io.infrafabric.coordinator.v1.ClaimEnd;
import io.infrafabric.governor.v1.Account;
import io.infrafabric.governor.v1.BreakerState;
import io.infrafabric.governor.v1.ReportBy;
import io.infrafabric.governor.v1.ReportHealth;
import io.infrafabric.governor.v1.ReportLine;
import io.infrafabric.governor.v1.SpendCell;
import io.infrafabric.governor.v1.SpendRecord;
import io.infrafabric.governor.v1.Standing;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ReportRulesTest {
  private static SpendCell.Builder cell(String account, String model, String taskClass, ClaimEnd end, long cost) {
    return SpendCell.newBuilder().setAccountId(account).setModel(model).setTaskClass(taskClass).setEnd(end).setClaims(1).setCostMicros(cost);
  }

  private static SpendRecord day(String swarm, String slot, SpendCell.Builder... cells) {
    SpendRecord.Builder record = SpendRecord.newBuilder().setSlot(slot).setSwarmId(swarm);
    Arrays.stream(cells).forEach(record::addCells);
    return record.build();
  }

  private static SwarmMoney swarm(String id, String label, String model, long granted, long settled, Map<String, Long> committed, SpendRecord... days) {
    Standing standing =
        Standing.newBuilder().setSwarmId(id).setModel(model).setCostPerHourMicros(2_000_000).setReputationMillis(700).setBreaker(BreakerState.BREAKER_STATE_CLOSED).build();
    Account account = Account.newBuilder().setAccountId(id).setGrantedMicros(granted).setSettledMicros(settled).setCreditMicros(granted - settled).build();
    return new SwarmMoney(standing, account, label, committed, List.of(days));
  }

  private static final SwarmMoney FOX =
      swarm(
          "fox",
          "ops",
          "haiku",
          1_000,
          60,
          Map.of("docs", 7L, "", 3L),
          day(
              "fox",
              "20261129",
              cell("ops", "haiku", "docs", ClaimEnd.CLAIM_END_COMPLETED, 10).setRefundedMicros(5).setReferenceMicros(75),
              cell("ops", "haiku", "docs", ClaimEnd.CLAIM_END_FAILED, 20)),
          day("fox", "20261130", cell("old", "sonnet", "", ClaimEnd.CLAIM_END_COMPLETED, 30).setHelp(true)));
  private static final SwarmMoney OWL =
      swarm("owl", "ops", "sonnet", 0, 0, Map.of(), day("owl", "20261130", cell("ops", "sonnet", "docs", ClaimEnd.CLAIM_END_COMPLETED, 0)));

  private static ReportRules.Report report(ReportBy by, Period period) {
    return ReportRules.report(List.of(FOX, OWL), by, period);
  }

  private static ReportLine line(ReportRules.Report report, String key) {
    return report.lines().stream().filter(line -> line.getKey().equals(key)).findFirst().orElseThrow();
  }

  @Test
  void bySwarm_eachHasWhatIsInItsBooks_andWhatItIs() {
    ReportRules.Report report = report(ReportBy.REPORT_BY_SWARM, Period.ALL);
    assertThat(report.lines()).extracting(ReportLine::getKey).containsExactly("fox", "owl");
    ReportLine fox = line(report, "fox");
    assertThat(fox.getGrantedMicros()).isEqualTo(1_000);
    assertThat(fox.getCreditMicros()).isEqualTo(940);
    assertThat(fox.getCommittedMicros()).isEqualTo(10);
    assertThat(fox.getSpentMicros()).isEqualTo(60);
    assertThat(fox.getRefundedMicros()).isEqualTo(5);
    assertThat(fox.getWastedMicros()).isEqualTo(20);
    assertThat(fox.getReferenceMicros()).isEqualTo(75);
    assertThat(fox.getHelpMicros()).isEqualTo(30);
    assertThat(fox.getClaims()).as("help is no claim of who pays").isEqualTo(2);
    assertThat(fox.getClaimsCompleted()).isEqualTo(1);
    assertThat(fox.getUtilisationMillis()).isEqualTo(60);
    assertThat(fox.getHealth()).isEqualTo(ReportHealth.REPORT_HEALTH_HEALTHY);
    assertThat(fox.getModel()).isEqualTo("haiku");
    assertThat(fox.getAccountId()).isEqualTo("ops");
    assertThat(line(report, "owl").getHealth()).as("nothing was granted").isEqualTo(ReportHealth.REPORT_HEALTH_UNSPECIFIED);
  }

  @Test
  void byAccountModelAndClass_bookingsAreWhatTheyWereThen() {
    assertThat(report(ReportBy.REPORT_BY_ACCOUNT, Period.ALL).lines()).extracting(ReportLine::getKey, ReportLine::getSpentMicros).containsExactly(tuple("old", 30), tuple("ops", 30));
    assertThat(report(ReportBy.REPORT_BY_MODEL, Period.ALL).lines()).extracting(ReportLine::getKey, ReportLine::getSpentMicros).containsExactly(tuple("haiku", 30), tuple("sonnet", 30));
    ReportRules.Report classes = report(ReportBy.REPORT_BY_TASK_CLASS, Period.ALL);
    assertThat(classes.lines()).extracting(ReportLine::getKey, ReportLine::getSpentMicros).containsExactly(tuple("(none)", 30), tuple("docs", 30));
    assertThat(line(classes, "docs").getCommittedMicros()).isEqualTo(7);
    assertThat(line(classes, "docs").getGrantedMicros()).as("money is granted to swarms").isZero();
    assertThat(classes.total().getGrantedMicros()).isEqualTo(1_000);
  }

  private static org.assertj.core.groups.Tuple tuple(String key, long micros) {
    return org.assertj.core.groups.Tuple.tuple(key, micros);
  }

  @Test
  void days_areThoseAskedFor_andThenNothingIsComparedWithWhatWasGranted() {
    Period second = new Period(Optional.of(LocalDate.parse("2026-11-30")), Optional.empty());
    Period first = new Period(Optional.empty(), Optional.of(LocalDate.parse("2026-11-30")));
    assertThat(report(ReportBy.REPORT_BY_SWARM, second).total().getSpentMicros()).isEqualTo(30);
    assertThat(report(ReportBy.REPORT_BY_SWARM, first).total().getSpentMicros()).isEqualTo(30);
    assertThat(report(ReportBy.REPORT_BY_SWARM, first).total().getWastedMicros()).isEqualTo(20);
    assertThat(report(ReportBy.REPORT_BY_SWARM, second).total().getHealth()).isEqualTo(ReportHealth.REPORT_HEALTH_UNSPECIFIED);
    SpendRecord before = day("fox", "before", cell("ops", "haiku", "", ClaimEnd.CLAIM_END_COMPLETED, 60));
    List<SwarmMoney> old = List.of(swarm("fox", "ops", "haiku", 100, 60, Map.of(), before));
    assertThat(ReportRules.report(old, ReportBy.REPORT_BY_SWARM, Period.ALL).total().getSpentMicros()).isEqualTo(60);
    assertThat(ReportRules.report(old, ReportBy.REPORT_BY_SWARM, second).total().getSpentMicros()).isZero();
  }

  @Test
  void whatStandsInNoRecord_isSpentAllTheSame() {
    Account account = Account.newBuilder().setGrantedMicros(100).setSettledMicros(50).setCreditMicros(50).setWastedMicros(20).build();
    SwarmMoney old = swarm("fox", "ops", "haiku", 100, 50, Map.of(), day("fox", "20261130", cell("ops", "haiku", "docs", ClaimEnd.CLAIM_END_FAILED, 15)));
    SwarmMoney upgraded = new SwarmMoney(old.standing(), account, old.label(), old.committedMicros(), old.spend());
    ReportLine total = ReportRules.report(List.of(upgraded), ReportBy.REPORT_BY_TASK_CLASS, Period.ALL).total();
    assertThat(total.getSpentMicros()).isEqualTo(50);
    assertThat(total.getWastedMicros()).isEqualTo(20);
  }

  /** A charge has no day: it is of all time and of no period, whichever end of it is named. */
  @Test
  void whatStandsInNoRecord_isOfNoPeriod() {
    List<SwarmMoney> charged = List.of(swarm("fox", "ops", "haiku", 100, 50, Map.of(), day("fox", "20261130", cell("ops", "haiku", "docs", ClaimEnd.CLAIM_END_COMPLETED, 15))));
    Optional<LocalDate> day = Optional.of(LocalDate.parse("2026-11-30"));
    assertThat(ReportRules.report(charged, ReportBy.REPORT_BY_SWARM, new Period(Optional.empty(), day)).total().getSpentMicros()).isZero();
    assertThat(ReportRules.report(charged, ReportBy.REPORT_BY_SWARM, new Period(Optional.empty(), day.map(first -> first.plusDays(1)))).total().getSpentMicros()).isEqualTo(15);
    assertThat(ReportRules.report(charged, ReportBy.REPORT_BY_SWARM, new Period(day, Optional.empty())).total().getSpentMicros()).isEqualTo(15);
    assertThat(ReportRules.report(charged, ReportBy.REPORT_BY_SWARM, Period.ALL).total().getSpentMicros()).isEqualTo(50);
  }

  @Test
  void velocity_isMadeOfRecordedTimesAlone() {
    SpendCell.Builder one = cell("a", "m", "c", ClaimEnd.CLAIM_END_COMPLETED, 1).setClaims(3).setHeldMillis(90_000);
    SpendCell.Builder timed = one.clone().setFirstClaimedAt(at(1_000)).setLastEndedAt(at(1_060));
    ReportLine measured = ReportRules.report(List.of(swarm("s", "a", "m", 10, 1, Map.of(), day("s", "20261130", timed))), ReportBy.REPORT_BY_SWARM, Period.ALL).total();
    assertThat(measured.getCompletedTime()).isEqualTo(Durations.fromSeconds(90));
    assertThat(measured.getCompletedPerHourMillis()).isEqualTo(180_000);
    assertThat(measured.getSpeedUpMillis()).isEqualTo(1_500);
    ReportLine unknown =
        ReportRules.report(List.of(swarm("s", "a", "m", 10, 1, Map.of(), day("s", "20261130", cell("a", "m", "c", ClaimEnd.CLAIM_END_COMPLETED, 1)))), ReportBy.REPORT_BY_SWARM, Period.ALL)
            .total();
    assertThat(unknown.hasFirstClaimedAt()).isFalse();
    assertThat(unknown.getCompletedPerHourMillis() + unknown.getSpeedUpMillis()).isZero();
  }

  private static Timestamp at(long seconds) {
    return Timestamp.newBuilder().setSeconds(seconds).build();
  }

  @ParameterizedTest
  @CsvSource({"0, HEALTHY", "499, HEALTHY", "500, WARNING", "799, WARNING", "800, CRITICAL", "1000, CRITICAL"})
  void health_isThatOfTheShareThatIsSpent(int utilisation, String health) {
    assertThat(Sum.health(utilisation)).isEqualTo(ReportHealth.valueOf("REPORT_HEALTH_" + health));
  }

  @ParameterizedTest
  @EnumSource(value = ReportBy.class, mode = EnumSource.Mode.EXCLUDE, names = {"UNRECOGNIZED", "REPORT_BY_UNSPECIFIED"})
  void linesAddUpToTheTotal_andTheTotalToTheAccounts(ReportBy by) {
    Random random = new Random(by.ordinal());
    List<SwarmMoney> swarms = IntStream.range(0, 40).mapToObj(i -> random(random, i)).toList();
    ReportRules.Report report = ReportRules.report(swarms, by, Period.ALL);
    for (java.util.function.ToLongFunction<ReportLine> figure :
        List.<java.util.function.ToLongFunction<ReportLine>>of(
            ReportLine::getCommittedMicros, ReportLine::getSpentMicros, ReportLine::getRefundedMicros, ReportLine::getWastedMicros, ReportLine::getReferenceMicros, ReportLine::getHelpMicros,
            ReportLine::getClaims, ReportLine::getClaimsCompleted)) {
      assertThat(report.lines().stream().mapToLong(figure).sum()).isEqualTo(figure.applyAsLong(report.total()));
    }
    assertThat(report.total().getSpentMicros()).isEqualTo(swarms.stream().mapToLong(swarm -> swarm.account().getSettledMicros()).sum());
    assertThat(report.total().getGrantedMicros()).isEqualTo(swarms.stream().mapToLong(swarm -> swarm.account().getGrantedMicros()).sum());
  }

  private static SwarmMoney random(Random random, int which) {
    SpendCell.Builder[] cells =
        IntStream.range(0, 8)
            .mapToObj(
                i ->
                    cell("a" + random.nextInt(3), "m" + random.nextInt(3), "c" + random.nextInt(4), ClaimEnd.forNumber(1 + random.nextInt(5)), random.nextLong(1_000_000))
                        .setHelp(random.nextBoolean())
                        .setRefundedMicros(random.nextLong(1_000)))
            .toArray(SpendCell.Builder[]::new);
    long settled = Arrays.stream(cells).mapToLong(SpendCell.Builder::getCostMicros).sum() + (which % 5 == 0 ? 17 : 0);
    return swarm("s" + which, "a" + which % 3, "m" + which % 2, settled + 5, settled, Map.of("c" + which % 4, 11L), day("s" + which, "20261130", cells));
  }
}
