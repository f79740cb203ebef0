package io.infrafabric.governor.money;

import io.infrafabric.governor.v1.StepType;
import io.infrafabric.governor.v1.TierSplit;
import java.math.BigInteger;

/**
 * How much of what a parent has left a child gets (spec X8): the share of the tier, less a buffer of a tenth, times what the kind of step and its
 * tool need, times what matters most. Computed in thousandths without a rounding on the way, and rounded down at the end; never more than the
 * parent has.
 */
public final class TierSplitRules {
  /** Of a step of which nothing is known: a fifth, for this one step. */
  private static final long FALLBACK_PERCENT = 20;

  private static final long BUFFER_PERCENT = 10;
  private static final int MATTERS_PERCENT = 60;
  private static final long THOUSAND = 1_000;
  private static final BigInteger LEAST_FACTOR = BigInteger.valueOf(300);
  private static final BigInteger MOST_FACTOR = BigInteger.valueOf(3_000);

  private TierSplitRules() {}

  /** True when the tool's factor is one that the rule knows: none, or 1.2 to 1.4. */
  public static boolean isToolFactor(int millis) {
    return millis == 0 || (millis >= 1_200 && millis <= 1_400);
  }

  /** What a child gets of what its parent has left, in the same unit. */
  public static long of(long left, TierSplit split) {
    if (split.getStepType() == StepType.STEP_TYPE_UNSPECIFIED || split.getStepType() == StepType.UNRECOGNIZED) {
      return exact(left, BigInteger.valueOf(FALLBACK_PERCENT), BigInteger.valueOf(100));
    }
    BigInteger share = BigInteger.valueOf(sharePercent(split.getFromTier()) * (100 - BUFFER_PERCENT));
    BigInteger factor = BigInteger.ONE;
    int factors = 0;
    for (long millis : factors(split)) {
      factor = factor.multiply(BigInteger.valueOf(millis));
      factors++;
    }
    BigInteger scale = BigInteger.valueOf(THOUSAND).pow(factors - 1);
    BigInteger clamped = factor.max(LEAST_FACTOR.multiply(scale)).min(MOST_FACTOR.multiply(scale));
    BigInteger denominator = BigInteger.valueOf(100L * 100 * THOUSAND).multiply(scale);
    return Math.min(left, exact(left, share.multiply(clamped), denominator));
  }

  private static long[] factors(TierSplit split) {
    return new long[] {
      stepMillis(split.getStepType()),
      split.getToolFactorMillis() == 0 ? THOUSAND : split.getToolFactorMillis(),
      split.getSpeedPercent() > MATTERS_PERCENT ? 1_200 : THOUSAND,
      split.getThriftPercent() > MATTERS_PERCENT ? 800 : THOUSAND,
      split.getReliabilityPercent() > MATTERS_PERCENT ? 1_100 : THOUSAND
    };
  }

  /** From the first tier to the second 80 %, from the second to the third 60 %. */
  private static long sharePercent(int fromTier) {
    return fromTier == 1 ? 80 : 60;
  }

  private static long stepMillis(StepType type) {
    return switch (type) {
      case STEP_TYPE_DECISION_POINT -> 600;
      case STEP_TYPE_ROUTINE -> 1_000;
      case STEP_TYPE_TOOL_CALL -> 1_200;
      case STEP_TYPE_REASONING -> 1_500;
      case STEP_TYPE_UNSPECIFIED, UNRECOGNIZED -> throw new IllegalArgumentException("nothing is known of the step");
    };
  }

  private static long exact(long left, BigInteger numerator, BigInteger denominator) {
    return BigInteger.valueOf(left).multiply(numerator).divide(denominator).min(BigInteger.valueOf(left)).longValueExact();
  }
}
