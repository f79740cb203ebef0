package io.infrafabric.governor.breaker;

import io.infrafabric.governor.books.Books;
import io.infrafabric.governor.v1.Breaker;
import io.infrafabric.governor.v1.BreakerEvent;
import io.infrafabric.governor.v1.BreakerEventType;
import io.infrafabric.governor.v1.BreakerState;
import io.infrafabric.governor.v1.CapabilityBreaker;
import io.infrafabric.governor.v1.CapabilityCount;
import io.infrafabric.kit.time.Times;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The breakers of a swarm, its own and those of capabilities, as if all were of one kind: that of the swarm as a whole is the one of no
 * capability. Pure.
 */
public final class Cells {
  /** Breakers of capabilities that are remembered while they are closed. */
  private static final int MOST_CLOSED = 32;

  private Cells() {}

  /** The breaker of a capability, or of the whole; one that never opened is closed. */
  public static CapabilityBreaker of(Books books, String capability) {
    if (capability.isEmpty()) {
      return whole(books.breaker());
    }
    return books.breaker().getCapabilitiesList().stream()
        .filter(cell -> cell.getCapability().equals(capability))
        .findFirst()
        .orElseGet(() -> CapabilityBreaker.newBuilder().setCapability(capability).setState(BreakerState.BREAKER_STATE_CLOSED).build());
  }

  /** All that there are, that of the whole first. */
  static List<CapabilityBreaker> all(Breaker breaker) {
    return Stream.concat(Stream.of(whole(breaker)), breaker.getCapabilitiesList().stream()).toList();
  }

  private static CapabilityBreaker whole(Breaker breaker) {
    CapabilityBreaker.Builder cell =
        CapabilityBreaker.newBuilder()
            .setState(breaker.getState())
            .setReason(breaker.getReason())
            .setDetail(breaker.getDetail())
            .setPrincipal(breaker.getPrincipal())
            .setReopened(breaker.getReopened())
            .setProbe(breaker.getProbe());
    Optional.of(breaker.getSince()).filter(at -> breaker.hasSince()).ifPresent(cell::setSince);
    Optional.of(breaker.getOpenedAt()).filter(at -> breaker.hasOpenedAt()).ifPresent(cell::setOpenedAt);
    Optional.of(breaker.getHalfOpenAt()).filter(at -> breaker.hasHalfOpenAt()).ifPresent(cell::setHalfOpenAt);
    Optional.of(breaker.getClosedAt()).filter(at -> breaker.hasClosedAt()).ifPresent(cell::setClosedAt);
    return cell.build();
  }

  /**
   * The books with one breaker changed, which is told of.
   *
   * @param stored the record of the store: what it tells of is no news any more
   * @param requestId of the call that changed it; empty when the fabric did
   */
  static Books put(Breaker stored, Books books, CapabilityBreaker cell, BreakerEventType event, String requestId, Instant now) {
    Breaker before = books.breaker();
    Breaker.Builder next = before.toBuilder().setRequestId(requestId);
    if (before.equals(stored)) {
      next.clearEvents();
    }
    next.addEvents(event(cell, event, now));
    if (cell.getState() == BreakerState.BREAKER_STATE_HALF_OPEN) {
      next.setProbes(Math.max(next.getProbes(), cell.getProbe()));
    }
    if (cell.getCapability().isEmpty()) {
      whole(next, cell);
    } else {
      capability(next, cell);
    }
    return books.with(next.build());
  }

  private static void whole(Breaker.Builder next, CapabilityBreaker cell) {
    next.setState(cell.getState())
        .setReason(cell.getReason())
        .setDetail(cell.getDetail())
        .setPrincipal(cell.getPrincipal())
        .setReopened(cell.getReopened())
        .setProbe(cell.getProbe())
        .setSince(cell.getSince())
        .clearOpenedAt()
        .clearHalfOpenAt()
        .clearClosedAt();
    Optional.of(cell.getOpenedAt()).filter(at -> cell.hasOpenedAt()).ifPresent(next::setOpenedAt);
    Optional.of(cell.getHalfOpenAt()).filter(at -> cell.hasHalfOpenAt()).ifPresent(next::setHalfOpenAt);
    Optional.of(cell.getClosedAt()).filter(at -> cell.hasClosedAt()).ifPresent(next::setClosedAt);
  }

  /** The newest come last; of those that are closed only the newest are kept, so that the record stays small. */
  private static void capability(Breaker.Builder next, CapabilityBreaker cell) {
    List<CapabilityBreaker> others = next.getCapabilitiesList().stream().filter(other -> !other.getCapability().equals(cell.getCapability())).toList();
    long closed = others.stream().filter(other -> !Books.isOpen(other)).count();
    next.clearCapabilities();
    for (CapabilityBreaker other : others) {
      if (Books.isOpen(other) || closed-- < MOST_CLOSED) {
        next.addCapabilities(other);
      }
    }
    next.addCapabilities(cell);
  }

  private static BreakerEvent event(CapabilityBreaker cell, BreakerEventType type, Instant now) {
    BreakerEvent.Builder event =
        BreakerEvent.newBuilder()
            .setType(type)
            .setCapability(cell.getCapability())
            .setReason(cell.getReason())
            .setDetail(cell.getDetail())
            .setAt(Times.toProto(now))
            .setReopened(cell.getReopened())
            .setPrincipal(cell.getPrincipal());
    if (cell.hasHalfOpenAt()) {
      event.setHalfOpenAt(cell.getHalfOpenAt());
    }
    return event.build();
  }

  /** The books without what has gone wrong in a row in what the breaker is of; of the whole, all but what still stops a capability. */
  static Books forgiven(Books books, String capability) {
    List<CapabilityCount> kept =
        books.standing().getCountsList().stream()
            .filter(count -> capability.isEmpty() ? Books.isOpen(of(books, count.getCapability())) : !count.getCapability().equals(capability))
            .toList();
    var standing = books.standing().toBuilder().clearCounts().addAllCounts(kept);
    if (capability.isEmpty()) {
      standing.setConsecutiveFailures(0).setConsecutiveStalls(0);
    }
    return books.with(standing.build());
  }
}
