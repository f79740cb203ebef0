package io.infrafabric.coordinator.claim;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.coordinator.Samples;
import io.infrafabric.coordinator.v1.Backoff;
import io.infrafabric.coordinator.v1.Requeue;
import io.infrafabric.coordinator.v1.RetryPolicy;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.kit.time.Times;
import java.time.Duration;
import java.time.Instant;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RetryRulesTest {
  private static RetryPolicy.Builder policy(Backoff backoff, long initialMillis) {
    return RetryPolicy.newBuilder().setBackoff(backoff).setInitial(Times.toProto(Duration.ofMillis(initialMillis)));
  }

  private static Task claimed(RetryPolicy retry, int maxAttempts, int attempt) {
    return Samples.claimed(Samples.spec("t").setMaxAttempts(maxAttempts).setRetry(retry).build(), "fox", attempt);
  }

  @ParameterizedTest
  @CsvSource({
    "FIXED, 1, 100", "FIXED, 7, 100",
    "LINEAR, 1, 100", "LINEAR, 2, 200", "LINEAR, 7, 700", "LINEAR, 99, 5000",
    "EXPONENTIAL, 1, 100", "EXPONENTIAL, 2, 200", "EXPONENTIAL, 5, 1600", "EXPONENTIAL, 7, 5000", "EXPONENTIAL, 100, 5000",
    "UNSPECIFIED, 3, 100"
  })
  void waits_growAsThePolicySays_upToTheLongest(String backoff, int attempt, long millis) {
    RetryPolicy policy = policy(Backoff.valueOf("BACKOFF_" + backoff), 100).setMax(Times.toProto(Duration.ofSeconds(5))).build();
    assertThat(RetryRules.wait(policy, attempt, "any")).isEqualTo(Duration.ofMillis(millis));
  }

  @Test
  void jitter_shortensWithinItsBounds_spreads_andIsTheSameForOneClaim() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int i = 0; i < 10_000; i++) {
      int jitter = random.nextInt(101);
      int attempt = 1 + random.nextInt(20);
      Backoff backoff = Backoff.forNumber(1 + random.nextInt(3));
      RetryPolicy.Builder policy = policy(backoff, random.nextInt(100_000));
      String claim = Long.toString(random.nextLong());
      Duration full = RetryRules.wait(policy.build(), attempt, claim);
      Duration wait = RetryRules.wait(policy.setJitterPercent(jitter).build(), attempt, claim);
      assertThat(wait).as("seed %d", seed).isLessThanOrEqualTo(full).isGreaterThanOrEqualTo(full.multipliedBy(100 - jitter).dividedBy(100).minusMillis(1));
      assertThat(RetryRules.wait(policy.build(), attempt, claim)).isEqualTo(wait);
      assertThat(full).isLessThanOrEqualTo(RetryRules.LONGEST);
    }
    RetryPolicy half = policy(Backoff.BACKOFF_FIXED, 10_000).setJitterPercent(50).build();
    var waits = IntStream.range(0, 1_000).mapToObj(i -> RetryRules.wait(half, 1, "claim-" + i)).toList();
    assertThat(waits.stream().distinct().count()).as("what failed together is not tried together").isGreaterThan(700);
    assertThat(waits.stream().filter(wait -> wait.compareTo(Duration.ofMillis(7_500)) < 0).count()).isBetween(400L, 600L);
  }

  @Test
  void lastAttempt_leadsToQuarantine_andARequeueCountsAnew() {
    Task last = claimed(policy(Backoff.BACKOFF_FIXED, 0).build(), 3, 3);
    assertThat(RetryRules.after(last, true, Samples.NOW)).isInstanceOf(RetryRules.Next.Quarantine.class);
    Task again = last.toBuilder().setAttempt(5).setRequeue(Requeue.newBuilder().setAttempts(3)).build();
    assertThat(RetryRules.after(again, true, Samples.NOW)).isEqualTo(new RetryRules.Next.Again(Samples.NOW));
    assertThat(RetryRules.after(again.toBuilder().setAttempt(6).build(), true, Samples.NOW)).isInstanceOf(RetryRules.Next.Quarantine.class);
  }

  @Test
  void attemptThatWouldBeginAfterTheBudget_isNotMade() {
    RetryPolicy policy = policy(Backoff.BACKOFF_FIXED, 10_000).setBudget(Times.toProto(Duration.ofMinutes(1))).build();
    Task task = claimed(policy, 100, 4);
    Instant inTime = Samples.NOW.plusSeconds(50);
    assertThat(RetryRules.after(task, true, inTime)).isEqualTo(new RetryRules.Next.Again(Samples.NOW.plusSeconds(60)));
    assertThat(RetryRules.after(task, true, inTime.plusMillis(1))).isInstanceOf(RetryRules.Next.Quarantine.class);
    Task requeued = task.toBuilder().setRequeue(Requeue.newBuilder().setAt(Times.toProto(inTime))).build();
    assertThat(RetryRules.after(requeued, true, inTime.plusMillis(1))).as("a requeue begins a new budget").isInstanceOf(RetryRules.Next.Again.class);
  }

  @Test
  void budget_standsStillWhileTheTaskIsParked() {
    RetryPolicy policy = policy(Backoff.BACKOFF_FIXED, 10_000).setBudget(Times.toProto(Duration.ofMinutes(1))).build();
    Task task = claimed(policy, 100, 4).toBuilder().setParkedFor(Times.toProto(Duration.ofHours(2))).build();
    Instant inTime = Samples.NOW.plus(Duration.ofHours(2)).plusSeconds(50);
    assertThat(RetryRules.after(task, true, inTime)).isEqualTo(new RetryRules.Next.Again(inTime.plusSeconds(10)));
    assertThat(RetryRules.after(task, true, inTime.plusMillis(1)))
        .isEqualTo(new RetryRules.Next.Quarantine("attempt 5 would begin after the budget of PT1M and the PT2H that it was parked"));
  }

  @Test
  void givingBack_waitsForNothing_butCounts() {
    Task task = claimed(policy(Backoff.BACKOFF_FIXED, 10_000).build(), 2, 1);
    assertThat(RetryRules.after(task, false, Samples.NOW)).isEqualTo(new RetryRules.Next.Again(Samples.NOW));
    assertThat(RetryRules.after(task.toBuilder().setAttempt(2).build(), false, Samples.NOW)).isInstanceOf(RetryRules.Next.Quarantine.class);
  }
}
