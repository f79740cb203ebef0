package io.infrafabric.governor.budget;

import io.infrafabric.governor.money.TokenPrices;
import io.infrafabric.kit.config.Default;
import io.infrafabric.kit.config.Doc;
import java.time.Duration;
import java.util.List;

/** How accounts are kept. A component in a record of settings. */
public record BudgetSettings(
    @Doc("What tokens cost: model@day=input/output, in US dollars for a million of them, valid from that day (UTC) until the next price of the model.")
        @Default(TokenPrices.DEFAULT)
        List<String> tokenPrices,
    @Doc("How long a call on an account is remembered, so that the same request id is done once; charges can be refunded for as long.") @Default("24h") Duration remembered,
    @Doc("How often accounts are looked through for what is due by itself: those that draw on their parent, and closes to go on with.") @Default("1s") Duration every) {
  private static final Duration LEAST_REMEMBERED = Duration.ofMinutes(1);
  private static final Duration MOST_REMEMBERED = Duration.ofDays(30);

  /** Refuses what makes no sense. */
  public BudgetSettings {
    tokenPrices = List.copyOf(tokenPrices);
    TokenPrices.parse(tokenPrices);
    if (remembered.compareTo(LEAST_REMEMBERED) < 0 || remembered.compareTo(MOST_REMEMBERED) > 0) {
      throw new IllegalArgumentException("budget-remembered must be 1m to 30d, not " + remembered);
    }
    if (every.isNegative() || every.isZero()) {
      throw new IllegalArgumentException("budget-every must be above 0");
    }
  }

  /** Those of a governor that is told nothing. */
  public static BudgetSettings defaults() {
    return new BudgetSettings(List.of(TokenPrices.DEFAULT.split(",")), Duration.ofHours(24), Duration.ofSeconds(1));
  }

  /** What tokens cost. */
  TokenPrices prices() {
    return TokenPrices.parse(tokenPrices);
  }
}
