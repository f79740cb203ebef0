package io.infrafabric.governor.breaker;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;
import io.infrafabric.governor.books.Books;
import io.infrafabric.governor.books.Credit;
import io.infrafabric.governor.books.RequestLog;
import io.infrafabric.governor.books.Ruling;
import io.infrafabric.governor.input.Findings;
import io.infrafabric.governor.v1.Breaker;
import io.infrafabric.governor.v1.BreakerReason;
import io.infrafabric.governor.v1.BreakerState;
import io.infrafabric.governor.v1.ResetRequest;
import io.infrafabric.governor.v1.TripRequest;
import io.infrafabric.kit.time.Times;
import java.time.Instant;
import java.util.Optional;

/** When a breaker opens and who may close it. */
public final class BreakerRules {
  private BreakerRules() {}

  /** Every invalid field at once, or nothing. */
  static Optional<Refusal> validate(TripRequest request) {
    return new Findings("the breaker is not opened")
        .requestId(request.getRequestId())
        .id("swarm_id", request.getSwarmId())
        .text("principal", request.getPrincipal())
        .text("reason", request.getReason())
        .refusal();
  }

  /** Every invalid field at once, or nothing. */
  static Optional<Refusal> validate(ResetRequest request) {
    return new Findings("the breaker is not reset")
        .requestId(request.getRequestId())
        .id("swarm_id", request.getSwarmId())
        .text("principal", request.getPrincipal())
        .text("reason", request.getReason())
        .money("grant_micros", request.getGrantMicros())
        .refusal();
  }

  /** The books after a claim was booked into them: opens a closed breaker when the money or the patience is used up. */
  public static Books afterBooking(Books books, long costMicros, int failureThreshold, Instant now) {
    if (books.isBreakerOpen()) {
      return books;
    }
    long credit = books.account().getCreditMicros();
    if (costMicros > 0 && credit <= 0) {
      String detail = "%d of %d micro-dollars are spent".formatted(books.account().getSettledMicros(), books.account().getGrantedMicros());
      return books.with(open(books, BreakerReason.BREAKER_REASON_BUDGET_EXHAUSTED, detail, now).build());
    }
    int failures = books.standing().getConsecutiveFailures();
    if (failures >= failureThreshold) {
      String detail = "%d claims in a row have failed".formatted(failures);
      return books.with(open(books, BreakerReason.BREAKER_REASON_REPEATED_FAILURES, detail, now).build());
    }
    return books;
  }

  /** Opens by hand. A breaker that is open already stays as it is, with its first reason. */
  static Ruling<Void> trip(Books books, TripRequest request, Instant now) {
    Optional<Long> done = RequestLog.amountOf(books.account(), request.getRequestId());
    if (done.isPresent() && done.get() != 0) {
      return new Ruling.Refuse<>(RequestLog.reused(books.account(), request.getRequestId()));
    }
    if (done.isPresent() || books.isBreakerOpen()) {
      return new Ruling.Keep<>(books, null);
    }
    Breaker opened =
        open(books, BreakerReason.BREAKER_REASON_MANUAL, request.getReason(), now)
            .setPrincipal(request.getPrincipal())
            .setRequestId(request.getRequestId())
            .build();
    Books remembered = books.with(RequestLog.append(books.account(), request.getRequestId(), 0, now));
    return new Ruling.Write<>(remembered.with(opened), null);
  }

  /** Closes by hand, forgets the failures and grants what comes with it. */
  public static Ruling<Void> reset(Books books, ResetRequest request, Instant now) {
    Optional<Long> done = RequestLog.amountOf(books.account(), request.getRequestId());
    if (done.isPresent()) {
      return done.get() == request.getGrantMicros()
          ? new Ruling.Keep<>(books, null)
          : new Ruling.Refuse<>(RequestLog.reused(books.account(), request.getRequestId()));
    }
    return resetRefused(books, request)
        .or(() -> Credit.tooMuch(books, request.getGrantMicros()))
        .<Ruling<Void>>map(Ruling.Refuse::new)
        .orElseGet(() -> new Ruling.Write<>(close(books, request, now), null));
  }

  private static Optional<Refusal> resetRefused(Books books, ResetRequest request) {
    if (!books.isBreakerOpen()) {
      return Optional.of(
          Refusal.of(
                  ErrorCode.ERROR_CODE_INVALID_ARGUMENT,
                  "the breaker of swarm %s is closed: there is nothing to reset".formatted(books.swarmId()))
              .with("swarm_id", books.swarmId())
              .withField("swarm_id", "a swarm whose breaker is open"));
    }
    boolean outOfMoney = books.breaker().getReason() == BreakerReason.BREAKER_REASON_BUDGET_EXHAUSTED;
    if (outOfMoney && request.getGrantMicros() == 0) {
      return Optional.of(
          Refusal.of(
                  ErrorCode.ERROR_CODE_INVALID_MONEY,
                  "swarm %s has spent its money: reset it with a grant above 0".formatted(books.swarmId()))
              .with("swarm_id", books.swarmId())
              .withField("grant_micros", "above 0, because the budget was exhausted"));
    }
    return Optional.empty();
  }

  private static Books close(Books books, ResetRequest request, Instant now) {
    Books granted = Credit.add(books, request.getRequestId(), request.getGrantMicros(), now);
    Books forgiven = granted.with(granted.standing().toBuilder().setConsecutiveFailures(0).build());
    return forgiven.with(
        Breaker.newBuilder()
            .setSwarmId(books.swarmId())
            .setState(BreakerState.BREAKER_STATE_CLOSED)
            .setDetail(request.getReason())
            .setSince(Times.toProto(now))
            .setPrincipal(request.getPrincipal())
            .setRequestId(request.getRequestId())
            .build());
  }

  private static Breaker.Builder open(Books books, BreakerReason reason, String detail, Instant now) {
    return Breaker.newBuilder()
        .setSwarmId(books.swarmId())
        .setState(BreakerState.BREAKER_STATE_OPEN)
        .setReason(reason)
        .setDetail(detail)
        .setSince(Times.toProto(now));
  }
}
