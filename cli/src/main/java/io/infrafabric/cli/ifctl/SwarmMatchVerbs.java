package io.infrafabric.cli.ifctl;

import io.infrafabric.cli.output.Money;
import io.infrafabric.cli.output.Table;
import io.infrafabric.governor.v1.Candidate;
import io.infrafabric.governor.v1.ExplainMatchRequest;
import io.infrafabric.governor.v1.ExplainMatchResponse;
import io.infrafabric.governor.v1.RankSwarmsRequest;
import io.infrafabric.governor.v1.RankSwarmsResponse;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** Who should do what. */
final class SwarmMatchVerbs {
  private SwarmMatchVerbs() {}

  /** What a task asks of a swarm. */
  static final class Need {
    @Option(names = {"-c", "--capability"}, split = ",", description = "Repeatable.")
    private List<String> capabilities;

    @Option(names = "--min-skill", paramLabel = "CAPABILITY=LEVEL", description = "The least level: novice, intermediate, advanced or expert.")
    private Map<String, Flags.Skill> minSkills;

    @Option(names = "--class", converter = Flags.TaskClassFlag.class, paramLabel = "WORD", description = "The kind of work: models that are preferred for it go first.")
    private String taskClass;

    @Option(names = "--bloom", paramLabel = "PATTERN", description = "The preferred bloom pattern, which scores 1.1 times as much.")
    private String bloomPattern;

    @Option(names = "--max-cost", converter = Flags.MoneyFlag.class, paramLabel = "USD", defaultValue = "0")
    private Money maxCost;

    @Option(names = "--max-cost-per-hour", converter = Flags.MoneyFlag.class, paramLabel = "USD", defaultValue = "0")
    private Money perHour;

    @Option(names = "--min-reputation", paramLabel = "MILLIS", description = "In thousandths.")
    private int minReputation;

    @Option(names = "--exclude", split = ",", paramLabel = "SWARM", description = "Repeatable.")
    private List<String> excluded;

    RankSwarmsRequest.Builder request() {
      RankSwarmsRequest.Builder request =
          RankSwarmsRequest.newBuilder()
              .putAllMinSkills(Flags.Skill.levels(minSkills))
              .setMaxCostMicros(maxCost.micros())
              .setMaxCostPerHourMicros(perHour.micros())
              .setMinReputationMillis(minReputation);
      Optional.ofNullable(capabilities).ifPresent(request::addAllRequiredCapabilities);
      Optional.ofNullable(excluded).ifPresent(request::addAllExcludeSwarmIds);
      Optional.ofNullable(taskClass).ifPresent(request::setTaskClass);
      Optional.ofNullable(bloomPattern).ifPresent(request::setBloomPattern);
      return request;
    }
  }

  /** Ranks. */
  @Command(name = "rank", description = "Order the swarms for a task, and say why others may not have it.")
  static final class Rank implements Callable<Integer> {
    @ParentCommand private SwarmVerbs swarm;

    @Mixin private Need need;

    @Option(names = "--limit", defaultValue = "10")
    private int limit;

    @Override
    public Integer call() {
      RankSwarmsRequest request = need.request().setLimit(limit).setIncludeRejected(true).build();
      return swarm.with(
          (clients, out) -> {
            RankSwarmsResponse response = clients.match().rankSwarms(request);
            out.show(response, () -> ranking(response));
          });
    }
  }

  /** Explains one. */
  @Command(name = "explain", description = "Say where one swarm stands for a task, or everything that speaks against it.")
  static final class Explain implements Callable<Integer> {
    @ParentCommand private SwarmVerbs swarm;

    @Parameters(paramLabel = "SWARM")
    private String swarmId;

    @Mixin private Need need;

    @Override
    public Integer call() {
      ExplainMatchRequest request = ExplainMatchRequest.newBuilder().setSwarmId(swarmId).setCriteria(need.request()).build();
      return swarm.with(
          (clients, out) -> {
            ExplainMatchResponse response = clients.match().explainMatch(request);
            out.show(response, () -> explanation(response));
          });
    }
  }

  private static Table ranking(RankSwarmsResponse response) {
    Table table = Table.of("SWARM", "MODEL", "TIER", "MATCH", "SCORE", "COST/H", "CREDIT", "WHY NOT");
    response.getCandidatesList().forEach(one -> candidate(table, one, ""));
    response.getRejectedList().forEach(one -> table.row(one.getSwarmId(), "", "", "", "", "", "", String.join("; ", one.getDetailsList())));
    return table;
  }

  private static Table explanation(ExplainMatchResponse response) {
    if (response.getPlace() > 0) {
      Table table = Table.of("SWARM", "MODEL", "TIER", "MATCH", "SCORE", "COST/H", "CREDIT", "PLACE");
      return candidate(table, response.getCandidate(), "%d of %d".formatted(response.getPlace(), response.getQualified()));
    }
    Table table = Table.of("SWARM", "REASON", "DETAIL");
    for (int i = 0; i < response.getRejected().getReasonsCount(); i++) {
      table.row(response.getRejected().getSwarmId(), Shown.word(response.getRejected().getReasons(i)), response.getRejected().getDetails(i));
    }
    return table;
  }

  private static Table candidate(Table table, Candidate one, String last) {
    return table.row(
        one.getSwarmId(),
        one.getModel(),
        one.getTier() == 0 ? "-" : one.getTier(),
        "%d/%d".formatted(one.getMatched(), one.getRequired()),
        String.format(Locale.ROOT, "%.4f", one.getScore()),
        Money.dollars(one.getCostPerHourMicros()),
        Money.dollars(one.getCreditMicros()),
        last);
  }
}
