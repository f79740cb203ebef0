package io.infrafabric.policy;

import io.infrafabric.governor.v1.BreakerTerms;
import io.infrafabric.governor.v1.OpenClaims;
import io.infrafabric.governor.v1.PolicyTerms;
import io.infrafabric.kit.time.Times;
import java.time.Duration;
import java.util.Optional;

/**
 * What a policy says of breakers (spec, decision 7), with what it leaves out filled in.
 *
 * @param failureThreshold failures in a row that open the breaker of a swarm
 * @param capabilityFailureThreshold failures in a row of tasks that require a capability that open the breaker of that
 * @param noProgressThreshold claims in a row taken back for want of progress that open either; none do when 0
 * @param sloViolationThreshold windows in a row with a violated SLO that open either; none do when 0
 * @param openClaims what becomes of what is held
 * @param halfOpenAfter after so long one claim is let through to try; empty: only a person closes a breaker
 * @param halfOpenMax the longest such wait
 * @param flapWindow what opens again so soon after it was closed flaps
 */
public record BreakerPolicy(
    int failureThreshold,
    int capabilityFailureThreshold,
    int noProgressThreshold,
    int sloViolationThreshold,
    OpenClaims openClaims,
    Optional<Duration> halfOpenAfter,
    Duration halfOpenMax,
    Duration flapWindow) {
  /** What a document that says nothing of breakers means. */
  static final BreakerTerms DEFAULTS =
      BreakerTerms.newBuilder()
          .setOpenClaims(OpenClaims.OPEN_CLAIMS_FINISH)
          .setNoProgressThreshold(3)
          .setSloViolationThreshold(3)
          .setHalfOpenMax(Times.toProto(Duration.ofHours(1)))
          .setFlapWindow(Times.toProto(Duration.ofMinutes(10)))
          .build();

  /** Doublings after which no wait that a document may name grows any more. */
  private static final int MOST_DOUBLINGS = 30;

  /** What the terms say. */
  public static BreakerPolicy of(PolicyTerms terms) {
    BreakerTerms breaker = terms.hasBreaker() ? terms.getBreaker() : DEFAULTS;
    int failures = terms.getLimits().getFailureThreshold();
    return new BreakerPolicy(
        failures,
        breaker.getCapabilityFailureThreshold() == 0 ? failures : breaker.getCapabilityFailureThreshold(),
        breaker.getNoProgressThreshold(),
        breaker.getSloViolationThreshold(),
        known(breaker.getOpenClaims()),
        breaker.hasHalfOpenAfter() ? Optional.of(Times.toDuration(breaker.getHalfOpenAfter())) : Optional.empty(),
        Times.toDuration(breaker.hasHalfOpenMax() ? breaker.getHalfOpenMax() : DEFAULTS.getHalfOpenMax()),
        Times.toDuration(breaker.hasFlapWindow() ? breaker.getFlapWindow() : DEFAULTS.getFlapWindow()));
  }

  /** What a policy that only names the failures means. */
  public static BreakerPolicy ofThreshold(int failureThreshold) {
    PolicyTerms.Builder terms = PolicyTerms.newBuilder();
    terms.getLimitsBuilder().setFailureThreshold(failureThreshold);
    return of(terms.build());
  }

  /** How long one that has opened again so many times in a row waits for its probe; empty when there is none. */
  public Optional<Duration> probeWait(int reopened) {
    return halfOpenAfter.map(
        first -> {
          Duration wait = first.multipliedBy(1L << Math.min(reopened, MOST_DOUBLINGS));
          return wait.compareTo(halfOpenMax) > 0 ? max(first, halfOpenMax) : wait;
        });
  }

  private static Duration max(Duration one, Duration other) {
    return one.compareTo(other) > 0 ? one : other;
  }

  private static OpenClaims known(OpenClaims said) {
    return switch (said) {
      case OPEN_CLAIMS_PARK, OPEN_CLAIMS_REVOKE -> said;
      case OPEN_CLAIMS_FINISH, OPEN_CLAIMS_UNSPECIFIED, UNRECOGNIZED -> OpenClaims.OPEN_CLAIMS_FINISH;
    };
  }
}
