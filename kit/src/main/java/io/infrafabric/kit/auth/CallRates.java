package io.infrafabric.kit.auth;

import io.infrafabric.access.Access;
import io.infrafabric.access.Role;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * How many calls a second each caller has, on this replica. What a swarm needs to keep, end or report what it has under way is counted by
 * itself, so that one that asks too much can always end what it holds.
 */
public final class CallRates {
  private final RateSettings settings;
  private final RateLimit ordinary;
  private final RateLimit urgent;

  /**
   * @param nanos a monotonic clock
   */
  public CallRates(RateSettings settings, LongSupplier nanos) {
    this.settings = settings;
    this.ordinary = new RateLimit(settings.calls(), settings.callers(), nanos);
    this.urgent = new RateLimit(settings.urgentCalls(), settings.callers(), nanos);
  }

  /** RATE_LIMITED; empty when the caller may. A service is counted by the swarm that it acts for, see {@link #takeFor}. */
  public Optional<Refusal> take(Principal caller, Access access) {
    return switch (caller.role()) {
      case SWARM -> takeFor(caller.subject(), access);
      case SERVICE -> Optional.empty();
      case OPERATOR, ADMIN, READONLY -> take(urgent, settings.urgentCalls(), caller.role(), caller.subject());
    };
  }

  /** RATE_LIMITED; empty when the swarm may. */
  public Optional<Refusal> takeFor(String swarm, Access access) {
    return access.urgent()
        ? take(urgent, settings.urgentCalls(), Role.SWARM, swarm)
        : take(ordinary, settings.calls(), Role.SWARM, swarm);
  }

  /** Callers that are counted now. */
  public long callers() {
    return Math.max(ordinary.callers(), urgent.callers());
  }

  private static Optional<Refusal> take(RateLimit limit, int calls, Role role, String name) {
    return limit
        .take(role.word() + " " + name)
        .map(
            wait ->
                Refusal.of(ErrorCode.ERROR_CODE_RATE_LIMITED, "%s %s has made more than %d calls in a second; nothing was done".formatted(role.word(), name, calls))
                    .with("limit", calls)
                    .with(role.word(), name)
                    .retryAfter(wait));
  }
}
