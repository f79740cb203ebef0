package io.infrafabric.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.InvalidProtocolBufferException;
import io.infrafabric.coordinator.v1.Attempt;
import io.infrafabric.coordinator.v1.CancelTaskRequest;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.ClaimEnd;
import io.infrafabric.coordinator.v1.FailTaskRequest;
import io.infrafabric.coordinator.v1.RaiseBlockerRequest;
import io.infrafabric.coordinator.v1.ReleaseTaskRequest;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskRecord;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.governor.v1.Account;
import io.infrafabric.governor.v1.GrantRequest;
import io.infrafabric.governor.v1.Manifest;
import io.infrafabric.governor.v1.RegisterSwarmRequest;
import io.infrafabric.governor.v1.ReportBy;
import io.infrafabric.governor.v1.ReportLine;
import io.infrafabric.governor.v1.ReportRequest;
import io.infrafabric.governor.v1.ReportResponse;
import io.infrafabric.governor.v1.SpendCell;
import io.infrafabric.governor.v1.SpendRecord;
import io.infrafabric.governor.v1.TripRequest;
import io.infrafabric.local.FreePorts;
import io.infrafabric.names.Keys;
import io.infrafabric.names.SwarmId;
import io.infrafabric.testkit.history.Version;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What is reported and scraped is what etcd says, to the micro-dollar, after completions, failures, refunds, helpers, releases and cancellations: summed here
 * out of the tasks and of etcd's whole history, without asking a service.
 */
class ReportsTest {
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final long CAP = 120_000;

  /** Each booking at 15 dollars an hour instead of 2, rounded half up; help is on that model. */
  private static final long REFERENCE = 300_008 + 53 + 82_523 + 3_758 + 450_000 + 5_008;

  private static final Pattern METRIC = Pattern.compile("([a-z_:]+)(?:\\{(.*)})? (-?[0-9.E+-]+|\\+Inf|NaN)");

  private FabricClient client;
  private int claims;

  private void register(String swarm, String account, String model, long rateMicros, long grantMicros, String... capabilities) {
    Manifest manifest =
        Manifest.newBuilder()
            .setSwarmId(swarm)
            .setAccountId(account)
            .setModel(model)
            .setCostPerHourMicros(rateMicros)
            .setMaxConcurrent(20)
            .addAllCapabilities(List.of(capabilities))
            .build();
    client.registry().registerSwarm(RegisterSwarmRequest.newBuilder().setRequestId(FabricClient.request()).setManifest(manifest).build());
    client.accounts().grant(GrantRequest.newBuilder().setRequestId(FabricClient.request()).setAccountId(swarm).setAmountMicros(grantMicros).build());
  }

  private Claim take(String swarm, String session, String taskClass, String skill) {
    String task = "t" + ++claims;
    client.submit(TaskSpec.newBuilder().setTaskId(task).setTaskClass(taskClass).addRequiredCapabilities(skill).setMaxCostMicros(CAP).build());
    return client.claim(task, swarm, session);
  }

  private void failWith(Claim claim, boolean retryable, long costMicros) {
    client
        .claims()
        .failTask(
            FailTaskRequest.newBuilder()
                .setRequestId(FabricClient.request())
                .setTaskId(claim.getTaskId())
                .setSwarmId(claim.getSwarmId())
                .setFence(claim.getFence())
                .setReason("broken")
                .setRetryable(retryable)
                .setCostMicros(costMicros)
                .build());
  }

  /** Every way in which money is moved. */
  private void work() {
    register("fox", "crew", "haiku", 2_000_000, 10_000_000, "docs:writing");
    register("owl", "crew", "sonnet", 15_000_000, 10_000_000, "docs:writing", "legal:review");
    register("elk", "herd", "haiku", 2_000_000, 10_000_000, "code:test");
    String fox = client.open("fox", Duration.ofMinutes(4));
    String owl = client.open("owl", Duration.ofMinutes(4));
    String elk = client.open("elk", Duration.ofMinutes(4));
    client.complete(take("fox", fox, "documentation", "docs:writing"), "done", 40_001);
    client.complete(take("elk", elk, "testing", "code:test"), "done", 7);
    failWith(take("fox", fox, "documentation", "docs:writing"), false, 11_003);
    client.complete(take("fox", fox, "documentation", "docs:writing"), "free", 0);
    Claim released = take("elk", elk, "", "code:test");
    client
        .claims()
        .releaseTask(
            ReleaseTaskRequest.newBuilder()
                .setRequestId(FabricClient.request())
                .setTaskId(released.getTaskId())
                .setSwarmId("elk")
                .setFence(released.getFence())
                .setReason("not mine")
                .setCostMicros(501)
                .build());
    Claim cancelled = take("elk", elk, "testing", "code:test");
    client.tasks().cancelTask(CancelTaskRequest.newBuilder().setRequestId(FabricClient.request()).setTaskId(cancelled.getTaskId()).setReason("not wanted").build());
    Claim stuck = take("fox", fox, "security", "docs:writing");
    client
        .claims()
        .raiseBlocker(
            RaiseBlockerRequest.newBuilder()
                .setRequestId(FabricClient.request())
                .setTaskId(stuck.getTaskId())
                .setSwarmId("fox")
                .setFence(stuck.getFence())
                .setType("paper")
                .addNeeds("legal:review")
                .build());
    String help = await().atMost(SOON).until(() -> client.task(stuck.getTaskId()).getParked().getWaitsList(), waits -> waits.size() == 1 && waits.getFirst().getTaskIdsCount() == 1).getFirst().getTaskIds(0);
    failWith(client.claim(help, "owl", owl), true, 2_001);
    client.complete(await().atMost(SOON).ignoreExceptions().until(() -> client.claim(help, "owl", owl), again -> true), "signed", 3_007);
    await().atMost(SOON).until(() -> client.task(stuck.getTaskId()).hasClaimed());
    client.complete(stuck, "sealed", 60_000);
    take("owl", owl, "documentation", "docs:writing"); // stays open
  }

  private ReportResponse report(ReportBy by) {
    return client.accounts().report(ReportRequest.newBuilder().setBy(by).build());
  }

  private static Map<String, ReportLine> lines(ReportResponse report) {
    Map<String, ReportLine> lines = new TreeMap<>();
    report.getLinesList().forEach(line -> lines.put(line.getKey(), line));
    return lines;
  }

  @Test
  void reportsAndMetrics_areWhatEtcdSays(@TempDir Path folder) throws Exception {
    int port = FreePorts.next();
    try (RunningFabric fabric = RunningFabric.startWithoutChassis("IF_METRICS_LISTEN", "127.0.0.1:" + port)) {
      client = fabric.client();
      work();
      long spent = 40_001 + 7 + 11_003 + 501 + 2_001 + 3_007 + 60_000;
      await().atMost(SOON).until(() -> report(ReportBy.REPORT_BY_SWARM).getTotal().getSpentMicros(), Long.valueOf(spent)::equals);
      await().atMost(SOON).until(() -> report(ReportBy.REPORT_BY_SWARM).getTotal().getCommittedMicros(), Long.valueOf(CAP)::equals);

      Map<String, ReportLine> swarms = lines(report(ReportBy.REPORT_BY_SWARM));
      assertThat(swarms.keySet()).containsExactly("elk", "fox", "owl");
      Sums tasks = Sums.of(fabric.history(new Keys().tasks()));
      swarms.forEach(
          (swarm, line) -> {
            Account account = client.account(swarm).getAccount();
            assertThat(line.getSpentMicros()).as(swarm).isEqualTo(tasks.spent.getOrDefault(swarm, 0L)).isEqualTo(account.getSettledMicros());
            assertThat(line.getWastedMicros()).as(swarm).isEqualTo(tasks.wasted.getOrDefault(swarm, 0L)).isEqualTo(account.getWastedMicros());
            assertThat(line.getRefundedMicros()).as(swarm).isEqualTo(tasks.refunded.getOrDefault(swarm, 0L));
            assertThat(line.getCreditMicros()).as(swarm).isEqualTo(account.getCreditMicros());
            assertThat(line.getGrantedMicros()).as(swarm).isEqualTo(10_000_000);
          });
      assertThat(swarms.get("fox").getHelpMicros()).isEqualTo(5_008);
      assertThat(swarms.get("owl").getCommittedMicros()).isEqualTo(CAP);

      assertThat(lines(report(ReportBy.REPORT_BY_ACCOUNT)).keySet()).containsExactly("crew", "herd");
      assertThat(lines(report(ReportBy.REPORT_BY_MODEL)).get("sonnet").getSpentMicros()).as("help by its helper's model").isEqualTo(5_008);
      assertThat(lines(report(ReportBy.REPORT_BY_TASK_CLASS)).get("security").getSpentMicros()).isEqualTo(65_008);
      for (ReportBy by : List.of(ReportBy.REPORT_BY_SWARM, ReportBy.REPORT_BY_ACCOUNT, ReportBy.REPORT_BY_MODEL, ReportBy.REPORT_BY_TASK_CLASS)) {
        ReportResponse report = report(by);
        assertThat(report.getLinesList().stream().mapToLong(ReportLine::getSpentMicros).sum()).as("%s", by).isEqualTo(spent);
        assertThat(report.getTotal().getWastedMicros()).as("%s", by).isEqualTo(11_003 + 501 + 2_001);
        assertThat(report.getTotal().getReferenceMicros()).as("%s", by).isEqualTo(REFERENCE);
      }
      cellsFollowTheAccounts(fabric);

      client.breakers().trip(TripRequest.newBuilder().setRequestId(FabricClient.request()).setSwarmId("elk").setPrincipal("ada").setReason("rest").build());
      metrics(port, spent);
      verb(fabric, folder, spent);
    }
  }

  /** At every revision of etcd at which an account has changed, what was booked to its swarm by day is what the account has settled. */
  private static void cellsFollowTheAccounts(RunningFabric fabric) throws InvalidProtocolBufferException {
    Keys keys = new Keys();
    Map<String, Long> settled = new HashMap<>();
    Map<String, Long> cells = new HashMap<>();
    List<Version> all = fabric.history(Keys.DEFAULT_ROOT);
    int compared = 0;
    for (int i = 0; i < all.size(); i++) {
      Version version = all.get(i);
      if (version.key().startsWith(keys.accounts())) {
        settled.put(Keys.idOf(version.key()), Account.parseFrom(version.value().orElseThrow()).getSettledMicros());
      } else if (version.key().startsWith(keys.spend())) {
        SpendRecord record = SpendRecord.parseFrom(version.value().orElseThrow());
        cells.put(version.key(), record.getCellsList().stream().mapToLong(SpendCell::getCostMicros).sum());
      }
      if (i + 1 == all.size() || all.get(i + 1).revision() > version.revision()) {
        settled.forEach(
            (swarm, micros) ->
                assertThat(cells.entrySet().stream().filter(cell -> cell.getKey().startsWith(keys.spend(new SwarmId(swarm)))).mapToLong(Map.Entry::getValue).sum())
                    .as("%s at revision %d", swarm, version.revision())
                    .isEqualTo(micros));
        compared += settled.size();
      }
    }
    assertThat(compared).isPositive();
  }

  private void metrics(int port, long spent) throws Exception {
    try (HttpClient http = HttpClient.newHttpClient()) {
      HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/metrics")).build();
      Map<String, Double> figures =
          await()
              .atMost(SOON)
              .until(() -> parsed(http.send(request, HttpResponse.BodyHandlers.ofString()).body()), found -> found.getOrDefault("if_governor_circuit_breaker_trips_total", 0.0) == 1 && countsEachRanking(found));
      assertThat(sum(figures, "if_governor_cost_tracked_usd")).isEqualTo(spent / 1e6, org.assertj.core.data.Offset.offset(5e-7));
      assertThat(sum(figures, "if_governor_budget_remaining_usd")).isEqualTo((30_000_000 - spent) / 1e6, org.assertj.core.data.Offset.offset(5e-7));
      assertThat(figures).containsEntry("if_governor_circuit_breaker_status{of=\"swarm\",state=\"open\"}", 1.0).containsEntry("if_governor_circuit_breaker_status{of=\"swarm\",state=\"closed\"}", 2.0);
      assertThat(figures).containsEntry("if_governor_circuit_breaker_resets_total", 0.0);
      ReportResponse report = report(ReportBy.REPORT_BY_MODEL);
      assertThat(figures.get("if_governor_assignments_total")).isPositive().isLessThanOrEqualTo(report.getRankingsAnswered());
      assertThat(figures).containsKey("if_governor_assignments_failed_total");
    }
  }

  /** A page is not made at one moment: a ranking may come between two of its lines, but not for ever. */
  private static boolean countsEachRanking(Map<String, Double> figures) {
    return figures.get("if_governor_assignment_latency_ms_count") == figures.get("if_governor_assignments_total") + figures.get("if_governor_assignments_failed_total");
  }

  private static double sum(Map<String, Double> figures, String name) {
    return figures.entrySet().stream().filter(figure -> figure.getKey().startsWith(name + "{")).mapToDouble(Map.Entry::getValue).sum();
  }

  /** Every line is one that Prometheus reads, and no label is an id. */
  private static Map<String, Double> parsed(String page) {
    Map<String, Double> figures = new HashMap<>();
    for (String line : page.lines().filter(text -> !text.startsWith("#")).toList()) {
      Matcher metric = METRIC.matcher(line);
      assertThat(metric.matches()).as(line).isTrue();
      String labels = metric.group(2) == null ? "" : "{" + metric.group(2) + "}";
      assertThat(labels).doesNotContain("fox").doesNotContain("owl").doesNotContain("elk");
      figures.put(metric.group(1) + labels, Double.parseDouble(metric.group(3).replace("Inf", "Infinity")));
    }
    return figures;
  }

  private static void verb(RunningFabric fabric, Path folder, long spent) throws Exception {
    Path nothing = Files.writeString(folder.resolve("nothing"), "");
    Ifctl.Result csv = new Ifctl(fabric).call(nothing, "-o", "csv", "account", "report", "--by", "account");
    assertThat(csv.exitCode()).as(csv.talk()).isZero();
    List<String> lines = csv.out().lines().toList();
    assertThat(lines).hasSize(4);
    assertThat(lines.getLast().split(",")[4]).isEqualTo(Long.toString(spent));
    assertThat(new Ifctl(fabric).call(nothing, "account", "report", "--from", "2020-01-01").exitCode()).isEqualTo(2);
  }

  /** What every swarm has spent, by who pays: out of the last version of each task. */
  private static final class Sums {
    private final Map<String, Long> spent = new HashMap<>();
    private final Map<String, Long> wasted = new HashMap<>();
    private final Map<String, Long> refunded = new HashMap<>();

    static Sums of(List<Version> history) throws InvalidProtocolBufferException {
      Map<String, Task> last = new HashMap<>();
      for (Version version : history) {
        if (version.value().isPresent()) {
          last.put(version.key(), TaskRecord.parseFrom(version.value().get()).getTask());
        }
      }
      Sums sums = new Sums();
      last.values().forEach(sums::add);
      return sums;
    }

    private void add(Task task) {
      for (Attempt attempt : task.getAttemptsList()) {
        boolean help = !task.getSpec().getPaidBySwarmId().isEmpty();
        String payer = help ? task.getSpec().getPaidBySwarmId() : attempt.getSwarmId();
        long cost = attempt.getCostMicros();
        boolean completed = attempt.getEnd() == ClaimEnd.CLAIM_END_COMPLETED;
        boolean booked = completed || attempt.getEnd() == ClaimEnd.CLAIM_END_FAILED || cost > 0;
        spent.merge(payer, cost, Long::sum);
        wasted.merge(payer, completed ? 0 : cost, Long::sum);
        if (booked && !help) {
          refunded.merge(payer, task.getSpec().getMaxCostMicros() - cost - attempt.getHelpMicros(), Long::sum);
        }
      }
    }
  }
}
