package io.infrafabric.governor.money;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.governor.v1.StepType;
import io.infrafabric.governor.v1.TierSplit;
import io.infrafabric.names.Limits;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Spec X8, with its vectors: 1,000 credits are 324 for a decision point and 648 for a tool call. */
class TierSplitRulesTest {
  @ParameterizedTest(name = "{0} of tier {1} for {2}, tool {3}, speed {4} cost {5} reliability {6}: {7}")
  @CsvSource({
    "1000, 2, DECISION_POINT, 0,    0,  0,  0,   324",
    "1000, 2, TOOL_CALL,      0,    0,  0,  0,   648",
    "1000, 2, ROUTINE,        0,    0,  0,  0,   540",
    "1000, 2, REASONING,      0,    0,  0,  0,   810",
    "1000, 1, ROUTINE,        0,    0,  0,  0,   720",
    "1000, 1, DECISION_POINT, 0,    0,  0,  0,   432",
    "1000, 1, TOOL_CALL,      0,    0,  0,  0,   864",
    "1000, 2, TOOL_CALL,      1200, 0,  0,  0,   777",
    "1000, 2, TOOL_CALL,      1400, 0,  0,  0,   907",
    "1000, 2, ROUTINE,        0,    61, 0,  0,   648",
    "1000, 2, ROUTINE,        0,    60, 60, 60,  540",
    "1000, 2, ROUTINE,        0,    0,  61, 0,   432",
    "1000, 2, ROUTINE,        0,    0,  0,  61,  594",
    "1000, 2, ROUTINE,        0,    99, 99, 99,  570",
    // A share above the whole is the whole: the reference throws here.
    "1000, 1, REASONING,      1400, 99, 0,  99,  1000",
    "1000, 2, UNSPECIFIED,    0,    99, 99, 99,  200",
    "1000, 1, UNSPECIFIED,    1400, 0,  0,  0,   200",
    "0,    2, TOOL_CALL,      0,    0,  0,  0,   0",
    "1,    2, TOOL_CALL,      0,    0,  0,  0,   0",
    "2,    2, TOOL_CALL,      0,    0,  0,  0,   1",
    "1000000000000000, 2, DECISION_POINT, 0, 0, 0, 0, 324000000000000",
    "999999999999999,  2, TOOL_CALL,      0, 0, 0, 0, 647999999999999",
  })
  void split(long left, int tier, String step, int tool, int speed, int cost, int reliability, long expected) {
    TierSplit split =
        TierSplit.newBuilder()
            .setFromTier(tier)
            .setStepType(StepType.valueOf("STEP_TYPE_" + step))
            .setToolFactorMillis(tool)
            .setSpeedPercent(speed)
            .setThriftPercent(cost)
            .setReliabilityPercent(reliability)
            .build();
    assertThat(TierSplitRules.of(left, split)).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1_200, 1_300, 1_400})
  void toolFactor_isNoneOrFrom1200To1400(int millis) {
    assertThat(TierSplitRules.isToolFactor(millis)).isTrue();
    assertThat(TierSplitRules.isToolFactor(1_199)).isFalse();
    assertThat(TierSplitRules.isToolFactor(1_401)).isFalse();
  }

  @Test
  void anySplit_isAtLeastNothingAndAtMostWhatTheParentHas() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int i = 0; i < 20_000; i++) {
      long left = random.nextBoolean() ? random.nextLong(Limits.MONEY_MICROS + 1) : random.nextLong(50);
      TierSplit split =
          TierSplit.newBuilder()
              .setFromTier(1 + random.nextInt(2))
              .setStepTypeValue(random.nextInt(5))
              .setToolFactorMillis(random.nextBoolean() ? 0 : 1_200 + random.nextInt(201))
              .setSpeedPercent(random.nextInt(101))
              .setThriftPercent(random.nextInt(101))
              .setReliabilityPercent(random.nextInt(101))
              .build();
      assertThat(TierSplitRules.of(left, split)).as("seed %d: %s of %d", seed, split, left).isBetween(0L, left);
    }
  }
}
