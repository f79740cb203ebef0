package io.infrafabric.governor.money;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.governor.v1.Account;
import io.infrafabric.governor.v1.SpendHour;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/** Rates from recorded bookings, and "unknown" without. */
class ForecastRulesTest {
  private static final Instant BEGIN = Instant.parse("2026-01-01T10:00:00Z");
  private static final Account NEW = Account.newBuilder().setAccountId("a").setGrantedMicros(1_000).setCreditMicros(1_000).build();

  private static Account spent(Account account, long micros, Instant at) {
    Account booked = SpendRules.booked(account, micros, at);
    return booked.toBuilder().setSettledMicros(booked.getSettledMicros() + micros).setCreditMicros(booked.getCreditMicros() - micros).build();
  }

  private static Outlook of(Account account, Instant now) {
    return ForecastRules.of(List.of(account), Allowance.of(account.getCreditMicros()), now, Optional.of(BEGIN.plus(Duration.ofHours(10))));
  }

  @Test
  void nothingSpent_isUnknown() {
    assertThat(of(NEW, BEGIN)).isEqualTo(new Outlook.Unknown("nothing was spent yet"));
  }

  @Test
  void lessThanAMinute_saysNothingOfAnHour() {
    Account account = spent(NEW, 100, BEGIN);
    assertThat(of(account, BEGIN.plusSeconds(59))).isEqualTo(new Outlook.Unknown("the first spend was 59 s ago: less than a minute says nothing of an hour"));
    assertThat(of(account, BEGIN.plusSeconds(60))).isInstanceOf(Outlook.Known.class);
  }

  /** 300 in 2 hours are 150 an hour: the other 700 last 4 h 40 min, and after 10 hours 300 + 8 x 150 are spent. */
  @Test
  void rate_isWhatWasBookedOverTheTimeSince() {
    Account account = spent(spent(NEW, 100, BEGIN), 200, BEGIN.plus(Duration.ofMinutes(90)));
    Instant now = BEGIN.plus(Duration.ofHours(2));
    assertThat(of(account, now))
        .isEqualTo(
            new Outlook.Known(
                BEGIN, 300, 150, Optional.of(Duration.ofMinutes(280)), Optional.of(now.plus(Duration.ofMinutes(280))), OptionalLong.of(1_500)));
  }

  @Test
  void whatIsOlderThanADay_doesNotCount() {
    Instant now = BEGIN.plus(Duration.ofHours(30));
    Account account = spent(spent(NEW, 500, BEGIN), 48, now.minus(Duration.ofHours(3)));
    Outlook.Known known = (Outlook.Known) of(account, now);
    assertThat(known.from()).isEqualTo(now.minus(Duration.ofHours(24)));
    assertThat(known.observedMicros()).isEqualTo(48);
    assertThat(known.microsPerHour()).isEqualTo(2);
  }

  @Test
  void nothingSpentLately_lastsForEver() {
    Outlook.Known known = (Outlook.Known) of(spent(NEW, 500, BEGIN), BEGIN.plus(Duration.ofHours(40)));
    assertThat(known.microsPerHour()).isZero();
    assertThat(known.lasts()).isEmpty();
    assertThat(known.exhaustedAt()).isEmpty();
    assertThat(known.periodSpendMicros()).hasValue(500);
  }

  @Test
  void unlimited_isNeverExhausted() {
    Account account = spent(NEW, 100, BEGIN);
    Outlook.Known known = (Outlook.Known) ForecastRules.of(List.of(account), new Allowance.Unlimited(), BEGIN.plus(Duration.ofHours(1)), Optional.empty());
    assertThat(known.microsPerHour()).isEqualTo(100);
    assertThat(known.exhaustedAt()).isEmpty();
    assertThat(known.periodSpendMicros()).isEmpty();
  }

  /** A swarm that went from one organisation to another beneath the same one: its 30 stand in its own books and in those of the first. */
  @Test
  void whatASwarmSpentBeforeItMoved_countsOnce() {
    Account left = NEW.toBuilder().setAccountId("left").setSpentBelowMicros(30).build();
    Account moved = NEW.toBuilder().setAccountId("s").setSettledMicros(50).setHandedMicros(30).build();
    assertThat(ForecastRules.spentBy(List.of(left, moved))).isEqualTo(50);
  }

  @Test
  void aTree_isForecastAsAWhole() {
    Account one = spent(NEW, 100, BEGIN);
    Account other = spent(NEW, 50, BEGIN.plus(Duration.ofMinutes(30)));
    Outlook.Known known = (Outlook.Known) ForecastRules.of(List.of(one, other), Allowance.of(300), BEGIN.plus(Duration.ofHours(1)), Optional.empty());
    assertThat(known.microsPerHour()).isEqualTo(150);
    assertThat(known.lasts()).contains(Duration.ofHours(2));
    assertThat(ForecastRules.spentBy(List.of(one, other))).isEqualTo(150);
  }

  @Test
  void refund_lowersTheRate_andNeverBelowNothing() {
    Account account = spent(spent(NEW, 100, BEGIN), -100, BEGIN.plus(Duration.ofMinutes(5)));
    assertThat(((Outlook.Known) of(account, BEGIN.plus(Duration.ofHours(1)))).microsPerHour()).isZero();
    Account more = spent(spent(NEW, 100, BEGIN), -100, BEGIN.plus(Duration.ofHours(30)));
    assertThat(((Outlook.Known) of(more, BEGIN.plus(Duration.ofHours(31)))).observedMicros()).isZero();
  }

  @Test
  void hours_areKeptFor48OfThem_andGoUpWithTheAccount() {
    Account account = NEW;
    for (int hour = 0; hour < 60; hour++) {
      account = spent(account, 1, BEGIN.plus(Duration.ofHours(hour)));
    }
    assertThat(account.getSpendHoursCount()).isEqualTo(48);
    Account parent = SpendRules.merged(spent(NEW, 5, BEGIN.plus(Duration.ofHours(59))), account);
    assertThat(parent.getSpendHoursList()).last().extracting(SpendHour::getMicros).isEqualTo(6L);
    assertThat(parent.getFirstSpendAt()).isEqualTo(account.getFirstSpendAt());
    assertThat(SpendRules.merged(parent, NEW)).isSameAs(parent);
  }
}
