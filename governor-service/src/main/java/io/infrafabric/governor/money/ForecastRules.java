package io.infrafabric.governor.money;

import io.infrafabric.governor.v1.Account;
import io.infrafabric.governor.v1.SpendHour;
import io.infrafabric.kit.time.Times;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Burn rate, how long the money lasts and what a period will cost, from recorded bookings only: what was booked since the beginning of the hour
 * that was 24 hours ago, or since the first booking ever if that is later, divided by the time that has passed since. Without a booking, or with
 * less than a minute to look at, nothing is said.
 */
public final class ForecastRules {
  /** How far is looked back. */
  static final Duration WINDOW = Duration.ofHours(24);

  /** Less than this says nothing of an hour. */
  static final Duration LEAST = Duration.ofMinutes(1);

  private static final BigInteger HOUR_MILLIS = BigInteger.valueOf(Duration.ofHours(1).toMillis());
  private static final BigInteger LONGEST = BigInteger.valueOf(Duration.ofDays(365L * 1_000).toMillis());

  private ForecastRules() {}

  /**
   * What comes for an account and those beneath it.
   *
   * @param accounts of the subtree
   * @param left what they have left together
   * @param periodEnd until when is asked
   */
  public static Outlook of(List<Account> accounts, Allowance left, Instant now, Optional<Instant> periodEnd) {
    Optional<Instant> first =
        accounts.stream().filter(Account::hasFirstSpendAt).map(account -> Times.toInstant(account.getFirstSpendAt())).min(Comparator.naturalOrder());
    if (first.isEmpty()) {
      return new Outlook.Unknown("nothing was spent yet");
    }
    long oldest = SpendRules.hourOf(now.minus(WINDOW));
    Instant start = SpendRules.startOf(oldest);
    Instant from = first.get().isAfter(start) ? first.get() : start;
    Duration observed = Duration.between(from, now);
    if (observed.compareTo(LEAST) < 0) {
      return new Outlook.Unknown("the first spend was %d s ago: less than a minute says nothing of an hour".formatted(Math.max(0, observed.toSeconds())));
    }
    long spent =
        Math.max(
            0,
            accounts.stream()
                .flatMap(account -> account.getSpendHoursList().stream())
                .filter(hour -> hour.getHour() >= oldest)
                .mapToLong(SpendHour::getMicros)
                .sum());
    return known(accounts, left, now, periodEnd, from, observed, spent);
  }

  private static Outlook known(
      List<Account> accounts, Allowance left, Instant now, Optional<Instant> periodEnd, Instant from, Duration observed, long spent) {
    BigInteger millis = BigInteger.valueOf(observed.toMillis());
    BigInteger micros = BigInteger.valueOf(spent);
    long perHour = rounded(micros.multiply(HOUR_MILLIS), millis);
    Optional<Duration> lasts =
        spent > 0 && left instanceof Allowance.Limited(long amount)
            ? Optional.of(BigInteger.valueOf(amount).multiply(millis).divide(micros))
                .filter(time -> time.compareTo(LONGEST) <= 0)
                .map(time -> Duration.ofMillis(time.longValueExact()))
            : Optional.empty();
    OptionalLong period = OptionalLong.empty();
    if (periodEnd.isPresent()) {
      long ahead = Math.max(0, Duration.between(now, periodEnd.get()).toMillis());
      period = OptionalLong.of(Math.addExact(spentBy(accounts), rounded(micros.multiply(BigInteger.valueOf(ahead)), millis)));
    }
    return new Outlook.Known(from, spent, perHour, lasts, lasts.map(now::plus), period);
  }

  /** What the accounts of a subtree have spent, those that were closed beneath them too; without what stands in the books of an account that was above one of them. */
  public static long spentBy(List<Account> accounts) {
    return accounts.stream().mapToLong(account -> account.getSettledMicros() + account.getSpentBelowMicros() - account.getHandedMicros()).sum();
  }

  private static long rounded(BigInteger numerator, BigInteger denominator) {
    BigInteger half = denominator.shiftRight(1);
    return numerator.add(half).divide(denominator).min(BigInteger.valueOf(Long.MAX_VALUE / 4)).longValueExact();
  }
}
