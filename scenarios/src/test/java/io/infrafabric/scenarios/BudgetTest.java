package io.infrafabric.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.error.Refusal;
import io.infrafabric.governor.v1.Account;
import io.infrafabric.governor.v1.Breaker;
import io.infrafabric.governor.v1.BreakerReason;
import io.infrafabric.governor.v1.BreakerState;
import io.infrafabric.governor.v1.GetAccountResponse;
import io.infrafabric.governor.v1.GetSwarmRequest;
import io.infrafabric.governor.v1.ResetRequest;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A budget is hard, under any concurrency and without a lock (I7, I8); what is spent or fails too often stops. */
@ExtendWith(SharedFabric.class)
class BudgetTest {
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final long CAP_MICROS = 100_000;

  private final RunningFabric fabric;
  private final FabricClient client;
  private final String skill = Unique.capability();
  private final String swarm = Unique.id("spender");

  BudgetTest(RunningFabric fabric) {
    this.fabric = fabric;
    this.client = fabric.client();
  }

  private String start(long grantMicros) {
    client.register(swarm, grantMicros, 100, skill);
    return client.open(swarm, Duration.ofMinutes(1));
  }

  private String submit(long capMicros) {
    String task = Unique.id("paid");
    client.submit(TaskSpec.newBuilder().setTaskId(task).addRequiredCapabilities(skill).setMaxCostMicros(capMicros).build());
    return task;
  }

  private List<String> submitMany(int tasks) {
    return IntStream.range(0, tasks).mapToObj(i -> submit(CAP_MICROS)).toList();
  }

  private Race<Claim> race(List<String> tasks, String session) throws InterruptedException {
    try (FabricClient other = fabric.clientOf(1)) {
      return Race.of(
          tasks.stream()
              .<Callable<Claim>>map(task -> () -> (task.hashCode() % 2 == 0 ? client : other).claim(task, swarm, session))
              .toList());
    }
  }

  private BreakerState breaker() {
    return client.registry().getSwarm(GetSwarmRequest.newBuilder().setSwarmId(swarm).build()).getStanding().getBreaker();
  }

  private void awaitOpenBreaker(BreakerReason reason) {
    await().atMost(SOON).until(() -> breaker() == BreakerState.BREAKER_STATE_OPEN);
    assertThat(client.registry().getSwarm(GetSwarmRequest.newBuilder().setSwarmId(swarm).build()).getStanding().getBreakerReason()).isEqualTo(reason);
  }

  private ResetRequest.Builder reset() {
    return ResetRequest.newBuilder().setRequestId(FabricClient.request()).setSwarmId(swarm).setPrincipal("ada@example.org").setReason("looked into it");
  }

  @Test
  void budgetForSevenClaims_admitsSevenOfTwentyAtOnce_andFreesWhatIsNotSpent() throws Exception {
    int fitting = 7;
    String session = start(fitting * CAP_MICROS);
    List<String> tasks = submitMany(20);
    Race<Claim> race = race(tasks, session);

    assertThat(race.answers()).hasSize(fitting);
    assertThat(race.codes()).containsExactly(ErrorCode.ERROR_CODE_BUDGET_EXCEEDED);
    assertThat(race.refusals()).hasSize(tasks.size() - fitting);
    assertThat(race.refusals())
        .extracting(Refusal::metadata)
        .allSatisfy(said -> assertThat(Long.parseLong(said.get("shortfall_micros"))).isBetween(1L, CAP_MICROS));
    assertThat(client.account(swarm).getCommittedMicros()).isEqualTo(fitting * CAP_MICROS);

    List<String> left = tasks.stream().filter(task -> race.answers().stream().noneMatch(claim -> claim.getTaskId().equals(task))).toList();
    Refusal full = Refused.by(() -> client.claim(left.getFirst(), swarm, session));
    assertThat(full.metadata()).containsEntry("shortfall_micros", String.valueOf(CAP_MICROS));
    client.complete(race.answers().get(0), "cheap", 40_000);
    assertThat(Refused.by(() -> client.claim(left.getFirst(), swarm, session)).metadata()).containsEntry("shortfall_micros", "40000");
    client.complete(race.answers().get(1), "cheap", 60_000);
    Claim fromSavings = client.claim(left.getFirst(), swarm, session);
    assertThat(Refused.by(() -> client.claim(left.get(1), swarm, session)).metadata()).containsEntry("shortfall_micros", String.valueOf(CAP_MICROS));

    Stream.concat(race.answers().stream().skip(2), Stream.of(fromSavings)).forEach(claim -> client.complete(claim, "done", 50_000));
    long spentMicros = 40_000 + 60_000 + 6 * 50_000;
    awaitBooked(fitting * CAP_MICROS, spentMicros, 8);
    assertThat(MoneyHistory.of(fabric, swarm).overdrafts()).isEmpty();
  }

  private void awaitBooked(long grantedMicros, long spentMicros, long claims) {
    await()
        .atMost(SOON)
        .untilAsserted(
            () -> {
              GetAccountResponse books = client.account(swarm);
              Account account = books.getAccount();
              assertThat(account.getSettledMicros()).isEqualTo(spentMicros);
              assertThat(account.getGrantedMicros()).isEqualTo(grantedMicros);
              assertThat(account.getCreditMicros()).isEqualTo(grantedMicros - spentMicros);
              assertThat(account.getClaimsCompleted()).isEqualTo(claims);
              assertThat(books.getCommittedMicros()).isZero();
            });
  }

  @Test
  void claimsAndCompletionsAtOnce_neverPromiseMoreThanThereIs() throws Exception {
    String session = start(5 * CAP_MICROS);
    List<String> tasks = submitMany(40);
    try (FabricClient other = fabric.clientOf(1)) {
      Race<Long> race =
          Race.of(
              tasks.stream()
                  .<Callable<Long>>map(
                      task ->
                          () -> {
                            FabricClient door = task.hashCode() % 2 == 0 ? client : other;
                            door.complete(door.claim(task, swarm, session), "done", CAP_MICROS / 10);
                            return CAP_MICROS / 10;
                          })
                  .toList());
      assertThat(race.codes()).isSubsetOf(ErrorCode.ERROR_CODE_BUDGET_EXCEEDED);
      awaitBooked(5 * CAP_MICROS, race.answers().stream().mapToLong(Long::longValue).sum(), race.answers().size());
    }
    MoneyHistory history = MoneyHistory.of(fabric, swarm);
    assertThat(history.claims()).isGreaterThanOrEqualTo(5);
    assertThat(history.overdrafts()).isEmpty();
  }

  @Test
  void exhaustion_opensTheBreaker_untilANamedPersonResetsItWithMoney() {
    String session = start(CAP_MICROS);
    String free = submit(0);
    client.complete(client.claim(submit(CAP_MICROS), swarm, session), "all of it", CAP_MICROS);
    awaitOpenBreaker(BreakerReason.BREAKER_REASON_BUDGET_EXHAUSTED);

    Refusal refusal = Refused.by(() -> client.claim(free, swarm, session));
    assertThat(refusal.code()).isEqualTo(ErrorCode.ERROR_CODE_BREAKER_OPEN);
    assertThat(refusal.metadata()).containsEntry("reason", "BREAKER_REASON_BUDGET_EXHAUSTED");
    assertThat(Refused.by(() -> client.breakers().reset(reset().build())).code()).isEqualTo(ErrorCode.ERROR_CODE_INVALID_MONEY);
    client.register(swarm, CAP_MICROS, 100, skill);
    assertThat(breaker()).as("after it registered and got money").isEqualTo(BreakerState.BREAKER_STATE_OPEN);
    assertThat(Refused.by(() -> client.claim(free, swarm, session)).code()).isEqualTo(ErrorCode.ERROR_CODE_BREAKER_OPEN);

    assertThat(Refused.by(() -> client.breakers().reset(reset().setGrantMicros(1).clearPrincipal().build())).message()).contains("principal");
    assertThat(Refused.by(() -> client.breakers().reset(reset().setGrantMicros(1).clearReason().build())).message()).contains("reason");
    Breaker closed = client.breakers().reset(reset().setGrantMicros(CAP_MICROS).build()).getBreaker();
    assertThat(closed.getState()).isEqualTo(BreakerState.BREAKER_STATE_CLOSED);
    assertThat(closed.getPrincipal()).isEqualTo("ada@example.org");
    client.claim(free, swarm, session);
    assertThat(client.account(swarm).getAccount().getGrantedMicros()).isEqualTo(3 * CAP_MICROS);
  }

  @Test
  void threeFailuresInARow_openTheBreaker_aCompletionBetweenThemDoesNot() {
    String session = start(1_000_000);
    fail(session);
    fail(session);
    client.complete(client.claim(submit(CAP_MICROS), swarm, session), "fine", 0);
    fail(session);
    fail(session);
    await().atMost(SOON).until(() -> client.account(swarm).getAccount().getClaimsFailed() == 4);
    assertThat(breaker()).isEqualTo(BreakerState.BREAKER_STATE_CLOSED);
    fail(session);
    awaitOpenBreaker(BreakerReason.BREAKER_REASON_REPEATED_FAILURES);

    String next = submit(CAP_MICROS);
    assertThat(Refused.by(() -> client.claim(next, swarm, session)).code()).isEqualTo(ErrorCode.ERROR_CODE_BREAKER_OPEN);
    client.register(swarm, 0, 100, skill);
    assertThat(Refused.by(() -> client.claim(next, swarm, session)).code()).isEqualTo(ErrorCode.ERROR_CODE_BREAKER_OPEN);
    client.breakers().reset(reset().build());
    client.claim(next, swarm, session);
  }

  private void fail(String session) {
    client.fail(client.claim(submit(CAP_MICROS), swarm, session), "broken", false);
  }
}
