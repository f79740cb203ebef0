package io.infrafabric.governor.money;

import io.infrafabric.governor.v1.DatedTokenPrice;
import java.math.BigInteger;

/** What tokens cost. */
public final class TokenCostRules {
  private static final BigInteger MILLION = BigInteger.valueOf(1_000_000);

  private TokenCostRules() {}

  /**
   * The cost of one charge in micro-dollars: both parts are computed exactly and added, and the sum is rounded up once to a whole micro-dollar, so
   * that many small charges never come to less than one large one.
   * What is more than a long holds is the largest long, which nobody books.
   */
  public static long costMicros(DatedTokenPrice price, long inputTokens, long outputTokens) {
    BigInteger exact =
        BigInteger.valueOf(inputTokens)
            .multiply(BigInteger.valueOf(price.getInputPerMillionMicros()))
            .add(BigInteger.valueOf(outputTokens).multiply(BigInteger.valueOf(price.getOutputPerMillionMicros())));
    return exact.add(MILLION.subtract(BigInteger.ONE)).divide(MILLION).min(BigInteger.valueOf(Long.MAX_VALUE)).longValueExact();
  }
}
