package io.infrafabric.cli.demo;

import io.infrafabric.cli.demo.census.CensusReport;
import io.infrafabric.cli.demo.history.ClaimHistory;
import java.util.List;

/**
 * What the demonstration showed.
 *
 * @param tree the folder that was counted
 * @param work how it went
 * @param census what was counted
 * @param swarms their money
 * @param history the judgement of etcd's history
 * @param traces where they are
 * @param reasons why it does not hold, in words; empty when it does
 */
public record Summary(
    String tree,
    WorkReport work,
    CensusReport census,
    List<SwarmMoney> swarms,
    ClaimHistory.Verdict history,
    TraceReport traces,
    List<String> reasons) {
  /** Whether all of it holds. */
  public boolean ok() {
    return reasons.isEmpty();
  }
}
