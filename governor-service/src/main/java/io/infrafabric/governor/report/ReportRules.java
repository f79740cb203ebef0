package io.infrafabric.governor.report;

import io.infrafabric.governor.spend.SpendRules;
import io.infrafabric.governor.v1.ReportBy;
import io.infrafabric.governor.v1.ReportLine;
import io.infrafabric.governor.v1.SpendCell;
import io.infrafabric.governor.v1.SpendRecord;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** Adds the money of swarms up to the lines of a report. Pure; money in micro-USD. */
final class ReportRules {
  /** Key of what has no model or no kind of work. No id is written like this. */
  static final String NONE = "(none)";

  private ReportRules() {}

  /**
   * A whole report.
   *
   * @param lines by key
   * @param total of all of them
   */
  record Report(List<ReportLine> lines, ReportLine total) {}

  /** The report of some swarms. */
  static Report report(List<SwarmMoney> swarms, ReportBy by, Period period) {
    SortedMap<String, Sum> sums = new TreeMap<>();
    Sum total = new Sum("total");
    for (SwarmMoney swarm : swarms) {
      own(swarm, by, sums, total);
      committed(swarm, by, sums, total);
      booked(swarm, by, period, sums, total);
    }
    if (by == ReportBy.REPORT_BY_SWARM) {
      swarms.forEach(swarm -> describe(swarm, sums));
    }
    return new Report(sums.values().stream().map(sum -> sum.done(period.isAll())).toList(), total.done(period.isAll()));
  }

  /** What was granted belongs to swarms, whatever they do with it. */
  private static void own(SwarmMoney swarm, ReportBy by, SortedMap<String, Sum> sums, Sum total) {
    if (by != ReportBy.REPORT_BY_TASK_CLASS) {
      of(sums, key(swarm, by, "")).has(swarm.account().getGrantedMicros(), swarm.account().getCreditMicros());
    }
    total.has(swarm.account().getGrantedMicros(), swarm.account().getCreditMicros());
  }

  private static void committed(SwarmMoney swarm, ReportBy by, SortedMap<String, Sum> sums, Sum total) {
    swarm.committedMicros().forEach(
        (taskClass, micros) -> {
          of(sums, key(swarm, by, taskClass)).committed(micros);
          total.committed(micros);
        });
  }

  private static void booked(SwarmMoney swarm, ReportBy by, Period period, SortedMap<String, Sum> sums, Sum total) {
    long spent = 0;
    long wasted = 0;
    for (SpendRecord record : swarm.spend()) {
      for (SpendCell cell : record.getCellsList()) {
        spent = Math.addExact(spent, cell.getCostMicros());
        wasted += SpendRules.isWasted(cell) && !cell.getUnmatched() ? cell.getCostMicros() : 0;
        if (period.covers(record.getSlot())) {
          of(sums, key(swarm, by, cell)).booked(cell);
          total.booked(cell);
        }
      }
    }
    long apart = swarm.account().getSettledMicros() - spent;
    if (period.isAll() && apart != 0) { // no day of it is known
      long apartWasted = Math.max(0, swarm.account().getWastedMicros() - wasted);
      of(sums, key(swarm, by, "")).apart(apart, apartWasted);
      total.apart(apart, apartWasted);
    }
  }

  private static void describe(SwarmMoney swarm, SortedMap<String, Sum> sums) {
    of(sums, swarm.standing().getSwarmId())
        .line()
        .setModel(swarm.standing().getModel())
        .setAccountId(swarm.label())
        .setCostPerHourMicros(swarm.standing().getCostPerHourMicros())
        .setReputationMillis(swarm.standing().getReputationMillis())
        .setBreaker(swarm.standing().getBreaker());
  }

  private static Sum of(SortedMap<String, Sum> sums, String key) {
    return sums.computeIfAbsent(key, Sum::new);
  }

  /** Which line a booking belongs to: account, model and kind of work as they were when it was booked. */
  private static String key(SwarmMoney swarm, ReportBy by, SpendCell cell) {
    return switch (by) {
      case REPORT_BY_SWARM -> swarm.standing().getSwarmId();
      case REPORT_BY_ACCOUNT -> cell.getAccountId();
      case REPORT_BY_MODEL -> named(cell.getModel());
      case REPORT_BY_TASK_CLASS -> named(cell.getTaskClass());
      case REPORT_BY_UNSPECIFIED, UNRECOGNIZED -> throw new IllegalArgumentException("lines about nothing");
    };
  }

  /** The same of what is so now. */
  private static String key(SwarmMoney swarm, ReportBy by, String taskClass) {
    return switch (by) {
      case REPORT_BY_SWARM -> swarm.standing().getSwarmId();
      case REPORT_BY_ACCOUNT -> swarm.label();
      case REPORT_BY_MODEL -> named(swarm.standing().getModel());
      case REPORT_BY_TASK_CLASS -> named(taskClass);
      case REPORT_BY_UNSPECIFIED, UNRECOGNIZED -> throw new IllegalArgumentException("lines about nothing");
    };
  }

  private static String named(String name) {
    return name.isEmpty() ? NONE : name;
  }
}
