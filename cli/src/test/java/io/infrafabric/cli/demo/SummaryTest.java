package io.infrafabric.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.cli.demo.census.CensusReport;
import io.infrafabric.cli.demo.census.SourceTree.Skipped;
import io.infrafabric.cli.demo.census.Totals;
import io.infrafabric.cli.demo.history.ClaimHistory;
import io.infrafabric.cli.traces.TraceCount;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class SummaryTest {
  private static final CensusReport CENSUS =
      new CensusReport(new TreeMap<>(Map.of("java", new Totals(2, 30, 400))), List.of(), List.of(new Skipped("l", "symbolic link")));
  private static final ClaimHistory.Verdict GOOD = new ClaimHistory.Verdict(90, List.of(), List.of(), List.of());
  private static final WorkReport WORK = new WorkReport(72, 72, 0, 4_000, new ClaimReport(1.23456, 4, 88, 80));
  private static final List<SwarmMoney> MONEY = List.of(new SwarmMoney("s1", 500_000, 120_000, 0, 10, 1));
  private static final TraceReport TRACES = new TraceReport("/run/traces.jsonl", Optional.of(new TraceCount(72, 300, 0, true)));

  @Test
  void json_hasItsStableShape() {
    Summary summary = new Summary("/tree", WORK, CENSUS, MONEY, GOOD, TRACES, List.of());

    assertThat(SummaryJson.of(summary))
        .isEqualTo(
            """
            {"tasks":72,"completed":72,"failed":0,"claims":90,"wallMillis":4000,"throughputPerSecond":18.0,\
            "claimLatencyMillis":{"p50":1.235,"p95":4.0,"samples":88,"offered":80},\
            "census":{"files":2,"lines":30,"bytes":400,"tree":"/tree",\
            "perLanguage":{"java":{"files":2,"lines":30,"bytes":400}},\
            "skipped":[{"path":"l","why":"symbolic link"}],"verified":true},\
            "swarms":[{"id":"s1","budgetMicros":500000,"spentMicros":120000,"committedMicros":0,"completed":10,"failed":1}],\
            "doubleClaims":0,"lostTasks":0,\
            "traces":{"file":"/run/traces.jsonl","count":72,"spans":300,"orphanSpans":0,"complete":true},\
            "reasons":[],"ok":true}""");
  }

  @Test
  void text_saysThatItHolds() {
    List<String> lines = SummaryText.of(new Summary("/tree", WORK, CENSUS, MONEY, GOOD, TRACES, List.of()));

    assertThat(lines).contains("  verified: yes", "double claims: 0 of 90 claims (etcd's history)").endsWith("demo: ok");
  }

  @Test
  void text_saysWhyNot() {
    List<String> lines = SummaryText.of(new Summary("/tree", WORK, CENSUS, MONEY, GOOD, TRACES, List.of("lost task: t")));

    assertThat(lines).endsWith("demo: FAILED", "  - lost task: t");
  }

  @Test
  void judgement_findsNothingWhenAllHolds() {
    assertThat(Judgement.of(WORK, CENSUS, MONEY, GOOD, List.of())).isEmpty();
  }

  @Test
  void judgement_namesEachThingThatDoesNotHold() {
    WorkReport unfinished = new WorkReport(72, 70, 1, 4_000, WORK.claims());
    CensusReport wrong = new CensusReport(CENSUS.perLanguage(), List.of("f1: no result"), List.of());
    List<SwarmMoney> over = List.of(new SwarmMoney("s1", 500_000, 400_000, 200_000, 10, 1));
    ClaimHistory.Verdict bad = new ClaimHistory.Verdict(90, List.of("t: claimed"), List.of("t", "u"), List.of("v: fence"));

    assertThat(Judgement.of(unfinished, wrong, over, bad, List.of("agent s1-a1 stopped")))
        .containsExactly(
            "trouble: agent s1-a1 stopped",
            "70 of 72 tasks were completed, 1 ended otherwise",
            "census: f1: no result",
            "double claim: t: claimed",
            "lost task: t",
            "lost task: u",
            "history: v: fence",
            "swarm s1 is above its budget: $0.60 of $0.50",
            "swarm s1: $0.20 are not settled");
  }
}
