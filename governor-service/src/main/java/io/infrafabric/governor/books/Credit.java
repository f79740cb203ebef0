package io.infrafabric.governor.books;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;
import io.infrafabric.governor.money.Purses;
import io.infrafabric.governor.v1.Account;
import io.infrafabric.names.Limits;
import java.time.Instant;
import java.util.Optional;

/** Adds money to a swarm's account. */
public final class Credit {
  private Credit() {}

  /** The books with the amount added, under a request id that is not in them yet. */
  public static Books add(Books books, String requestId, long amountMicros, Instant now) {
    Account noted = RequestLog.append(books.account(), requestId, amountMicros, now);
    return books.with(Purses.granted(noted, noted.getGrantedMicros() + amountMicros).build());
  }

  /** Why an amount cannot be added to an account, if so: the total would be more than the fabric books. */
  public static Optional<Refusal> tooMuch(Books books, long amountMicros) {
    long granted = books.account().getGrantedMicros();
    if (amountMicros <= Limits.MONEY_MICROS - granted) {
      return Optional.empty();
    }
    return Optional.of(
        Refusal.of(
                ErrorCode.ERROR_CODE_INVALID_MONEY,
                "account %s has been granted %d micro-dollars and may get at most %d more"
                    .formatted(books.swarmId(), granted, Limits.MONEY_MICROS - granted))
            .with("account_id", books.swarmId())
            .with("granted_micros", granted)
            .withField("amount_micros", "at most " + (Limits.MONEY_MICROS - granted)));
  }
}
