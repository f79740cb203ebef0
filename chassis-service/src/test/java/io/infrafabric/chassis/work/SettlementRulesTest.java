package io.infrafabric.chassis.work;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.chassis.sandbox.ExecutionResult;
import io.infrafabric.chassis.sandbox.ExecutionResult.Failure;
import io.infrafabric.chassis.sandbox.ExecutionResult.Limit;
import io.infrafabric.chassis.sandbox.Measures;
import io.infrafabric.chassis.v1.Contract;
import io.infrafabric.chassis.v1.ExecutionOutcome;
import io.infrafabric.chassis.work.SettlementRules.Cost;
import io.infrafabric.chassis.work.SettlementRules.Settlement;
import io.infrafabric.names.Limits;
import java.time.Duration;
import java.util.EnumSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class SettlementRulesTest {
  private static final Contract CONTRACT = Contract.newBuilder().setCostPerCpuSecondMicros(20_000).build();

  @Test
  void cost_isMeasuredCpuTimeRoundedUp() {
    assertThat(cost(Duration.ofSeconds(1), 1_000_000)).isEqualTo(new Cost(20_000, false));
    assertThat(cost(Duration.ofNanos(1), 1_000_000)).isEqualTo(new Cost(1, false));
    assertThat(cost(Duration.ofNanos(50_000), 1_000_000)).isEqualTo(new Cost(1, false));
    assertThat(cost(Duration.ofNanos(50_001), 1_000_000)).isEqualTo(new Cost(2, false));
    assertThat(cost(Duration.ZERO, 1_000_000)).isEqualTo(new Cost(0, false));
  }

  @Test
  void cost_isCappedAtWhatTheTaskAllows() {
    assertThat(cost(Duration.ofSeconds(10), 5)).isEqualTo(new Cost(5, true));
    Contract dear = CONTRACT.toBuilder().setCostPerCpuSecondMicros(Limits.MONEY_MICROS).build();
    Measures hour = new Measures(Duration.ofHours(1), Duration.ofHours(1), 0);
    assertThat(SettlementRules.cost(hour, dear, Limits.MONEY_MICROS)).isEqualTo(new Cost(Limits.MONEY_MICROS, true));
  }

  @Test
  void success_completes() {
    Settlement settlement = SettlementRules.settle(new ExecutionResult.Succeeded("", measures()), CONTRACT, 9);
    assertThat(settlement).isInstanceOf(Settlement.Complete.class);
  }

  @Test
  void failure_tellsTheEndOfTheLogAndIsNotTriedAgain() {
    String log = "x".repeat(5_000) + "\nthe end\u0007";
    Settlement settlement =
        SettlementRules.settle(new ExecutionResult.Failed(Failure.EXIT_CODE, 7, log, measures()), CONTRACT, 9);
    assertThat(settlement)
        .isInstanceOfSatisfying(
            Settlement.Fail.class,
            fail -> {
              assertThat(fail.retryable()).isFalse();
              assertThat(fail.reason()).startsWith("the module ended with exit code 7; log: ").contains("the end");
              assertThat(fail.reason()).hasSizeLessThanOrEqualTo(Limits.TEXT_CHARACTERS).doesNotContain("\n", "\u0007");
            });
  }

  @Test
  void limit_isNamed() {
    Settlement settlement = SettlementRules.settle(new ExecutionResult.LimitExceeded(Limit.CPU, "", measures()), CONTRACT, 9);
    assertThat(settlement)
        .isInstanceOfSatisfying(Settlement.Fail.class, fail -> assertThat(fail.reason()).contains("LIMIT_EXCEEDED").contains("CPU time"));
  }

  @Test
  void eachLimit_hasAnOutcomeOfItsOwn() {
    var outcomes =
        EnumSet.allOf(Limit.class).stream()
            .map(limit -> SettlementRules.outcome(new ExecutionResult.LimitExceeded(limit, "", measures())))
            .collect(Collectors.toSet());
    assertThat(outcomes).hasSize(Limit.values().length).doesNotContain(ExecutionOutcome.EXECUTION_OUTCOME_FAILED);
  }

  private static Cost cost(Duration cpu, long most) {
    return SettlementRules.cost(new Measures(cpu, cpu, 0), CONTRACT, most);
  }

  private static Measures measures() {
    return new Measures(Duration.ofMillis(2), Duration.ofMillis(1), 65_536);
  }
}
