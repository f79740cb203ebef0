package io.infrafabric.kit.auth;

import io.infrafabric.common.v1.TraceContext;
import java.time.Instant;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Adds refusals up by cause and caller until somebody takes them. Of more callers than can be told apart only the cause is kept: so it holds as
 * many sums as there are causes, and {@link #MOST}, however many knock. Thread-safe.
 */
final class RefusalTally {
  /** Causes and callers that are told apart at once. */
  static final int MOST = 256;

  private final Map<Cause, Sum> sums = new LinkedHashMap<>();

  /**
   * Why, and who.
   *
   * @param reason an error code without its prefix
   * @param principal of verified tokens; empty when there was none, or too many
   */
  record Cause(String reason, String principal, String role) {
    static Cause of(String reason, Optional<Principal> caller) {
      return new Cause(reason, caller.map(Principal::subject).orElse(""), caller.map(one -> one.role().word()).orElse(""));
    }
  }

  /**
   * Refusals of one cause.
   *
   * @param method of the first
   * @param trace of the first
   */
  record Sum(Cause cause, String method, TraceContext trace, Instant first, Instant last, long count) {
    private Sum oneMore(Instant now) {
      return new Sum(cause, method, trace, first, now, count + 1);
    }
  }

  /** Counts one. */
  synchronized void add(String reason, Optional<Principal> caller, String method, TraceContext trace, Instant now) {
    Cause own = Cause.of(reason, caller);
    Cause cause = sums.containsKey(own) || sums.size() < MOST ? own : Cause.of(reason, Optional.empty());
    Sum before = sums.get(cause);
    sums.put(cause, before == null ? new Sum(cause, method, trace, now, now, 1) : before.oneMore(now));
  }

  /** Takes the sum out that was begun first. */
  synchronized Optional<Sum> take() {
    Iterator<Sum> all = sums.values().iterator();
    if (!all.hasNext()) {
      return Optional.empty();
    }
    Sum first = all.next();
    all.remove();
    return Optional.of(first);
  }

  /** Sums that wait to be taken. */
  synchronized int size() {
    return sums.size();
  }
}
