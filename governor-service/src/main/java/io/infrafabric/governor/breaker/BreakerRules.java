package io.infrafabric.governor.breaker;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;
import io.infrafabric.governor.books.Books;
import io.infrafabric.governor.books.Credit;
import io.infrafabric.governor.books.RequestLog;
import io.infrafabric.governor.books.Ruling;
import io.infrafabric.governor.input.Findings;
import io.infrafabric.governor.v1.BreakerEventType;
import io.infrafabric.governor.v1.BreakerReason;
import io.infrafabric.governor.v1.BreakerState;
import io.infrafabric.governor.v1.CapabilityBreaker;
import io.infrafabric.governor.v1.ResetRequest;
import io.infrafabric.governor.v1.TripRequest;
import io.infrafabric.policy.BreakerPolicy;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** How people open and close breakers. */
public final class BreakerRules {
  private BreakerRules() {}

  /** Every invalid field at once, or nothing. */
  static Optional<Refusal> validate(TripRequest request) {
    return capability(
            new Findings("the breaker is not opened")
                .requestId(request.getRequestId())
                .id("swarm_id", request.getSwarmId())
                .text("principal", request.getPrincipal())
                .text("reason", request.getReason()),
            request.getCapability())
        .refusal();
  }

  /** Every invalid field at once, or nothing. */
  static Optional<Refusal> validate(ResetRequest request) {
    return capability(
            new Findings("the breaker is not reset")
                .requestId(request.getRequestId())
                .id("swarm_id", request.getSwarmId())
                .text("principal", request.getPrincipal())
                .text("reason", request.getReason())
                .money("grant_micros", request.getGrantMicros())
                .require(
                    request.getCapability().isEmpty() || request.getGrantMicros() == 0,
                    "grant_micros",
                    "0 for the breaker of a capability, which money never opens: use Grant"),
            request.getCapability())
        .refusal();
  }

  private static Findings capability(Findings findings, String capability) {
    return capability.isEmpty() ? findings : findings.capability("capability", capability);
  }

  /**
   * Opens by hand. A breaker that is open already stays as it is, with its first reason, unless it would be tried by itself: then it waits for a
   * person from now on.
   */
  static Ruling<Void> trip(Books books, TripRequest request, BreakerPolicy policy, Instant now) {
    Optional<Long> done = RequestLog.amountOf(books.account(), request.getRequestId());
    if (done.isPresent() && done.get() != 0) {
      return new Ruling.Refuse<>(RequestLog.reused(books.account(), request.getRequestId()));
    }
    CapabilityBreaker cell = Cells.of(books, request.getCapability());
    boolean tries = cell.getState() == BreakerState.BREAKER_STATE_HALF_OPEN || cell.hasHalfOpenAt();
    if (done.isPresent() || (Books.isOpen(cell) && !tries)) {
      return new Ruling.Keep<>(books, null);
    }
    CellRules.Cause cause = new CellRules.Cause(BreakerReason.BREAKER_REASON_MANUAL, request.getReason(), request.getPrincipal());
    Books remembered = books.with(RequestLog.append(books.account(), request.getRequestId(), 0, now));
    return new Ruling.Write<>(
        Cells.put(
            books.breaker(),
            remembered,
            CellRules.open(cell, cause, policy, now),
            BreakerEventType.BREAKER_EVENT_TYPE_OPENED,
            request.getRequestId(),
            now),
        null);
  }

  /** Closes by hand, forgets what went wrong in a row and grants what comes with it. */
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
    CapabilityBreaker cell = Cells.of(books, request.getCapability());
    if (!Books.isOpen(cell)) {
      return Optional.of(nothingToReset(books, request.getCapability()));
    }
    if (request.getCapability().isEmpty() && request.getGrantMicros() == 0 && isOutOfMoney(books)) {
      return Optional.of(
          Refusal.of(
                  ErrorCode.ERROR_CODE_INVALID_MONEY,
                  "swarm %s has spent its money: reset it with a grant above 0, or give it some first".formatted(books.swarmId()))
              .with("swarm_id", books.swarmId())
              .withField("grant_micros", "above 0, because nothing is left of what it was granted"));
    }
    return Optional.empty();
  }

  /**
   * Whether nothing is left of what the swarm had, whatever its breaker has opened by: what is spent while it is open opens none. Who draws on a parent
   * goes on without money, unless it was stopped for want of it before it drew; who never had or spent any is not out of it.
   */
  private static boolean isOutOfMoney(Books books) {
    boolean stoppedByIt = books.breaker().getReason() == BreakerReason.BREAKER_REASON_BUDGET_EXHAUSTED;
    boolean spent = books.account().getSettledMicros() > 0 && !books.account().hasDraw();
    return books.account().getCreditMicros() <= 0 && (stoppedByIt || spent);
  }

  private static Refusal nothingToReset(Books books, String capability) {
    List<String> open = books.breaker().getCapabilitiesList().stream().filter(Books::isOpen).map(CapabilityBreaker::getCapability).toList();
    String others = open.isEmpty() ? "" : "; those that are not closed are for " + String.join(", ", open);
    String which = capability.isEmpty() ? "" : " for " + capability;
    return Refusal.of(
            ErrorCode.ERROR_CODE_INVALID_ARGUMENT,
            "the breaker of swarm %s%s is closed: there is nothing to reset%s".formatted(books.swarmId(), which, others))
        .with("swarm_id", books.swarmId())
        .withField(
            capability.isEmpty() ? "swarm_id" : "capability",
            capability.isEmpty() ? "a swarm whose breaker is open" : "a capability whose breaker is open");
  }

  private static Books close(Books books, ResetRequest request, Instant now) {
    Books granted = Credit.add(books, request.getRequestId(), request.getGrantMicros(), now);
    CapabilityBreaker cell = Cells.of(books, request.getCapability());
    Books closed =
        Cells.put(
            books.breaker(),
            granted,
            CellRules.closed(cell, request.getReason(), request.getPrincipal(), now),
            BreakerEventType.BREAKER_EVENT_TYPE_CLOSED,
            request.getRequestId(),
            now);
    return Cells.forgiven(closed, request.getCapability());
  }
}
