package io.infrafabric.governor.account;

import io.infrafabric.error.Refusal;
import io.infrafabric.governor.books.Books;
import io.infrafabric.governor.books.Credit;
import io.infrafabric.governor.books.RequestLog;
import io.infrafabric.governor.books.Ruling;
import io.infrafabric.governor.input.Findings;
import io.infrafabric.governor.v1.GrantRequest;
import java.time.Instant;
import java.util.Optional;

/** Adds credit to an account, once per request id. */
final class GrantRules {
  private GrantRules() {}

  /** Every invalid field at once, or nothing. */
  static Optional<Refusal> validate(GrantRequest request) {
    return new Findings("nothing is granted")
        .requestId(request.getRequestId())
        .id("account_id", request.getAccountId())
        .moneyAboveZero("amount_micros", request.getAmountMicros())
        .refusal();
  }

  /** Decides on a request that {@link #validate} found well. */
  static Ruling<Void> grant(Books books, GrantRequest request, Instant now) {
    Optional<Long> done = RequestLog.amountOf(books.account(), request.getRequestId());
    if (done.isPresent()) {
      return done.get() == request.getAmountMicros()
          ? new Ruling.Keep<>(books, null)
          : new Ruling.Refuse<>(RequestLog.reused(books.account(), request.getRequestId()));
    }
    return Credit.tooMuch(books, request.getAmountMicros())
        .<Ruling<Void>>map(Ruling.Refuse::new)
        .orElseGet(() -> new Ruling.Write<>(Credit.add(books, request.getRequestId(), request.getAmountMicros(), now), null));
  }
}
