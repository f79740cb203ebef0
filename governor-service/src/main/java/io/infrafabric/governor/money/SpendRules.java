package io.infrafabric.governor.money;

import io.infrafabric.governor.v1.Account;
import io.infrafabric.governor.v1.SpendHour;
import io.infrafabric.kit.time.Times;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/** Keeps what an account spends by the hour in which it was booked: what forecasts are made of. */
public final class SpendRules {
  /** Hours that are kept. */
  static final int HOURS_KEPT = 48;

  private static final long SECONDS = 3_600;

  private SpendRules() {}

  /** The account after so many micro-dollars were booked; a cost of 0 says nothing. A refund is a negative cost. */
  public static Account booked(Account account, long micros, Instant at) {
    if (micros == 0) {
      return account;
    }
    TreeMap<Long, Long> hours = hours(account);
    hours.merge(hourOf(at), micros, Long::sum);
    Account.Builder next = with(account, hours);
    if (!account.hasFirstSpendAt()) {
      next.setFirstSpendAt(Times.toProto(at));
    }
    return next.build();
  }

  /** The account with what one that is closed beneath it has spent. */
  public static Account merged(Account account, Account closed) {
    if (!closed.hasFirstSpendAt()) {
      return account;
    }
    TreeMap<Long, Long> hours = hours(account);
    hours(closed).forEach((hour, micros) -> hours.merge(hour, micros, Long::sum));
    Account.Builder next = with(account, hours);
    boolean earlier = !account.hasFirstSpendAt() || Times.toInstant(closed.getFirstSpendAt()).isBefore(Times.toInstant(account.getFirstSpendAt()));
    return earlier ? next.setFirstSpendAt(closed.getFirstSpendAt()).build() : next.build();
  }

  /** The hour of a moment, from 1970 on. */
  static long hourOf(Instant at) {
    return Math.floorDiv(at.getEpochSecond(), SECONDS);
  }

  /** When an hour begins. */
  static Instant startOf(long hour) {
    return Instant.ofEpochSecond(hour * SECONDS);
  }

  private static TreeMap<Long, Long> hours(Account account) {
    TreeMap<Long, Long> hours = new TreeMap<>();
    account.getSpendHoursList().forEach(hour -> hours.merge(hour.getHour(), hour.getMicros(), Long::sum));
    return hours;
  }

  private static Account.Builder with(Account account, TreeMap<Long, Long> hours) {
    while (hours.size() > HOURS_KEPT) {
      hours.pollFirstEntry();
    }
    List<SpendHour> kept = new ArrayList<>();
    hours.forEach((hour, micros) -> kept.add(SpendHour.newBuilder().setHour(hour).setMicros(micros).build()));
    return account.toBuilder().clearSpendHours().addAllSpendHours(kept);
  }
}
