package io.infrafabric.governor.breaker;

import io.infrafabric.governor.v1.BreakerReason;
import io.infrafabric.governor.v1.BreakerState;
import io.infrafabric.governor.v1.CapabilityBreaker;
import io.infrafabric.kit.time.Times;
import io.infrafabric.policy.BreakerPolicy;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/**
 * How one breaker goes from state to state (spec, decision 7): closed, open, half open when the policy lets it, and closed again by a person or
 * by a probe that was completed. What opens again soon after it was closed, or because a probe failed, flaps: each time in a row doubles the
 * wait for the next probe. Pure.
 */
final class CellRules {
  /** What a breaker opens by that work well done can show to be over. Money is given by people, and who stopped a swarm by hand lets it go on. */
  private static final Set<BreakerReason> TRIED =
      EnumSet.of(
          BreakerReason.BREAKER_REASON_REPEATED_FAILURES, BreakerReason.BREAKER_REASON_PERFORMANCE_DEGRADATION, BreakerReason.BREAKER_REASON_NO_PROGRESS);

  private CellRules() {}

  /**
   * Why a breaker opens.
   *
   * @param principal who opens it by hand; empty when the fabric does
   */
  record Cause(BreakerReason reason, String detail, String principal) {
    Cause(BreakerReason reason, String detail) {
      this(reason, detail, "");
    }
  }

  /** One that was closed, or is opened for another reason, open. */
  static CapabilityBreaker open(CapabilityBreaker cell, Cause cause, BreakerPolicy policy, Instant now) {
    int reopened = flaps(cell, policy, now) ? cell.getReopened() + 1 : 0;
    String often = reopened == 0 ? "" : "; it has opened again %d times in a row, each within %s of being closed".formatted(reopened, words(policy.flapWindow()));
    CapabilityBreaker.Builder next =
        cell.toBuilder()
            .setState(BreakerState.BREAKER_STATE_OPEN)
            .setReason(cause.reason())
            .setPrincipal(cause.principal())
            .setSince(Times.toProto(now))
            .setOpenedAt(Times.toProto(now))
            .setReopened(reopened);
    return waiting(next, cause.detail() + often, policy, now);
  }

  /** Open again, because its probe was no success. */
  static CapabilityBreaker probeFailed(CapabilityBreaker cell, String how, BreakerPolicy policy, Instant now) {
    int reopened = cell.getReopened() + 1;
    CapabilityBreaker.Builder next = cell.toBuilder().setState(BreakerState.BREAKER_STATE_OPEN).setSince(Times.toProto(now)).setReopened(reopened);
    return waiting(next, "%s; it has opened again %d times in a row".formatted(how, reopened), policy, now);
  }

  private static CapabilityBreaker waiting(CapabilityBreaker.Builder open, String detail, BreakerPolicy policy, Instant now) {
    Optional<Duration> wait = TRIED.contains(open.getReason()) ? policy.probeWait(open.getReopened()) : Optional.empty();
    open.clearHalfOpenAt().setDetail(detail + wait.map(time -> "; one claim is tried in " + words(time)).orElse(""));
    wait.ifPresent(time -> open.setHalfOpenAt(Times.toProto(now.plus(time))));
    return open.build();
  }

  private static boolean flaps(CapabilityBreaker cell, BreakerPolicy policy, Instant now) {
    return cell.getState() == BreakerState.BREAKER_STATE_CLOSED
        && cell.hasClosedAt()
        && now.isBefore(Times.toInstant(cell.getClosedAt()).plus(policy.flapWindow()));
  }

  /** Whether it is time to let one claim through. */
  static boolean isDue(CapabilityBreaker cell, Instant now) {
    return cell.getState() == BreakerState.BREAKER_STATE_OPEN && cell.hasHalfOpenAt() && !Times.toInstant(cell.getHalfOpenAt()).isAfter(now);
  }

  /** Half open: one claim is let through. */
  static CapabilityBreaker halfOpen(CapabilityBreaker cell, long probe, Instant now) {
    return cell.toBuilder()
        .setState(BreakerState.BREAKER_STATE_HALF_OPEN)
        .setSince(Times.toProto(now))
        .clearHalfOpenAt()
        .setProbe(probe)
        .setDetail("probe %d: one claim is let through".formatted(probe))
        .build();
  }

  /**
   * Closed. How often it has opened again in a row is kept: soon afterwards it counts.
   *
   * @param principal who closes it; empty when a probe does
   */
  static CapabilityBreaker closed(CapabilityBreaker cell, String detail, String principal, Instant now) {
    return cell.toBuilder()
        .setState(BreakerState.BREAKER_STATE_CLOSED)
        .clearReason()
        .setDetail(detail)
        .setPrincipal(principal)
        .setSince(Times.toProto(now))
        .setClosedAt(Times.toProto(now))
        .clearOpenedAt()
        .clearHalfOpenAt()
        .build();
  }

  /** A time as people write it: {@code 90s}, {@code 10m}, {@code 2h}. */
  static String words(Duration time) {
    if (time.toMillis() % 1_000 != 0) {
      return time.toMillis() + "ms";
    }
    long seconds = time.toSeconds();
    return seconds % 3_600 == 0 && seconds > 0 ? seconds / 3_600 + "h" : seconds % 60 == 0 && seconds > 0 ? seconds / 60 + "m" : seconds + "s";
  }
}
